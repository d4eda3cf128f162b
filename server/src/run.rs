//! Starts and stops a server.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use profiles_api::{Context, StartError};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::sleep;

use crate::connections::Connections;
use crate::probes::Probes;
use crate::requests::Requests;
use crate::schedule::schedule;
use crate::settings::Settings;
use crate::shutdown::Shutdown;
use crate::worker::Worker;

/// The time for which idle connections stay open after the listener is closed. A request that a client is just sending is served, and
/// its response closes the connection.
const IDLE_TIMEOUT: Duration = Duration::from_secs(1);

/// The reason why a server can't start, or does not shut down cleanly.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// A setting is missing in the environment.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Listening on the address failed.
    #[error("can't listen on {0}: {1}")]
    Listen(SocketAddr, #[source] io::Error),
    /// Waiting for signals failed.
    #[error("can't wait for signals: {0}")]
    Signals(#[source] io::Error),
    /// The shutdown took too long.
    #[error("the shutdown took longer than {0:?}, and unfinished work was abandoned")]
    TooSlow(Duration),
    /// A second signal came.
    #[error("a second signal ended the shutdown, and unfinished work was abandoned")]
    SecondSignal,
}

/// Serves the API until a signal, then shuts down.
///
/// # Errors
/// If it can't start, or had to abandon work in the shutdown.
pub async fn run(settings: Settings) -> Result<(), ServerError> {
    let mut signals = Signals::new().map_err(ServerError::Signals)?;
    let shutdown = Shutdown::default();
    let worker = Worker::new(Arc::new(Context::for_background().await?), settings.chunks_at_once, shutdown.closed.clone());
    let queue = Arc::clone(&worker);
    let context = Arc::new(Context::from_environment().await?.on_accepted(move |ticket| queue.enqueue(ticket)));
    let listen = |error| ServerError::Listen(settings.listen, error);
    let listener = TcpListener::bind(settings.listen).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;

    let probes = Probes::new(Arc::clone(&context), shutdown.requested.clone());
    let requests = Requests::new(context, probes, &settings, shutdown.requested.clone());
    let connections = Connections::new(requests, &settings, shutdown.clone());
    let serving = tokio::spawn(Arc::clone(&connections).serve(listener));
    let schedule = tokio::spawn(schedule(Arc::clone(&worker), shutdown.closed.clone()));
    tracing::info!(%address, "serving");

    signals.next().await;
    tracing::info!(drain_seconds = settings.drain.as_secs(), "shutting down");
    shutdown.requested.cancel();
    let end = async {
        sleep(settings.drain).await;
        shutdown.closed.cancel();
        let served = async {
            // Also if the task panicked.
            let _ = serving.await;
            let all = connections.ended();
            tokio::pin!(all);
            if tokio::time::timeout(IDLE_TIMEOUT, &mut all).await.is_err() {
                shutdown.idle_closed.cancel();
                all.await;
            }
        };
        let _ = tokio::join!(served, worker.ended(), schedule);
    };
    tokio::select! {
        () = end => {
            tracing::info!("shut down, with all work done");
            Ok(())
        }
        () = sleep(settings.shutdown) => Err(ServerError::TooSlow(settings.shutdown)),
        () = signals.next() => Err(ServerError::SecondSignal),
    }
}

/// The signals that request a shutdown.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
