//! Steps: items of a user that one write does.

use std::collections::VecDeque;

use profiles_domain::{BatchItem, Email, Identity, MembershipChange, Upsert};

/// Consecutive items that have the same outcomes one after the other as in one write.
pub(super) struct Step<'a> {
    /// The identifiers of all of them.
    pub(super) identity: Identity,
    /// The membership after the last of them.
    pub(super) membership: &'a MembershipChange,
    /// Whether the address of the profile is taken away.
    pub(super) unsets_email: bool,
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
        let Upsert { identity, membership, unsets_email, .. } = &item.upsert;
        Self { identity: identity.clone(), membership, unsets_email: *unsets_email, items: vec![item] }
    }

    /// Whether its items name their user in different ways, so that some may have other results than others.
    pub(super) fn is_mixed(&self) -> bool {
        self.items.iter().any(|item| item.upsert.identity != self.identity)
    }

    /// Returns a step for each item, the last first.
    pub(super) fn into_single(self) -> impl Iterator<Item = Self> {
        self.items.into_iter().rev().map(Self::of)
    }

    /// Adds an item if it is certainly about the same profile and its changes fit into the same write. One with only an address may have been
    /// written before, to the profile that had the address then, and is not taken for one of the uid that has it now.
    fn take_in(&mut self, item: &'a BatchItem) -> bool {
        let Upsert { identity: Identity { id, uid, email }, membership, unsets_email, .. } = &item.upsert;
        let known = &self.identity;
        let same_user = match (id, uid) {
            (None, None) => known.id.is_none() && known.uid.is_none() && *email == known.email,
            _ => *id == known.id && *uid == known.uid,
        };
        // A second address would have to be claimed after the first, and one that is taken away be claimed before that; a second company
        // might have to be founded after the first.
        let same_email = match (address_after(known, self.unsets_email), address_after(&item.upsert.identity, *unsets_email)) {
            (Some(one), Some(other)) => one == other,
            (None, _) | (_, None) => true,
        };
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
        self.unsets_email |= unsets_email;
        self.items.push(item);
        true
    }
}

/// The address of the profile after a change, and `Some(None)` if it has none then; `None` if the change leaves it as it is.
fn address_after(identity: &Identity, unsets_email: bool) -> Option<Option<&Email>> {
    if unsets_email { Some(None) } else { identity.email.as_ref().map(Some) }
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
        assert_eq!(stepped(&items), [vec![0], vec![2, 3], vec![4]]);
    }

    #[test]
    fn a_second_address_is_a_step_of_its_own() {
        let items = [item(0, "a", "x@c"), item(1, "a", "y@c"), item(2, "a", ""), item(3, "a", "x@c")];
        assert_eq!(stepped(&items), [vec![0], vec![1, 2], vec![3]]);
    }

    #[test]
    fn an_address_and_taking_it_away_are_two_steps_in_their_order() {
        let unset = |index| {
            let mut item = item(index, "a", "");
            item.upsert.unsets_email = true;
            item
        };
        assert_eq!(stepped(&[item(0, "a", "x@c"), unset(1), item(2, "a", ""), unset(3)]), [vec![0], vec![1, 2, 3]]);
        assert_eq!(stepped(&[unset(0), item(1, "a", ""), item(2, "a", "x@c"), item(3, "", "x@c")]), [vec![0, 1], vec![2], vec![3]]);
    }

    #[test]
    fn a_second_company_is_a_step_of_its_own() {
        assert_eq!(stepped(&[item(0, "a", ""), member(1, "c"), member(2, "c"), member(3, "d")]), [vec![0, 1, 2], vec![3]]);
    }
}
