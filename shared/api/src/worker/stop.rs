//! The moment at which a worker has to stop, so that another one can go on from there.

use std::time::Duration;

use profiles_normalization::Timestamp;
use profiles_storage::Timeouts;
use tokio_util::sync::CancellationToken;

/// The worker saves its progress this long before Lambda ends the function.
const MARGIN: Duration = Duration::from_secs(25);
const _: () = assert!(MARGIN.as_secs() > Timeouts::BACKGROUND.call.as_secs(), "a save that has to be tried again must fit");

/// The moment to stop.
pub(crate) enum Stop<'a> {
    /// Before this time, at which the function is ended. `None`: never.
    Deadline(Option<Timestamp>),
    /// When this is cancelled.
    Cancelled(&'a CancellationToken),
}

impl Stop<'_> {
    /// Runs `work` to its end, or drops it where it is and returns `None` when it is time to stop.
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
            Self::Cancelled(stop) => stop.run_until_cancelled(work).await,
        }
    }
}
