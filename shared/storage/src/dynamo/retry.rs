//! Starting again after a lost race.

use std::time::Duration;

use profiles_domain::Error;

/// How often a lost race is run again, and how long to wait before it.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// Attempts before an operation is given up, which may be repeated.
    pub attempts: u32,
    /// The wait before the third attempt is drawn between zero and this; it doubles with each one after it.
    pub first_wait: Duration,
    /// No single wait is longer.
    pub longest_wait: Duration,
}

impl Patience {
    /// Where no client waits: through minutes of throttling, at a pace that lets the table recover.
    pub const WITHOUT_A_CLIENT: Self = Self { attempts: 60, first_wait: Duration::from_millis(20), longest_wait: Duration::from_secs(10) };
}

impl Patience {
    /// With races that are lost, where the database as such is there: they are over in seconds, or for good.
    pub(crate) fn with_races(self) -> Self {
        let usual = Self::default();
        Self {
            attempts: self.attempts.min(usual.attempts),
            first_wait: self.first_wait.min(usual.first_wait),
            longest_wait: self.longest_wait.min(usual.longest_wait),
        }
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self { attempts: 50, first_wait: Duration::from_millis(5), longest_wait: Duration::from_millis(320) }
    }
}

/// The attempts of one operation, or of one call.
pub(crate) struct Attempts {
    patience: Patience,
    made: u32,
    /// What it means that none is left.
    given_up: Error,
}

impl Attempts {
    /// The attempts of an operation that loses races.
    pub(crate) fn new(patience: Patience) -> Self {
        Self { patience, made: 0, given_up: Error::Contended }
    }

    /// The attempts of a call that the database does not take.
    pub(crate) fn of_call(patience: Patience) -> Self {
        Self { given_up: Error::Unavailable, ..Self::new(patience) }
    }

    /// Returns when the next attempt may begin. The second begins at once: what was just read answers most first refusals.
    ///
    /// # Errors
    /// `Contended` when no attempt is left; of a call, `Unavailable`.
    pub(crate) async fn next(&mut self) -> Result<(), Error> {
        if self.made == self.patience.attempts {
            match self.given_up {
                Error::Contended => tracing::warn!(attempts = self.made, "gave up: other writers were quicker every time"),
                _ => tracing::warn!(attempts = self.made, "gave up: the database did not take the call"),
            }
            return Err(self.given_up.clone());
        }
        if let Some(waits) = self.made.checked_sub(2) {
            let longest = self.patience.first_wait.saturating_mul(1 << waits.min(16)).min(self.patience.longest_wait);
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
        let patience = Patience { attempts: 3, first_wait: Duration::ZERO, longest_wait: Duration::ZERO };
        let mut attempts = Attempts::new(patience);
        for _ in 0..3 {
            assert_eq!(attempts.next().await, Ok(()));
        }
        assert_eq!(attempts.next().await, Err(Error::Contended));
    }
}
