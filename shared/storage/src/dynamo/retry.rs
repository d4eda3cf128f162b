//! When an operation or a call is tried again, and how often.

use std::time::Duration;

use profiles_domain::Error;
use tokio::time::Instant;

tokio::task_local! {
    /// The time after which the current task begins no further attempt.
    static UNTIL: Instant;
}

/// Runs a task that begins no further attempt of any operation or call once this time is over, or that of the task that it is a part of.
pub async fn attempting_for<T>(time: Duration, task: impl Future<Output = T>) -> T {
    let until = Instant::now() + time;
    UNTIL.scope(UNTIL.try_with(|whole| until.min(*whole)).unwrap_or(until), task).await
}

/// The time that the current task has for further attempts, at most this.
pub(crate) fn time_for_attempts(most: Duration) -> Duration {
    UNTIL.try_with(|until| until.saturating_duration_since(Instant::now()).min(most)).unwrap_or(most)
}

/// The number of attempts of an operation that loses races, or of a call that DynamoDB does not take, and the waits between them.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// Attempts before it is given up.
    pub attempts: u32,
    /// The wait before the third attempt is drawn between zero and this; it doubles with each one after it.
    pub first_wait: Duration,
    /// No single wait is longer.
    pub longest_wait: Duration,
}

impl RetryPolicy {
    /// For work that no client waits for: through minutes of throttling, at a pace that lets the table recover.
    pub const BACKGROUND: Self = Self { attempts: 60, first_wait: Duration::from_millis(20), longest_wait: Duration::from_secs(10) };

    /// For an item of a batch that loses races: some 7 seconds. Then the item is blocked, and the others go on.
    const ITEM: Self = Self { attempts: 50, first_wait: Duration::from_millis(5), longest_wait: Duration::from_millis(320) };

    /// For a request that waits for a place, for as long as [`attempting_for`] lets it.
    const PLACE: Self = Self { attempts: 40, first_wait: Duration::from_millis(50), longest_wait: Duration::from_millis(500) };

    /// The policy for an item of a batch that loses races: no more attempts than [`Self::ITEM`], and no longer waits.
    pub(super) fn of_item(self) -> Self {
        Self {
            attempts: self.attempts.min(Self::ITEM.attempts),
            first_wait: self.first_wait.min(Self::ITEM.first_wait),
            longest_wait: self.longest_wait.min(Self::ITEM.longest_wait),
        }
    }

    /// The policy for a request that waits for a place: that of [`Self::PLACE`], where waits may be so long.
    fn of_place(self) -> Self {
        let Self { attempts, first_wait, longest_wait } = Self::PLACE;
        Self { attempts: self.attempts.min(attempts), first_wait, longest_wait: self.longest_wait.min(longest_wait) }
    }
}

impl Default for RetryPolicy {
    /// For requests: some 25 seconds, which is as long as the API lets a request take. A request that began late ends its attempts earlier,
    /// by [`attempting_for`].
    fn default() -> Self {
        Self { attempts: 60, first_wait: Duration::from_millis(5), longest_wait: Duration::from_secs(1) }
    }
}

/// The attempts of one operation, or of one call.
pub(crate) struct Retries {
    policy: RetryPolicy,
    made: u32,
    is_throttled: bool,
    /// The error once no attempt is left.
    given_up: Error,
}

impl Retries {
    /// The attempts of an operation that may lose races.
    pub(crate) fn of_races(policy: RetryPolicy) -> Self {
        Self { policy, made: 0, is_throttled: false, given_up: Error::Contended }
    }

    /// The attempts of a call that DynamoDB may not take.
    pub(crate) fn of_calls(policy: RetryPolicy) -> Self {
        Self { policy, made: 0, is_throttled: false, given_up: Error::Unavailable }
    }

    /// The attempts of a request that waits for a place. `all_taken` is its error when it gets none.
    pub(crate) fn of_places(policy: RetryPolicy, all_taken: Error) -> Self {
        Self { policy: policy.of_place(), made: 0, is_throttled: false, given_up: all_taken }
    }

    /// Notes that DynamoDB throttled the call, with this code. The first time, a line of the log says so.
    pub(crate) fn throttled(&mut self, call: &'static str, code: &str) {
        if !std::mem::replace(&mut self.is_throttled, true) {
            tracing::warn!(call, code, "the database throttles the call, which waits");
        }
    }

    /// Counts attempts anew.
    pub(crate) fn begin_again(&mut self) {
        self.made = 0;
    }

    /// Waits until the next attempt may begin. The second begins at once: most first refusals are answered by what was just read.
    ///
    /// # Errors
    /// When no attempt is left, or no time for one: `Contended`; of a call, `Unavailable`; of a place, that all are taken.
    pub(crate) async fn wait_for_next(&mut self) -> Result<(), Error> {
        let wait = self.next_wait();
        let is_late = self.made > 0 && UNTIL.try_with(|until| Instant::now() + wait > *until).unwrap_or(false);
        if self.made == self.policy.attempts || is_late {
            match self.given_up {
                Error::Contended => tracing::warn!(attempts = self.made, "gave up: other writers were quicker every time"),
                Error::Unavailable => tracing::warn!(attempts = self.made, "gave up: the database did not take the call"),
                // The client is told.
                _ => {}
            }
            return Err(self.given_up.clone());
        }
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        self.made += 1;
        Ok(())
    }

    /// The wait before the next attempt, drawn at random.
    fn next_wait(&self) -> Duration {
        let Some(waits) = self.made.checked_sub(2) else { return Duration::ZERO };
        let longest = self.policy.first_wait.saturating_mul(1 << waits.min(16)).min(self.policy.longest_wait);
        longest.mul_f64(rand::random::<f64>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn attempts_are_bounded() {
        let policy = RetryPolicy { attempts: 3, first_wait: Duration::ZERO, longest_wait: Duration::ZERO };
        for (mut retries, error) in [(Retries::of_races(policy), Error::Contended), (Retries::of_calls(policy), Error::Unavailable)] {
            for _ in 0..3 {
                assert_eq!(retries.wait_for_next().await, Ok(()));
            }
            assert_eq!(retries.wait_for_next().await, Err(error));
        }
    }

    #[tokio::test]
    async fn no_attempt_begins_when_time_is_over() {
        let mut retries =
            Retries::of_calls(RetryPolicy { first_wait: Duration::from_hours(1), longest_wait: Duration::MAX, ..RetryPolicy::default() });
        let mut made = 0;
        let ended = attempting_for(Duration::from_mins(1), async {
            loop {
                retries.wait_for_next().await?;
                made += 1;
            }
        });
        let ended: Result<(), Error> = ended.await;
        // The second begins at once, and the third would wait.
        assert_eq!((ended, made), (Err(Error::Unavailable), 2));
    }

    /// Waits for a place that never gets free. Returns the time until it is given up, and the attempts.
    async fn wait_in_vain(policy: RetryPolicy) -> (Duration, u32) {
        let all_taken = Error::TooManySearches { what: "searches", limit: 2 };
        let (began, mut made) = (Instant::now(), 0);
        let waiting = attempting_for(Duration::from_secs(4), async {
            let mut retries = Retries::of_places(policy, all_taken.clone());
            loop {
                retries.wait_for_next().await?;
                made += 1;
            }
        });
        let ended: Result<(), Error> = waiting.await;
        assert_eq!(ended, Err(all_taken));
        (began.elapsed(), made)
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_waits_for_a_place_for_four_seconds() {
        for _ in 0..1_000 {
            let (waited, attempts) = wait_in_vain(RetryPolicy::default()).await;
            assert!(waited > Duration::from_millis(3_499) && waited <= Duration::from_secs(4), "{waited:?}");
            assert!((10..40).contains(&attempts), "{attempts}");
        }
        // Less, if its own time is over before.
        let (waited, _) = attempting_for(Duration::from_secs(1), wait_in_vain(RetryPolicy::default())).await;
        assert!(waited <= Duration::from_secs(1), "{waited:?}");
        // Without waits, its attempts are bounded.
        let no_waits = RetryPolicy { attempts: 200, first_wait: Duration::ZERO, longest_wait: Duration::ZERO };
        assert_eq!(wait_in_vain(no_waits).await, (Duration::ZERO, RetryPolicy::PLACE.attempts));
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_of_a_part_is_never_longer_than_that_of_the_whole() {
        let end = || UNTIL.try_with(|until| *until - Instant::now()).unwrap();
        for (whole, part, left) in [(1, 4, 1), (4, 1, 1)] {
            let part = attempting_for(Duration::from_secs(part), async { end() });
            assert_eq!(attempting_for(Duration::from_secs(whole), part).await, Duration::from_secs(left));
        }
    }
}
