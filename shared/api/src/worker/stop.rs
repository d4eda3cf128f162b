//! When whoever applies a chunk has to stop, for somebody else to go on from there.

use std::time::Duration;

use profiles_normalization::Timestamp;
use profiles_storage::Timeouts;
use tokio_util::sync::CancellationToken;

/// So long before Lambda ends the function it saves how far it got.
const MARGIN: Duration = Duration::from_secs(25);
const _: () = assert!(MARGIN.as_secs() > Timeouts::BACKGROUND.call.as_secs(), "a save that has to be tried again must fit");

/// When to stop.
pub(crate) enum Until<'a> {
    /// Before this time, at which the function is ended, if it is.
    Deadline(Option<Timestamp>),
    /// As soon as this is cancelled.
    Stopped(&'a CancellationToken),
}

impl Until<'_> {
    /// What `work` comes to; `None` when it is time to stop first. Then it is given up where it is.
    pub(crate) async fn run<T>(&self, now: Timestamp, work: impl Future<Output = T>) -> Option<T> {
        match self {
            Self::Deadline(None) => Some(work.await),
            Self::Deadline(Some(deadline)) => {
                let left = now.until(*deadline).saturating_sub(MARGIN);
                if left.is_zero() {
                    return None;
                }
                tokio::time::timeout(left, work).await.ok()
            }
            Self::Stopped(stop) => stop.run_until_cancelled(work).await,
        }
    }
}
