//! How many rows came to which outcome.

use super::outcome::Outcome;

/// Counts of outcomes.
#[derive(Default)]
pub(crate) struct Tally(Vec<(Outcome, u64)>);

impl Tally {
    /// Begins with these at 0, which are then shown in this order.
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

    /// How many rows came to this.
    pub(crate) fn count(&self, outcome: Outcome) -> u64 {
        self.0.iter().find(|(counted, _)| *counted == outcome).map_or(0, |(_, count)| *count)
    }

    /// A line for each outcome.
    pub(crate) fn print(&self) {
        for (outcome, count) in &self.0 {
            println!("{:<22} {count:>9}", outcome.name());
        }
    }
}
