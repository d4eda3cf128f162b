//! How long to wait before asking again.

use std::time::Duration;

/// The longest wait of our own choice.
const LONGEST: Duration = Duration::from_secs(30);
/// The longest wait that the API may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(3600);

/// How often one row is asked, and the pauses between.
#[derive(Clone, Copy)]
pub(crate) struct Waits {
    /// The first pause. Each one after is twice as long, up to 30 seconds.
    pub(crate) first: Duration,
    /// How often a row is asked at most.
    pub(crate) attempts: u32,
}

impl Waits {
    /// The pause after this attempt (the first is 1), given what the API asked for, and chance (0 up to 1), which keeps requests that
    /// failed together from coming back together.
    pub(crate) fn after(&self, attempt: u32, asked: Option<Duration>, chance: f64) -> Duration {
        let doubled = 1u32.checked_shl(attempt.saturating_sub(1)).and_then(|factor| self.first.checked_mul(factor));
        let own = doubled.map_or(LONGEST, |wait| wait.min(LONGEST));
        match asked {
            // Never sooner than asked.
            Some(asked) => asked.min(LONGEST_ASKED) + self.first.min(LONGEST).mul_f64(chance),
            None => own.mul_f64(0.5 + chance / 2.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAITS: Waits = Waits { first: Duration::from_secs(1), attempts: 8 };

    #[test]
    fn pauses_double_up_to_the_longest() {
        let longest: Vec<_> = (1..=8).map(|attempt| WAITS.after(attempt, None, 1.0).as_secs()).collect();
        assert_eq!(longest, [1, 2, 4, 8, 16, 30, 30, 30]);
        let shortest: Vec<_> = (1..=8).map(|attempt| WAITS.after(attempt, None, 0.0).as_millis()).collect();
        assert_eq!(shortest, [500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
        assert_eq!(WAITS.after(u32::MAX, None, 1.0), LONGEST);
    }

    #[test]
    fn what_the_api_asks_for_is_the_least() {
        let asked = Some(Duration::from_secs(60));
        assert_eq!(WAITS.after(1, asked, 0.0), Duration::from_secs(60));
        assert_eq!(WAITS.after(5, asked, 1.0), Duration::from_secs(61));
        assert_eq!(WAITS.after(1, Some(Duration::MAX), 0.0), LONGEST_ASKED);
    }
}
