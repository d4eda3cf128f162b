//! Batches, and the orders in which their items may be applied.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Fault;
use super::fields::{self, Membership, Upsert};
use super::identifiers::is_id;
use super::profiles::State;
use super::records::texts;
use super::times::Millis;
use crate::fuzz::json::Json;

/// How long items of batches are ignored whose user was forgotten.
const FORGOTTEN_FOR: Millis = 120_000;

/// A batch that was read: each item, or the faults of which one is answered at once.
pub(crate) struct Batch {
    pub(crate) items: Vec<Result<Upsert, Vec<Fault>>>,
    ignore: bool,
    now: Millis,
}

/// What became of an item.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    Created,
    Updated,
    Unchanged,
    Ignored,
    Failed(Vec<Fault>),
    /// The item names a forgotten user, and could not be applied anyway. Which is told, the contract leaves open.
    IgnoredOrFailed(Vec<Fault>),
}

/// Which names of users who were forgotten within the last two minutes do not count since a new user has them. The contract says that items
/// are ignored that would bring one back, not more.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Exempt {
    /// An address that the item's user has already.
    OwnAddress,
    Nothing,
    Everything,
}

/// What a batch leaves, if its items were applied in one of the orders that are allowed.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    pub(crate) state: State,
    pub(crate) outcomes: Vec<Outcome>,
}

impl Batch {
    pub(crate) fn read(items: &[Json], ignore: bool, now: Millis) -> Self {
        let read = |item: &Json| match item {
            Json::Object(members) => fields::upsert(&[], members, now),
            _ => Err(vec![Fault { status: 422, names: Vec::new() }]),
        };
        Self { items: items.iter().map(read).collect(), ignore, now }
    }

    /// Returns whether some item changes properties of a company: the contract does not say if that counts as a change of the profile.
    pub(crate) fn changes_companies(&self) -> bool {
        let changes = |upsert: &Upsert| matches!(&upsert.membership, Membership::In(_, properties) if !properties.is_empty());
        self.items.iter().flatten().any(changes)
    }

    /// Applies the batch in each way that is allowed. Items of one user keep their order, and those of different users have none.
    pub(crate) fn applied(&self, state: &State) -> Vec<Applied> {
        let lists = self.lists(state);
        let backward: Vec<_> = lists.iter().rev().cloned().collect();
        let exempt = [Exempt::OwnAddress, Exempt::Nothing, Exempt::Everything];
        let fences = if state.forgotten.is_empty() { &exempt[..1] } else { &exempt };
        let ways = [(&lists, true), (&lists, false), (&backward, true), (&backward, false)];
        ways.iter().flat_map(|(lists, by_more)| fences.iter().map(|fence| self.apply(state, lists, *fence, *by_more))).collect()
    }

    /// Groups the items of each user: those that share an identifier, or lead to the same profile.
    fn lists(&self, state: &State) -> Vec<Vec<usize>> {
        let mut lists: Vec<(BTreeSet<String>, Vec<usize>)> = Vec::new();
        for (index, item) in self.items.iter().enumerate() {
            let Ok(upsert) = item else { continue };
            let mut names: BTreeSet<String> = texts(&upsert.who).cloned().collect();
            names.extend(state.led_to(&upsert.who).map(|place| format!("profile {place}")));
            let mut items = vec![index];
            for (known, others) in lists.extract_if(.., |(known, _)| !known.is_disjoint(&names)).collect::<Vec<_>>() {
                names.extend(known);
                items.extend(others);
            }
            items.sort_unstable();
            lists.push((names, items));
        }
        lists.sort_by_key(|(_, items)| items[0]);
        lists.into_iter().map(|(_, items)| items).collect()
    }

    /// Applies the lists. One whose next item is refused since another user has the address waits until the others are done: an address may
    /// be handed from one user to another inside of a batch. When all wait, the first goes on without the item; `by_more`: the first whose
    /// other items name an address, too.
    fn apply(&self, state: &State, lists: &[Vec<usize>], fence: Exempt, by_more: bool) -> Applied {
        let mut state = state.clone();
        let mut outcomes = BTreeMap::new();
        let mut lists: Vec<_> = lists.iter().map(|items| VecDeque::from(items.clone())).collect();
        loop {
            let mut has_moved = false;
            for list in &mut lists {
                while let Some(index) = list.front().copied() {
                    let Ok(upsert) = &self.items[index] else { panic!("only what was read is in a list") };
                    let outcome = self.apply_one(&mut state, upsert, fence);
                    let waits = is_refused_for_its_address(&outcome);
                    outcomes.insert(index, outcome);
                    if waits {
                        break;
                    }
                    has_moved = true;
                    list.pop_front();
                }
            }
            if !has_moved {
                // The first one goes on without the item.
                let names_an_address = |index: &usize| self.items[*index].as_ref().is_ok_and(|upsert| upsert.who.email.is_some());
                let has_more = |list: &VecDeque<usize>| list.iter().skip(1).any(names_an_address);
                match lists.iter_mut().filter(|list| !list.is_empty()).min_by_key(|list| (by_more && !has_more(list), list[0])) {
                    Some(list) => _ = list.pop_front(),
                    None => break,
                }
            }
        }
        for (index, item) in self.items.iter().enumerate() {
            if let Err(faults) = item {
                outcomes.insert(index, Outcome::Failed(faults.clone()));
            }
        }
        Applied { state, outcomes: outcomes.into_values().collect() }
    }

    fn apply_one(&self, state: &mut State, upsert: &Upsert, fence: Exempt) -> Outcome {
        let is_ignored = self.is_fenced(state, upsert, fence);
        let mut after = state.clone();
        let done = match after.upsert(upsert, self.now) {
            Err(faults) if is_ignored => return Outcome::IgnoredOrFailed(faults),
            Err(faults) => return Outcome::Failed(faults),
            Ok(_) if is_ignored => return Outcome::Ignored,
            Ok(done) if done.is_new && self.ignore => return Outcome::Ignored,
            Ok(done) => done,
        };
        let is_same = state.profiles.get(done.place) == after.profiles.get(done.place);
        *state = after;
        match (done.is_new, is_same) {
            (true, _) => Outcome::Created,
            (false, true) => Outcome::Unchanged,
            (false, false) => Outcome::Updated,
        }
    }

    /// Returns whether an item names a user who was forgotten.
    fn is_fenced(&self, state: &State, upsert: &Upsert, exempt: Exempt) -> bool {
        let who = &upsert.who;
        let named = who.id.as_ref().and_then(|id| state.by_id(id)).or_else(|| who.uid.as_ref().and_then(|uid| state.by_uid(uid)));
        let own_address = named.and_then(|place| state.profiles[place].as_ref()?.email.as_ref());
        let first_uid = who.id.as_ref().and(named).and_then(|place| state.profiles[place].as_ref()?.first_uid.as_ref());
        let counts = |name: &String| match exempt {
            Exempt::Nothing => true,
            Exempt::OwnAddress => own_address != Some(name),
            Exempt::Everything => state.by_uid(name).is_none() && state.by_email(name).is_none(),
        };
        let is_recent = |time: &Millis| self.now - time <= FORGOTTEN_FOR;
        // Two ids of one uid differ in their time only. Which of them was forgotten last, is not known.
        let is_of_same_uid = |id: &str, known: &str| is_id(id) && is_id(known) && id[8..] == known[8..];
        let is_forgotten =
            |name: &String| state.forgotten.iter().any(|(known, time)| (known == name || is_of_same_uid(name, known)) && is_recent(time));
        texts(who).chain(first_uid).any(|name| counts(name) && is_forgotten(name))
    }
}

fn is_refused_for_its_address(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed(faults) if faults.iter().any(|fault| fault.status == 409 && fault.names == ["email"]))
}
