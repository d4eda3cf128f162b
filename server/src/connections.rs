//! Taking connections, and letting them go.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;

use crate::ending::Ending;
use crate::requests::Requests;
use crate::settings::Settings;

/// Bytes of a request's head. API Gateway takes 10 KB.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// After a connection could not be taken, for want of file descriptors say, until the next attempt.
const PAUSE: Duration = Duration::from_millis(100);

/// All connections of a server.
pub(crate) struct Connections {
    requests: Arc<Requests>,
    http: http1::Builder,
    permits: Arc<Semaphore>,
    tasks: TaskTracker,
    ending: Ending,
}

impl Connections {
    pub(crate) fn new(requests: Arc<Requests>, settings: &Settings, ending: Ending) -> Arc<Self> {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(settings.idle).max_buf_size(MAX_HEAD_BYTES);
        let permits = Arc::new(Semaphore::new(settings.connections));
        Arc::new(Self { requests, http, permits, tasks: TaskTracker::new(), ending })
    }

    /// Takes connections until no more are to be taken, and then those that the system had taken before.
    pub(crate) async fn serve(self: Arc<Self>, listener: TcpListener) {
        loop {
            let next = async {
                let permit = Arc::clone(&self.permits).acquire_owned().await.ok();
                (listener.accept().await, permit)
            };
            match self.ending.closed.run_until_cancelled(next).await {
                None => break,
                Some((Ok((stream, _)), permit)) => self.start(stream, permit),
                Some((Err(error), _)) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        // To their clients these are connections like any other, and they may have sent a request.
        if let Ok(listener) = listener.into_std() {
            while let Ok((stream, _)) = listener.accept() {
                if let Ok(stream) = stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream)) {
                    self.start(stream, None);
                }
            }
        }
    }

    /// Returns when no connection is left, and no request.
    pub(crate) async fn ended(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        self.requests.ended().await;
    }

    fn start(self: &Arc<Self>, stream: TcpStream, permit: Option<OwnedSemaphorePermit>) {
        let connections = Arc::clone(self);
        self.tasks.spawn(async move {
            connections.hold(stream).await;
            drop(permit);
        });
    }

    /// Answers requests on a connection until either side closes it.
    async fn hold(&self, stream: TcpStream) {
        // Answers are small and come in one piece; nothing is gained by waiting for more.
        let _ = stream.set_nodelay(true);
        let was_used = Arc::new(AtomicBool::new(false));
        let service = service_fn(|request| {
            was_used.store(true, Ordering::Relaxed);
            let requests = Arc::clone(&self.requests);
            async move { Ok::<_, Infallible>(requests.answer(request).await) }
        });
        let connection = self.http.serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        // How it ended is the client's business: it left, or it sent what is no HTTP, or nothing for too long.
        tokio::select! {
            _ = connection.as_mut() => return,
            () = self.ending.silent.cancelled() => {}
        }
        // For hyper, a connection without its first request is not idle, but about to get one.
        if was_used.load(Ordering::Relaxed) {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
