//! The time of a search: whether it can be finished.

use std::time::Duration;

use profiles_domain::Error;

/// The time after which the pace is judged: before, a slow beginning says little.
const JUDGED_AFTER: Duration = Duration::from_secs(2);

/// The pace of a search.
pub(super) struct Pace<'a> {
    time_left: &'a (dyn Fn() -> Duration + Sync),
    at_first: Duration,
}

impl<'a> Pace<'a> {
    pub(super) fn new(time_left: &'a (dyn Fn() -> Duration + Sync)) -> Self {
        Self { time_left, at_first: time_left() }
    }

    /// Checks that there is time for another step.
    ///
    /// # Errors
    /// `SearchTooLong`.
    pub(super) fn check(&self) -> Result<(), Error> {
        if (self.time_left)().is_zero() { Err(Error::SearchTooLong) } else { Ok(()) }
    }

    /// Checks that work of which this share is done will be finished in time. `began` is the time that was left when it began.
    ///
    /// # Errors
    /// `SearchTooLong`.
    pub(super) fn check_share(&self, began: Duration, done: f64) -> Result<(), Error> {
        self.check()?;
        let left = (self.time_left)();
        if suffices(began.saturating_sub(left), done, left) { Ok(()) } else { Err(Error::SearchTooLong) }
    }

    /// The time that is left.
    pub(super) fn left(&self) -> Duration {
        (self.time_left)().min(self.at_first)
    }
}

/// Whether the time that is left suffices for the rest, at the pace so far.
fn suffices(spent: Duration, done: f64, left: Duration) -> bool {
    if spent < JUDGED_AFTER || done <= 0.0 {
        return true;
    }
    spent.as_secs_f64() * (1.0 - done) / done <= left.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_finished_is_known_early() {
        let seconds = Duration::from_secs;
        assert!(suffices(seconds(1), 0.0001, seconds(20)), "too early to judge");
        assert!(suffices(seconds(4), 0.2, seconds(16)));
        assert!(!suffices(seconds(4), 0.1, seconds(16)));
        assert!(suffices(seconds(4), 1.0, Duration::ZERO));
        assert!(suffices(seconds(4), 0.0, seconds(16)), "nothing is known");
    }

    #[test]
    fn without_time_no_step_begins() {
        assert_eq!(Pace::new(&|| Duration::ZERO).check(), Err(Error::SearchTooLong));
        let pace = Pace::new(&|| Duration::from_secs(5));
        assert_eq!(pace.check(), Ok(()));
        assert_eq!(pace.check_share(Duration::from_secs(15), 0.5), Err(Error::SearchTooLong));
        assert_eq!(pace.check_share(Duration::from_secs(15), 0.7), Ok(()));
    }
}
