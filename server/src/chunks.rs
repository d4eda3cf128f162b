//! Applying the chunks of accepted batches in the background.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use profiles_api::{Attempt, Context, TicketKey, apply_ticket};
use tokio::sync::Semaphore;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// After the first attempt that failed; after each further one it is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// No wait is longer. It comes to this when a chunk counts as stalled, which it does after ten attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(10 * 60);

/// The chunks that this process applies, each from when it hears of it until it is done.
pub(crate) struct Chunks {
    context: Arc<Context>,
    at_once: usize,
    places: Semaphore,
    /// Those that it has heard of, so that it takes none twice.
    known: Mutex<HashSet<TicketKey>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Chunks {
    /// Applies so many at once, until `stop` is cancelled. With none at once, it takes none.
    pub(crate) fn new(context: Arc<Context>, at_once: usize, stop: CancellationToken) -> Arc<Self> {
        let places = Semaphore::new(at_once.min(Semaphore::MAX_PERMITS));
        Arc::new(Self { context, at_once, places, known: Mutex::default(), tasks: TaskTracker::new(), stop })
    }

    /// What chunks are applied with.
    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    /// Whether it takes any.
    pub(crate) fn applies(&self) -> bool {
        self.at_once > 0
    }

    /// Applies a ticket's chunk as soon as there is a place, and again until it is done. What is not begun when the end comes stays in
    /// the database, where the next server finds it.
    pub(crate) fn take(self: &Arc<Self>, ticket: TicketKey) {
        if !self.applies() || self.stop.is_cancelled() || !self.known().insert(ticket) {
            return;
        }
        let known = Known { chunks: Arc::clone(self), ticket };
        self.tasks.spawn(async move { known.chunks.apply(ticket).await });
    }

    /// Returns when nothing is left under way, after the stop.
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

    /// Applies it once; returns how long to wait for another attempt, if there is to be one.
    async fn attempt(&self, ticket: TicketKey, failures: &mut u32) -> Option<Duration> {
        let _place = self.stop.run_until_cancelled(self.places.acquire()).await?.ok()?;
        match Box::pin(apply_ticket(&self.context, ticket, &self.stop)).await {
            Ok(Attempt::Over) => None,
            Ok(Attempt::Held(wait)) => Some(wait),
            Err(_) => {
                *failures += 1;
                let wait = wait_after(*failures);
                tracing::warn!(failures = *failures, wait_seconds = wait.as_secs(), "a chunk could not be applied");
                Some(wait)
            }
        }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashSet<TicketKey>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wait_after(failures: u32) -> Duration {
    FIRST_WAIT.saturating_mul(1 << failures.saturating_sub(1).min(30)).min(LONGEST_WAIT)
}

/// A ticket that is known until its task is over, however that ends.
struct Known {
    chunks: Arc<Chunks>,
    ticket: TicketKey,
}

impl Drop for Known {
    fn drop(&mut self) {
        self.chunks.known().remove(&self.ticket);
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
