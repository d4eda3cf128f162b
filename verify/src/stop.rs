//! Ends a run at Ctrl-C or a `TERM`.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Tells whether the run is to end.
#[derive(Clone)]
pub(crate) struct Stop(watch::Receiver<u32>);

impl Stop {
    /// Listens for signals from now on.
    pub(crate) fn at_signals() -> std::io::Result<Self> {
        let (sender, receiver) = watch::channel(0);
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                sender.send_modify(|signals| *signals += 1);
            }
        });
        Ok(Self(receiver))
    }

    /// Never ends anything.
    pub(crate) fn never() -> Self {
        Self(watch::channel(0).1)
    }

    /// Returns whether a signal came.
    pub(crate) fn is_requested(&self) -> bool {
        *self.0.borrow() > 0
    }

    /// Returns when one more signal comes.
    pub(crate) async fn next(&self) {
        let mut receiver = self.0.clone();
        let before = *receiver.borrow();
        if receiver.wait_for(|signals| *signals > before).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
