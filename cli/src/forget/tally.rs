//! Counts the outcomes of rows.

use super::outcome::Outcome;

/// The number of rows with each outcome.
#[derive(Default)]
pub(crate) struct Tally(Vec<(Outcome, u64)>);

impl Tally {
    /// Begins with these outcomes at 0, to be printed in this order.
    pub(crate) fn of(outcomes: &[Outcome]) -> Self {
        Self(outcomes.iter().map(|outcome| (*outcome, 0)).collect())
    }

    /// Counts a row.
    pub(crate) fn add(&mut self, outcome: Outcome) {
        match self.0.iter_mut().find(|(counted, _)| *counted == outcome) {
            Some((_, count)) => *count += 1,
            None => self.0.push((outcome, 1)),
        }
    }

    /// Returns the number of rows with this outcome.
    pub(crate) fn count(&self, outcome: Outcome) -> u64 {
        self.0.iter().find(|(counted, _)| *counted == outcome).map_or(0, |(_, count)| *count)
    }

    /// Prints a line for each outcome.
    pub(crate) fn print(&self) {
        for (outcome, count) in &self.0 {
            println!("{:<22} {count:>9}", outcome.name());
        }
    }
}
