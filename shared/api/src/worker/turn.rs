//! A worker's turn at a chunk: after it, other chunks get theirs.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use profiles_normalization::Timestamp;
use profiles_storage::Timeouts;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;

/// The longest turn. A chunk is usually applied within seconds; one that is throttled must not keep others waiting for long.
const TURN: Duration = Duration::from_secs(30);
/// A turn ends this long before Lambda ends the function, so that the progress can be saved.
const MARGIN: Duration = Duration::from_secs(25);
const _: () = assert!(MARGIN.as_secs() > Timeouts::BACKGROUND.call.as_secs(), "a save that has to be tried again must fit");
/// The longest attempt at a chunk, with what comes before and after its turn: no call is tried again later than that. Otherwise the worker
/// would hold up other chunks where the table of tickets itself is throttled.
pub(crate) const LONGEST_ATTEMPT: Duration = TURN.saturating_add(MARGIN);
/// The interval at which the clock is read while nothing else happens.
const TICK: Duration = Duration::from_secs(1);

/// A turn at a chunk.
pub(crate) struct Turn<'a> {
    clock: &'a Clock,
    deadline: Option<Timestamp>,
    cancelled: Option<&'a CancellationToken>,
    until: Timestamp,
}

impl<'a> Turn<'a> {
    /// A turn that ends early if the function is ended at `deadline`.
    pub(crate) fn before(clock: &'a Clock, deadline: Option<Timestamp>) -> Self {
        Self::new(clock, deadline, None)
    }

    /// A turn that ends early when `cancelled` is cancelled.
    pub(crate) fn unless_cancelled(clock: &'a Clock, cancelled: &'a CancellationToken) -> Self {
        Self::new(clock, None, Some(cancelled))
    }

    /// A turn that begins now, and is not cancelled.
    pub(crate) fn another(&self) -> Self {
        Self::new(self.clock, self.deadline, None)
    }

    fn new(clock: &'a Clock, deadline: Option<Timestamp>, cancelled: Option<&'a CancellationToken>) -> Self {
        let until = clock.now().plus(TURN);
        let until = deadline.map_or(until, |deadline| until.min(deadline.minus(MARGIN)));
        Self { clock, deadline, cancelled, until }
    }

    /// Whether it was cancelled.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.is_some_and(CancellationToken::is_cancelled)
    }

    /// Runs `work` to its end, or drops it where it is and returns `None` when the turn ends.
    pub(crate) async fn run<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let work = self.run_until_its_end(work);
        match self.cancelled {
            Some(cancelled) => cancelled.run_until_cancelled(work).await.flatten(),
            None => work.await,
        }
    }

    /// The clock is read whenever the work goes on, and at each tick.
    async fn run_until_its_end<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        poll_fn(|context| {
            if self.clock.now() >= self.until {
                return Poll::Ready(None);
            }
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(Some(done));
            }
            while ticks.poll_tick(context).is_ready() {}
            Poll::Pending
        })
        .await
    }
}
