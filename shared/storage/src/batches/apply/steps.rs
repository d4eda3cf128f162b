//! Steps: items of a user that one write does.

use std::collections::VecDeque;

use profiles_domain::{BatchItem, Identity, MembershipChange, Upsert};

/// Consecutive items that have the same outcomes one after the other as in one write.
pub(super) struct Step<'a> {
    /// The identifiers of all of them.
    pub(super) identity: Identity,
    /// The membership after the last of them.
    pub(super) membership: &'a MembershipChange,
    pub(super) items: Vec<&'a BatchItem>,
}

/// Divides items into steps.
pub(super) fn steps<'a>(items: impl IntoIterator<Item = &'a BatchItem>) -> VecDeque<Step<'a>> {
    let mut steps: VecDeque<Step<'a>> = VecDeque::new();
    for item in items {
        if !steps.back_mut().is_some_and(|step| step.take_in(item)) {
            steps.push_back(Step::of(item));
        }
    }
    steps
}

impl<'a> Step<'a> {
    pub(super) fn of(item: &'a BatchItem) -> Self {
        let Upsert { identity, membership, .. } = &item.upsert;
        Self { identity: identity.clone(), membership, items: vec![item] }
    }

    /// Whether its items name their user in different ways, so that some may have other results than others.
    pub(super) fn is_mixed(&self) -> bool {
        self.items.iter().any(|item| item.upsert.identity != self.identity)
    }

    /// Returns a step for each item, the last first.
    pub(super) fn into_single(self) -> impl Iterator<Item = Self> {
        self.items.into_iter().rev().map(Self::of)
    }

    /// Adds an item if it is certainly about the same profile and its changes fit into the same write.
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
pub(super) mod tests {
    use super::*;
    use profiles_domain::{CompanyName, Email, Uid};

    /// An item that names its user by these; `""` leaves one out.
    pub(in crate::batches::apply) fn item(index: u32, uid: &str, email: &str) -> BatchItem {
        let identity = Identity { id: None, uid: Uid::new(uid).ok(), email: Email::new(email).ok() };
        BatchItem { index, upsert: Upsert { identity, ..Upsert::default() } }
    }

    fn member(index: u32, company: &str) -> BatchItem {
        let mut item = item(index, "a", "");
        item.upsert.membership = MembershipChange::Join(CompanyName::Uid(Uid::new(company).unwrap()), Default::default());
        item
    }

    fn stepped(items: &[BatchItem]) -> Vec<Vec<u32>> {
        steps(items).iter().map(|step| step.items.iter().map(|item| item.index).collect()).collect()
    }

    #[test]
    fn items_of_one_identifier_are_one_step() {
        assert_eq!(stepped(&[item(0, "a", ""), item(2, "a", "x@c"), item(3, "a", "")]), [[0, 2, 3]]);
    }

    #[test]
    fn an_address_is_the_users_after_the_item_that_says_so_and_not_before() {
        let items = [item(0, "", "x@c"), item(2, "a", ""), item(3, "a", "x@c"), item(4, "", "x@c")];
        assert_eq!(stepped(&items), [vec![0], vec![2, 3, 4]]);
    }

    #[test]
    fn a_second_address_is_a_step_of_its_own() {
        let items = [item(0, "a", "x@c"), item(1, "a", "y@c"), item(2, "a", ""), item(3, "a", "x@c")];
        assert_eq!(stepped(&items), [vec![0], vec![1, 2], vec![3]]);
    }

    #[test]
    fn a_second_company_is_a_step_of_its_own() {
        assert_eq!(stepped(&[item(0, "a", ""), member(1, "c"), member(2, "c"), member(3, "d")]), [vec![0, 1, 2], vec![3]]);
    }
}
