//! Applies the chunks of accepted batches in the background.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use profiles_api::{Attempt, Context, TicketKey, apply_ticket};
use tokio::sync::Semaphore;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The wait after the first failed attempt. It doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait. It is reached after ten attempts, when a chunk counts as stalled.
const LONGEST_WAIT: Duration = Duration::from_secs(10 * 60);

/// Applies chunks, each from when this process hears of it until it is done.
pub(crate) struct Worker {
    context: Arc<Context>,
    at_once: usize,
    permits: Semaphore,
    /// The tickets that this process has heard of, so that it applies none twice at once.
    known: Mutex<HashSet<TicketKey>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Worker {
    /// Makes a worker that applies up to `at_once` chunks at once, until `stop` is cancelled. With 0, it applies none.
    pub(crate) fn new(context: Arc<Context>, at_once: usize, stop: CancellationToken) -> Arc<Self> {
        let permits = Semaphore::new(at_once.min(Semaphore::MAX_PERMITS));
        Arc::new(Self { context, at_once, permits, known: Mutex::default(), tasks: TaskTracker::new(), stop })
    }

    /// Returns the context of the background work.
    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    /// Tells whether it applies chunks at all.
    pub(crate) fn is_enabled(&self) -> bool {
        self.at_once > 0
    }

    /// Applies a ticket's chunk when its turn comes, with further attempts until it is done. A chunk that is not begun when the server
    /// stops stays in the database, where the next server finds it.
    pub(crate) fn enqueue(self: &Arc<Self>, ticket: TicketKey) {
        if !self.is_enabled() || self.stop.is_cancelled() || !self.known().insert(ticket) {
            return;
        }
        let known = Known { worker: Arc::clone(self), ticket };
        self.tasks.spawn(async move { known.worker.apply(ticket).await });
    }

    /// Returns when no chunk is in progress any more, after `stop` was cancelled.
    pub(crate) async fn ended(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    async fn apply(&self, ticket: TicketKey) {
        let mut failures = 0;
        while let Some(wait) = self.attempt(ticket, &mut failures).await {
            if self.stop.run_until_cancelled(sleep(wait)).await.is_none() {
                return;
            }
        }
    }

    /// Makes one attempt. Returns the wait before the next one, if another is needed.
    async fn attempt(&self, ticket: TicketKey, failures: &mut u32) -> Option<Duration> {
        let _permit = self.stop.run_until_cancelled(self.permits.acquire()).await?.ok()?;
        match Box::pin(apply_ticket(&self.context, ticket, &self.stop)).await {
            Ok(Attempt::Over) => None,
            // Other chunks that wait for a permit come first.
            Ok(Attempt::Unfinished) => Some(Duration::ZERO),
            Ok(Attempt::Held(wait)) => Some(wait),
            Ok(Attempt::Stalled) | Err(_) => {
                *failures += 1;
                let wait = wait_after(*failures);
                tracing::warn!(failures = *failures, wait_seconds = wait.as_secs(), "a chunk could not be applied");
                Some(wait)
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, HashSet<TicketKey>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wait_after(failures: u32) -> Duration {
    FIRST_WAIT.saturating_mul(1 << failures.saturating_sub(1).min(30)).min(LONGEST_WAIT)
}

/// Keeps a ticket known until its task ends, however that ends.
struct Known {
    worker: Arc<Worker>,
    ticket: TicketKey,
}

impl Drop for Known {
    fn drop(&mut self) {
        self.worker.known().remove(&self.ticket);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_ten_minutes_which_it_reaches_when_a_chunk_counts_as_stalled() {
        assert_eq!((wait_after(1), wait_after(2), wait_after(9)), (FIRST_WAIT, FIRST_WAIT * 2, Duration::from_secs(256)));
        assert_eq!((wait_after(11), wait_after(u32::MAX)), (LONGEST_WAIT, LONGEST_WAIT));
    }
}
