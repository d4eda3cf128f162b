//! Batches: each item is a step.

use std::collections::{BTreeMap, BTreeSet};

use super::super::operations::{Answer, Batch, Who, address};
use super::identity::Effect;
use super::{Guard, Progress, Refusal, State, Step, Token};

/// The progress of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Applied {
    /// The items that are done, each with the place of its count: created, updated, unchanged or ignored.
    outcomes: BTreeMap<usize, usize>,
    /// The profiles that items were written to.
    written: BTreeMap<usize, Token>,
    failed: BTreeSet<usize>,
}

impl State {
    /// Applies one of the next items of a batch. Items that share an identifier keep their order. Other items have no order, even if
    /// their profiles were merged meanwhile.
    pub(super) fn apply(&self, place: usize, progress: &Progress) -> Vec<(Self, Step)> {
        let (batch, label) = &self.accepted_batches[&place];
        let applied = self.batches.get(&place).cloned().unwrap_or_default();
        let left: Vec<usize> =
            (0..batch.items.len()).filter(|index| !progress.items.contains(index) && !applied.outcomes.contains_key(index)).collect();
        // Exception **written and gone**.
        let is_gone = |index: &usize| applied.written.get(index).is_some_and(|token| self.resolve(*token).is_none());
        let gone = applied.outcomes.iter().filter(|(index, outcome)| **outcome != 3 && !progress.items.contains(index) && is_gone(index));
        let counted_anew = gone.map(|(index, _)| self.ignore_one(place, *index, progress));
        if left.is_empty() {
            let mut counts = [0; 5];
            applied.outcomes.values().for_each(|outcome| counts[*outcome] += 1);
            counts[4] += (batch.items.len() - applied.outcomes.len()) as u64;
            return [(self.clone(), Step::Ended(Answer::Applied(counts)))].into_iter().chain(counted_anew).collect();
        }
        let is_next = |index: &&usize| left.iter().all(|other| other >= *index || !batch.items[*other].shares_with(batch.items[**index]));
        let next: Vec<_> = left.iter().copied().filter(|index| is_next(&index)).collect();
        let results = next.iter().flat_map(|index| self.apply_one(place, batch, label, *index, progress));
        let may_be_ignored = next.iter().filter(|index| self.may_be_ignored(batch.items[**index]));
        results.chain(may_be_ignored.map(|index| self.ignore_one(place, *index, progress))).chain(counted_anew).collect()
    }

    /// Exception **torn claim**.
    fn may_be_ignored(&self, who: Who) -> bool {
        !self.forgotten.is_empty() && who.email.is_some_and(|email| self.torn.contains(&address(email)))
    }

    fn ignore_one(&self, place: usize, index: usize, progress: &Progress) -> (Self, Step) {
        let mut after = self.clone();
        after.batches.entry(place).or_default().outcomes.insert(index, 3);
        let items = progress.items.iter().copied().chain([index]).collect();
        (after, Step::Continues(Progress { items, ..Progress::default() }))
    }

    fn apply_one(&self, place: usize, batch: &Batch, label: &str, index: usize, progress: &Progress) -> Vec<(Self, Step)> {
        let mut after = self.clone();
        let mut applied = self.batches.get(&place).cloned().unwrap_or_default();
        // An item that failed before one that is done stays failed. Otherwise the items would not be applied in their order.
        let is_passed = applied.failed.contains(&index) && applied.outcomes.keys().any(|done| *done > index);
        let mut joins = None;
        if !is_passed {
            match after.apply_item(batch.items[index], batch.ignore, &format!("{label}{index}")) {
                Ok((token, outcome)) => {
                    applied.outcomes.insert(index, outcome);
                    applied.written.insert(index, token);
                    joins = Some(token).filter(|_| batch.joins);
                }
                Err(Refusal::Ignored) => _ = applied.outcomes.insert(index, 3),
                Err(Refusal::Refused(..)) => _ = applied.failed.insert(index),
            }
            after.batches.insert(place, applied);
        }
        let items: BTreeSet<_> = progress.items.iter().copied().chain([index]).collect();
        let states = joins.map_or_else(|| vec![after.clone()], |token| after.clone().join_by_batch(token));
        let more = || Step::Continues(Progress { items: items.clone(), ..Progress::default() });
        states.into_iter().map(|state| (state, more())).collect()
    }

    fn apply_item(&mut self, who: Who, ignore: bool, label: &str) -> Result<(Token, usize), Refusal> {
        let (token, identified) = self.identify(who, Guard { of_batch: true, ignore })?;
        let profile = self.profile(token);
        let mut changes = identified == Effect::Changed;
        for name in ["p".to_owned(), format!("p_{label}")] {
            changes |= profile.properties.insert(name, label.to_owned()).as_deref() != Some(label);
        }
        let outcome = match (identified, changes) {
            (Effect::Created, _) => 0,
            (_, true) => 1,
            (_, false) => 2,
        };
        Ok((token, outcome))
    }
}
