//! The time limit of work that another invocation can finish.

use std::time::Duration;

use profiles_normalization::Timestamp;

use crate::clock::Clock;

/// The limit in a request, whose client waits for the response.
pub(crate) const REQUEST_BUDGET: Duration = Duration::from_secs(20);
/// The time that a request has if nobody says when it has to end.
const REQUEST_TIME: Duration = Duration::from_secs(29);
/// The limit in the sweep, for which no client waits.
pub(crate) const SWEEP_BUDGET: Duration = Duration::from_mins(4);
/// No step begins this long before Lambda ends the function: the time is for the step under way, and for the response.
const MARGIN: Duration = Duration::from_secs(3);

/// Returns a function that says if there is time for another step: until `budget` is used up, counted from `began`, or the deadline is close.
pub(crate) fn time_left(
    clock: &Clock,
    began: Timestamp,
    deadline: Option<Timestamp>,
    budget: Duration,
) -> impl Fn() -> bool + Send + Sync + use<'_> {
    move || {
        let now = clock.now();
        began.until(now) < budget && deadline.is_none_or(|deadline| now.until(deadline) > MARGIN)
    }
}

/// The time in which a request's calls to the database are tried again, when the request has to end before `deadline`.
pub(crate) fn time_for_attempts(now: Timestamp, deadline: Option<Timestamp>) -> Duration {
    deadline.map_or(REQUEST_TIME, |deadline| now.until(deadline)).saturating_sub(MARGIN)
}

/// Returns a function that says how much of a request's time is left for its work.
pub(crate) fn time_for_work(clock: &Clock, deadline: Option<Timestamp>) -> impl Fn() -> Duration + Send + Sync + use<'_> {
    let began = clock.now();
    let time = time_for_attempts(began, deadline);
    move || time.saturating_sub(began.until(clock.now()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_millis(seconds * 1000).unwrap()
    }

    #[test]
    fn there_is_time_until_the_budget_is_used_up_or_the_deadline_is_close() {
        let now = Arc::new(AtomicI64::new(100));
        let hand = Arc::clone(&now);
        let clock = Clock::from_fn(move || at(hand.load(Ordering::SeqCst)));
        let budget = Duration::from_secs(20);
        for (seconds, deadline, left) in [
            (100, None, true),
            (119, None, true),
            (120, None, false),
            (105, Some(110), true),
            (107, Some(110), false),
            (111, Some(110), false),
            (100, Some(500), true),
        ] {
            now.store(seconds, Ordering::SeqCst);
            assert_eq!(time_left(&clock, at(100), deadline.map(at), budget)(), left, "{seconds} {deadline:?}");
        }
    }
}
