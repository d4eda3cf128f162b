//! When an operation or a call is tried again, and how often.

use std::time::Duration;

use profiles_domain::Error;

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

    /// The policy for an item of a batch that loses races: no more attempts than a request makes, and no longer waits. They are over in
    /// seconds, or the item is blocked and the others go on.
    pub(super) fn of_item(self) -> Self {
        let usual = Self::default();
        Self {
            attempts: self.attempts.min(usual.attempts),
            first_wait: self.first_wait.min(usual.first_wait),
            longest_wait: self.longest_wait.min(usual.longest_wait),
        }
    }
}

impl Default for RetryPolicy {
    /// For requests: 50 attempts within some 7 seconds.
    fn default() -> Self {
        Self { attempts: 50, first_wait: Duration::from_millis(5), longest_wait: Duration::from_millis(320) }
    }
}

/// The attempts of one operation, or of one call.
pub(crate) struct Retries {
    policy: RetryPolicy,
    made: u32,
    /// The error once no attempt is left.
    given_up: Error,
}

impl Retries {
    /// The attempts of an operation that may lose races.
    pub(crate) fn of_races(policy: RetryPolicy) -> Self {
        Self { policy, made: 0, given_up: Error::Contended }
    }

    /// The attempts of a call that DynamoDB may not take.
    pub(crate) fn of_calls(policy: RetryPolicy) -> Self {
        Self { policy, made: 0, given_up: Error::Unavailable }
    }

    /// Counts attempts anew.
    pub(crate) fn begin_again(&mut self) {
        self.made = 0;
    }

    /// Waits until the next attempt may begin. The second begins at once: most first refusals are answered by what was just read.
    ///
    /// # Errors
    /// `Contended` when no attempt is left; of a call, `Unavailable`.
    pub(crate) async fn wait_for_next(&mut self) -> Result<(), Error> {
        if self.made == self.policy.attempts {
            match self.given_up {
                Error::Contended => tracing::warn!(attempts = self.made, "gave up: other writers were quicker every time"),
                _ => tracing::warn!(attempts = self.made, "gave up: the database did not take the call"),
            }
            return Err(self.given_up.clone());
        }
        if let Some(waits) = self.made.checked_sub(2) {
            let longest = self.policy.first_wait.saturating_mul(1 << waits.min(16)).min(self.policy.longest_wait);
            let wait = longest.mul_f64(rand::random::<f64>());
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
            }
        }
        self.made += 1;
        Ok(())
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
}
