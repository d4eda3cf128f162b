//! From the start of a server to its end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use profiles_api::{Context, StartError};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::sleep;

use crate::chunks::Chunks;
use crate::connections::Connections;
use crate::ending::Ending;
use crate::probes::Probes;
use crate::requests::Requests;
use crate::schedule::schedule;
use crate::settings::Settings;

/// For so long after the last connection was taken, one on which nothing happens stays open: what its client is sending just then is
/// answered, and the answer says that it was the last.
const SILENCE: Duration = Duration::from_secs(1);

/// Why a server can't start, or does not end well.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The environment lacks something.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The address can't be listened on.
    #[error("can't listen on {0}: {1}")]
    Listen(SocketAddr, #[source] io::Error),
    /// The system hands over no signals.
    #[error("can't wait for signals: {0}")]
    Signals(#[source] io::Error),
    /// The end took too long.
    #[error("not all was done within {0:?}, and the rest is given up")]
    TooSlow(Duration),
    /// Somebody asked for the end a second time.
    #[error("asked to end a second time, and the rest is given up")]
    Asked,
}

/// Serves the API until a signal asks for the end.
///
/// # Errors
/// When it can't start, or had to give up something in the end.
pub async fn run(settings: Settings) -> Result<(), ServerError> {
    let mut signals = Signals::new().map_err(ServerError::Signals)?;
    let ending = Ending::default();
    let chunks = Chunks::new(Arc::new(Context::for_background().await?), settings.chunks_at_once, ending.closed.clone());
    let told = Arc::clone(&chunks);
    let context = Arc::new(Context::from_environment().await?.on_accepted(move |ticket| told.take(ticket)));
    let listen = |error| ServerError::Listen(settings.listen, error);
    let listener = TcpListener::bind(settings.listen).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;

    let requests = Requests::new(Arc::clone(&context), Probes::new(context, ending.asked.clone()), &settings, ending.asked.clone());
    let connections = Connections::new(requests, &settings, ending.clone());
    let serving = tokio::spawn(Arc::clone(&connections).serve(listener));
    let schedule = tokio::spawn(schedule(Arc::clone(&chunks), ending.closed.clone()));
    tracing::info!(%address, "serving");

    signals.next().await;
    tracing::info!(drain_seconds = settings.drain.as_secs(), "asked to end");
    ending.asked.cancel();
    let end = async {
        sleep(settings.drain).await;
        ending.closed.cancel();
        let served = async {
            // A task that panicked is over too.
            let _ = serving.await;
            let all = connections.ended();
            tokio::pin!(all);
            if tokio::time::timeout(SILENCE, &mut all).await.is_err() {
                ending.silent.cancel();
                all.await;
            }
        };
        let _ = tokio::join!(served, chunks.ended(), schedule);
    };
    tokio::select! {
        () = end => {
            tracing::info!("ended with everything done");
            Ok(())
        }
        () = sleep(settings.shutdown) => Err(ServerError::TooSlow(settings.shutdown)),
        () = signals.next() => Err(ServerError::Asked),
    }
}

/// The signals that ask for the end.
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
