//! Accepts and closes connections.

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

use crate::requests::Requests;
use crate::settings::Settings;
use crate::shutdown::Shutdown;

/// The most bytes of a request's head. API Gateway accepts 10 KB.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// The pause after a connection could not be accepted, for instance because there are no file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// The connections of a server.
pub(crate) struct Connections {
    requests: Arc<Requests>,
    http: http1::Builder,
    permits: Arc<Semaphore>,
    tasks: TaskTracker,
    shutdown: Shutdown,
}

impl Connections {
    pub(crate) fn new(requests: Arc<Requests>, settings: &Settings, shutdown: Shutdown) -> Arc<Self> {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(settings.idle).max_buf_size(MAX_HEAD_BYTES);
        let permits = Arc::new(Semaphore::new(settings.connections));
        Arc::new(Self { requests, http, permits, tasks: TaskTracker::new(), shutdown })
    }

    /// Accepts connections until the shutdown closes the listener, and then those that the system has queued.
    pub(crate) async fn serve(self: Arc<Self>, listener: TcpListener) {
        loop {
            let next = async {
                let permit = Arc::clone(&self.permits).acquire_owned().await.ok();
                (listener.accept().await, permit)
            };
            match self.shutdown.closed.run_until_cancelled(next).await {
                None => break,
                Some((Ok((stream, _)), permit)) => self.start(stream, permit),
                Some((Err(error), _)) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        // For their clients these connections are open, and a request may have been sent.
        if let Ok(listener) = listener.into_std() {
            while let Ok((stream, _)) = listener.accept() {
                if let Ok(stream) = stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream)) {
                    self.start(stream, None);
                }
            }
        }
    }

    /// Returns when all connections are closed and all requests are done.
    pub(crate) async fn ended(&self) {
        self.tasks.close();
        self.tasks.wait().await;
        self.requests.ended().await;
    }

    fn start(self: &Arc<Self>, stream: TcpStream, permit: Option<OwnedSemaphorePermit>) {
        let connections = Arc::clone(self);
        self.tasks.spawn(async move {
            connections.serve_connection(stream).await;
            drop(permit);
        });
    }

    /// Serves the requests on a connection until either side closes it.
    async fn serve_connection(&self, stream: TcpStream) {
        // Responses are small and written at once: there is nothing to wait for.
        let _ = stream.set_nodelay(true);
        let was_used = Arc::new(AtomicBool::new(false));
        let service = service_fn(|request| {
            was_used.store(true, Ordering::Relaxed);
            let requests = Arc::clone(&self.requests);
            async move { Ok::<_, Infallible>(requests.serve(request).await) }
        });
        let connection = self.http.serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        // An error is the client's: it left, sent invalid HTTP, or sent nothing for too long.
        tokio::select! {
            _ = connection.as_mut() => return,
            () = self.shutdown.idle_closed.cancelled() => {}
        }
        // Hyper does not regard a connection as idle before its first request, so such a connection is dropped instead.
        if was_used.load(Ordering::Relaxed) {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
