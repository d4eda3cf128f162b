//! Medians and quartiles: on a machine that does other things too, an average says little.

use std::fmt;

/// The median of some numbers, and the two between which half of them lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    low: f64,
    high: f64,
}

impl Spread {
    /// Computes it of these numbers, of which there must be one.
    pub(crate) fn of(numbers: impl IntoIterator<Item = f64>) -> Self {
        let mut numbers: Vec<f64> = numbers.into_iter().collect();
        numbers.sort_unstable_by(f64::total_cmp);
        let at = |quarters: usize| numbers[(numbers.len() - 1) * quarters / 4];
        Self { median: at(2), low: at(1), high: at(3) }
    }
}

impl fmt::Display for Spread {
    /// Writes median and quartiles, by default with two digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(2);
        write!(f, "{:.digits$} [{:.digits$} to {:.digits$}]", self.median, self.low, self.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_has_as_many_below_as_above() {
        assert_eq!(Spread::of([5.0, 1.0, 4.0, 2.0, 3.0]).to_string(), "3.00 [2.00 to 4.00]");
        assert_eq!(format!("{:.1}", Spread::of([7.0])), "7.0 [7.0 to 7.0]");
    }
}
