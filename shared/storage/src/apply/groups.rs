//! Which items of a chunk are about the same user, and which of those can be written at once.

use std::collections::HashMap;

use profiles_domain::{AccountId, BatchItem, Email, Identity, MembershipChange, Slot, Upsert};

/// Items that name one user, by whatever identifiers, in their order.
pub struct Group(Vec<BatchItem>);

/// Puts together the items whose identifiers lead from one to the other. The groups are in the order of their first items, and the
/// same for the same items, so that it can be said how far one got.
#[must_use]
pub fn group(account: AccountId, items: Vec<BatchItem>) -> Vec<Group> {
    let mut sets = Sets::default();
    let mut by_slot: HashMap<Slot, usize> = HashMap::new();
    let mut by_email: HashMap<Email, usize> = HashMap::new();
    for (place, item) in items.iter().enumerate() {
        sets.add();
        let Identity { id, uid, email } = &item.upsert.identity;
        let slots = [id.map(|id| id.slot()), uid.as_ref().map(|uid| Slot::of_uid(account, uid.as_str()))];
        for slot in slots.into_iter().flatten() {
            sets.unite(*by_slot.entry(slot).or_insert(place), place);
        }
        if let Some(email) = email {
            sets.unite(*by_email.entry(email.clone()).or_insert(place), place);
        }
    }
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<usize, usize> = HashMap::new();
    for (place, item) in items.into_iter().enumerate() {
        let next = groups.len();
        let position = *places.entry(sets.first(place)).or_insert(next);
        match groups.get_mut(position) {
            Some(group) => group.0.push(item),
            None => groups.push(Group(vec![item])),
        }
    }
    groups
}

/// Disjoint sets of places, each led by its first.
#[derive(Default)]
struct Sets(Vec<usize>);

impl Sets {
    fn add(&mut self) {
        self.0.push(self.0.len());
    }

    fn first(&mut self, mut place: usize) -> usize {
        while let Some(up) = self.0.get(place).copied().filter(|up| *up != place) {
            // Halves the path for whoever comes next.
            let above = self.0.get(up).copied().unwrap_or(up);
            if let Some(slot) = self.0.get_mut(place) {
                *slot = above;
            }
            place = up;
        }
        place
    }

    fn unite(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first(one), self.first(other));
        if let Some(slot) = self.0.get_mut(one.max(other)) {
            *slot = one.min(other);
        }
    }
}

impl Group {
    /// Where the first write begins to look.
    pub(super) fn first(&self) -> Option<&Identity> {
        self.0.first().map(|item| &item.upsert.identity)
    }

    /// The number of its items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is nothing in it, which [`group`] never leaves so.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its items in steps, each of which one write does.
    pub(super) fn steps(&self) -> Vec<Step<'_>> {
        let mut steps: Vec<Step<'_>> = Vec::new();
        for item in &self.0 {
            if !steps.last_mut().is_some_and(|step| step.take_in(item)) {
                steps.push(Step::of(item));
            }
        }
        steps
    }
}

/// Consecutive items whose outcome, one after the other, is that of one write.
pub(super) struct Step<'a> {
    /// The identifiers of all of them.
    pub(super) identity: Identity,
    /// The membership that the last of them leaves.
    pub(super) membership: &'a MembershipChange,
    pub(super) items: Vec<&'a BatchItem>,
}

impl<'a> Step<'a> {
    pub(super) fn of(item: &'a BatchItem) -> Self {
        let Upsert { identity, membership, .. } = &item.upsert;
        Self { identity: identity.clone(), membership, items: vec![item] }
    }

    /// Adds an item that is about the same profile for sure, and asks for nothing that stands in the way of the others.
    fn take_in(&mut self, item: &'a BatchItem) -> bool {
        let Upsert { identity: Identity { id, uid, email }, membership, .. } = &item.upsert;
        let known = &self.identity;
        let same_user = match (id, uid) {
            (None, None) => *email == known.email,
            _ => *id == known.id && *uid == known.uid,
        };
        // A second address would have to be claimed after the first; a second company might have to be founded after the first.
        let same_email = email.is_none() || known.email.is_none() || *email == known.email;
        let same_company = match (self.membership, membership) {
            (MembershipChange::Keep, _) | (_, MembershipChange::Keep) | (MembershipChange::End, MembershipChange::End) => true,
            (MembershipChange::Join(one, _), MembershipChange::Join(other, _)) => one == other,
            _ => false,
        };
        if !(same_user && same_email && same_company) {
            return false;
        }
        if known.email.is_none() {
            self.identity.email.clone_from(email);
        }
        if *self.membership == MembershipChange::Keep {
            self.membership = membership;
        }
        self.items.push(item);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_domain::{CompanyName, ProfileId, Uid};

    fn account() -> AccountId {
        AccountId::new(1, Slot::from_random(1))
    }

    fn item(index: u32, uid: &str, email: &str) -> BatchItem {
        let identity = Identity { id: None, uid: Uid::new(uid).ok(), email: Email::new(email).ok() };
        BatchItem { index, upsert: Upsert { identity, ..Upsert::default() } }
    }

    fn member(index: u32, company: &str) -> BatchItem {
        let mut item = item(index, "a", "");
        item.upsert.membership = MembershipChange::Join(CompanyName::Uid(Uid::new(company).unwrap()), Default::default());
        item
    }

    /// Indexes by group, and in each by step.
    fn grouped(items: Vec<BatchItem>) -> Vec<Vec<Vec<u32>>> {
        let indexes = |step: &Step<'_>| step.items.iter().map(|item| item.index).collect();
        group(account(), items).iter().map(|group| group.steps().iter().map(indexes).collect()).collect()
    }

    #[test]
    fn items_of_one_user_are_one_step_and_others_are_apart() {
        let items = vec![item(0, "a", ""), item(1, "b", ""), item(2, "a", "x@c"), item(3, "a", "")];
        assert_eq!(grouped(items), [vec![vec![0, 2, 3]], vec![vec![1]]]);
    }

    #[test]
    fn a_uid_and_an_address_meet_in_the_item_that_has_both() {
        let items = vec![item(0, "", "x@c"), item(1, "b", ""), item(2, "a", ""), item(3, "a", "x@c"), item(4, "", "x@c")];
        // Before the third of them, the address may be another profile's. After it, it is this one's.
        assert_eq!(grouped(items), [vec![vec![0], vec![2, 3, 4]], vec![vec![1]]]);
    }

    #[test]
    fn a_second_address_is_a_step_of_its_own() {
        let items = vec![item(0, "a", "x@c"), item(1, "a", "y@c"), item(2, "a", ""), item(3, "a", "x@c")];
        assert_eq!(grouped(items), [vec![vec![0], vec![1, 2], vec![3]]]);
    }

    #[test]
    fn a_second_company_is_a_step_of_its_own() {
        assert_eq!(grouped(vec![item(0, "a", ""), member(1, "c"), member(2, "c"), member(3, "d")]), [vec![vec![0, 1, 2], vec![3]]]);
    }

    #[test]
    fn an_id_and_the_uid_of_its_slot_are_one_group() {
        let mut by_id = item(0, "", "");
        by_id.upsert.identity.id = Some(ProfileId::new(9, Slot::of_uid(account(), "a")));
        assert_eq!(grouped(vec![by_id, item(1, "b", ""), item(2, "a", "")]), [vec![vec![0], vec![2]], vec![vec![1]]]);
    }
}
