//! The pauses between attempts.

use std::time::Duration;

/// The longest pause, unless the API asks for a longer one.
const LONGEST: Duration = Duration::from_secs(30);
/// The longest pause that the API may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(3600);

/// The number of attempts of a request, and the pauses between.
#[derive(Clone, Copy)]
pub(crate) struct Backoff {
    /// The first pause. Each further one is twice as long, up to 30 seconds.
    pub(crate) first: Duration,
    /// The most attempts.
    pub(crate) attempts: u32,
}

impl Backoff {
    /// Returns the pause after this attempt (the first is 1), given the pause that the API asked for. `chance` (0 to 1) spreads the
    /// requests that failed together.
    pub(crate) fn after(&self, attempt: u32, asked: Option<Duration>, chance: f64) -> Duration {
        let doubled = 1u32.checked_shl(attempt.saturating_sub(1)).and_then(|factor| self.first.checked_mul(factor));
        let own = doubled.map_or(LONGEST, |wait| wait.min(LONGEST));
        match asked {
            // Never shorter than the API asked for.
            Some(asked) => asked.min(LONGEST_ASKED) + self.first.min(LONGEST).mul_f64(chance),
            None => own.mul_f64(0.5 + chance / 2.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), attempts: 8 };

    #[test]
    fn pauses_double_up_to_the_longest() {
        let longest: Vec<_> = (1..=8).map(|attempt| BACKOFF.after(attempt, None, 1.0).as_secs()).collect();
        assert_eq!(longest, [1, 2, 4, 8, 16, 30, 30, 30]);
        let shortest: Vec<_> = (1..=8).map(|attempt| BACKOFF.after(attempt, None, 0.0).as_millis()).collect();
        assert_eq!(shortest, [500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
        assert_eq!(BACKOFF.after(u32::MAX, None, 1.0), LONGEST);
    }

    #[test]
    fn what_the_api_asks_for_is_the_least() {
        let asked = Some(Duration::from_secs(60));
        assert_eq!(BACKOFF.after(1, asked, 0.0), Duration::from_secs(60));
        assert_eq!(BACKOFF.after(5, asked, 1.0), Duration::from_secs(61));
        assert_eq!(BACKOFF.after(1, Some(Duration::MAX), 0.0), LONGEST_ASKED);
    }
}
