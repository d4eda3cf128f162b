//! Groups: the items of a chunk that name the same user or company.

use std::collections::HashMap;
use std::hash::Hash;

use profiles_domain::{AccountId, BatchItem, BatchItems, CompanyUpsert, Email, Identity, Slot, Upsert};

use super::disjoint_sets::DisjointSets;

/// Items that name one user, by whatever identifiers, or one company, in their order.
pub(super) struct Group<Change = Upsert>(pub(super) Vec<BatchItem<Change>>);

/// The groups of a chunk. They are in the order of their first items, and the same for the same items.
pub(super) enum Groups {
    OfProfiles(Vec<Group>),
    OfCompanies(Vec<Group<CompanyUpsert>>),
}

impl Groups {
    pub(super) fn of(account: AccountId, items: BatchItems) -> Self {
        match items {
            BatchItems::Profiles(items) => Self::OfProfiles(group(account, items)),
            BatchItems::Companies(items) => Self::OfCompanies(group_companies(account, items)),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::OfProfiles(groups) => groups.len(),
            Self::OfCompanies(groups) => groups.len(),
        }
    }

    /// The number of items in a group.
    pub(super) fn size(&self, group: usize) -> usize {
        match self {
            Self::OfProfiles(groups) => groups.get(group).map_or(0, |group| group.0.len()),
            Self::OfCompanies(groups) => groups.get(group).map_or(0, |group| group.0.len()),
        }
    }

    /// The places in the batch of the items of a group.
    pub(super) fn indexes(&self, group: usize) -> Vec<u32> {
        match self {
            Self::OfProfiles(groups) => groups.get(group).map(Group::indexes),
            Self::OfCompanies(groups) => groups.get(group).map(Group::indexes),
        }
        .unwrap_or_default()
    }
}

impl<Change> Group<Change> {
    fn indexes(&self) -> Vec<u32> {
        self.0.iter().map(|item| item.index).collect()
    }
}

/// Groups items by the slot of their company, which is the same for its id and its uid.
fn group_companies(account: AccountId, items: Vec<BatchItem<CompanyUpsert>>) -> Vec<Group<CompanyUpsert>> {
    let slots: Vec<Slot> = items.iter().map(|item| item.upsert.name.slot(account)).collect();
    divide(items, |place| slots.get(place).copied())
}

/// Groups the items whose identifiers lead from one to the other.
fn group(account: AccountId, items: Vec<BatchItem>) -> Vec<Group> {
    let mut sets = DisjointSets::new(items.len());
    let mut by_slot: HashMap<Slot, usize> = HashMap::new();
    let mut by_email: HashMap<Email, usize> = HashMap::new();
    for (place, item) in items.iter().enumerate() {
        let Identity { id, uid, email } = &item.upsert.identity;
        let slots = [id.map(|id| id.slot()), uid.as_ref().map(|uid| Slot::of_uid(account, uid.as_str()))];
        for slot in slots.into_iter().flatten() {
            sets.unite(*by_slot.entry(slot).or_insert(place), place);
        }
        if let Some(email) = email {
            sets.unite(*by_email.entry(email.clone()).or_insert(place), place);
        }
    }
    divide(items, |place| sets.first(place))
}

/// Divides items into groups: those whose places have the same key. The groups are in the order of their first items.
fn divide<Change, Key: Eq + Hash>(items: Vec<BatchItem<Change>>, mut key: impl FnMut(usize) -> Key) -> Vec<Group<Change>> {
    let mut groups: Vec<Group<Change>> = Vec::new();
    let mut places: HashMap<Key, usize> = HashMap::new();
    for (place, item) in items.into_iter().enumerate() {
        let next = groups.len();
        let position = *places.entry(key(place)).or_insert(next);
        match groups.get_mut(position) {
            Some(group) => group.0.push(item),
            None => groups.push(Group(vec![item])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::super::steps::tests::item;
    use super::*;
    use profiles_domain::ProfileId;

    fn account() -> AccountId {
        AccountId::new(1, Slot::from_random(1))
    }

    fn grouped(items: Vec<BatchItem>) -> Vec<Vec<u32>> {
        group(account(), items).iter().map(|group| group.0.iter().map(|item| item.index).collect()).collect()
    }

    #[test]
    fn items_of_one_user_are_one_group_and_others_are_apart() {
        let items = vec![item(0, "a", ""), item(1, "b", ""), item(2, "a", "x@c"), item(3, "a", "")];
        assert_eq!(grouped(items), [vec![0, 2, 3], vec![1]]);
    }

    #[test]
    fn a_uid_and_an_address_meet_in_the_item_that_has_both() {
        let items = vec![item(0, "", "x@c"), item(1, "b", ""), item(2, "a", ""), item(3, "a", "x@c"), item(4, "", "x@c")];
        assert_eq!(grouped(items), [vec![0, 2, 3, 4], vec![1]]);
    }

    #[test]
    fn an_id_and_the_uid_of_its_slot_are_one_group() {
        let mut by_id = item(0, "", "");
        by_id.upsert.identity.id = Some(ProfileId::new(9, Slot::of_uid(account(), "a")));
        assert_eq!(grouped(vec![by_id, item(1, "b", ""), item(2, "a", "")]), [vec![0, 2], vec![1]]);
    }
}
