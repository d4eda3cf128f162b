//! Handover of addresses: an item that was refused because another profile has its address is tried once more when all other items of its
//! chunk are done. By then another item may have released the address.
//!
//! Items that share an address are in one list, so no two lists wait for the same address.

use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt, stream};
use profiles_domain::{BatchItem, CompanyId, Error, MembershipChange};

use super::profile::{List, Refused};
use super::{Applied, WRITES_AT_ONCE, Work};
use crate::dynamo::read_many::Found;
use crate::schema::applied_log::ItemResult;

/// What was done of lists that wait, by the index of each item. When they go on, it is not looked at again: by then it may look different,
/// and each item counts as what it did.
#[derive(Default)]
pub(super) struct Kept {
    applied: HashMap<u32, Applied>,
    unrecorded: HashMap<u32, ItemResult>,
    companies: HashMap<u32, CompanyId>,
    companies_deleted: HashSet<u32>,
}

impl Kept {
    /// Keeps what was done of a list if it waits.
    pub(super) fn keep(&mut self, list: &List<'_>) {
        if list.waits() {
            self.applied.extend(list.applied.iter().map(|applied| (applied.index, applied.clone())));
            self.unrecorded.extend(list.unrecorded.iter().copied());
            self.companies.extend(list.companies.iter().map(|(index, company, _)| (*index, *company)));
            self.companies_deleted.extend(&list.companies_deleted);
        }
    }

    /// The list of these items, as far as they were applied.
    pub(super) fn resume<'i>(&self, items: Vec<&'i BatchItem>) -> List<'i> {
        let company = |item: &&'i BatchItem| match &item.upsert.membership {
            MembershipChange::Join(_, properties) => Some((item.index, *self.companies.get(&item.index)?, properties)),
            MembershipChange::Keep | MembershipChange::End => None,
        };
        let (done, left): (Vec<_>, Vec<_>) = items.iter().copied().partition(|item| self.applied.contains_key(&item.index));
        List {
            left,
            applied: done.iter().filter_map(|item| self.applied.get(&item.index).cloned()).collect(),
            companies: done.iter().filter_map(company).collect(),
            companies_deleted: done.iter().map(|item| item.index).filter(|index| self.companies_deleted.contains(index)).collect(),
            unrecorded: done.iter().filter_map(|item| Some((item.index, *self.unrecorded.get(&item.index)?))).collect(),
            ..List::of(items)
        }
    }
}

impl Work<'_> {
    /// Applies lists side by side, each as far as its first item whose address another profile has.
    pub(super) async fn apply_each<'i>(
        &self,
        lists: Vec<List<'i>>,
        known: Option<&Found>,
        refused: Refused,
    ) -> Result<Vec<List<'i>>, Error> {
        let all: Vec<_> = lists.into_iter().map(async |list| self.apply_list(list, known, refused).await).collect();
        let mut done = stream::iter(all).buffer_unordered(WRITES_AT_ONCE);
        let mut lists = Vec::new();
        while let Some(list) = done.next().await {
            lists.push(list?);
        }
        Ok(lists)
    }

    /// Applies lists to their end, when all other items of their chunk are done. A list goes on whenever another one has released the
    /// address that it waits for. When none of them can, the first one goes on without the item that waits.
    pub(super) async fn hand_over<'i>(&self, lists: Vec<List<'i>>, known: &Found) -> Result<Vec<List<'i>>, Error> {
        let (mut ended, mut waiting): (Vec<List<'_>>, Vec<List<'_>>) = (Vec::new(), Vec::new());
        let (mut next, mut known) = (lists, Some(known));
        loop {
            let mut released = HashSet::new();
            for mut list in self.apply_each(next, known.take(), Refused::Waits).await? {
                released.extend(list.released.drain(..));
                if list.waits() { waiting.push(list) } else { ended.push(list) }
            }
            next = waiting.extract_if(.., |list| list.wanted().is_some_and(|email| released.contains(email))).collect();
            if !next.is_empty() {
                continue;
            }
            // In the order of the batch, so that it is not left to chance which of two lists is refused.
            waiting.sort_by_key(List::first_index);
            match waiting.iter().position(List::may_release) {
                Some(place) => {
                    let mut list = waiting.remove(place);
                    list.give_up();
                    next.push(list);
                }
                None => break,
            }
        }
        // None of the items that are left releases an address.
        waiting.iter_mut().for_each(List::give_up);
        ended.extend(self.apply_each(waiting, None, Refused::Fails).await?);
        Ok(ended)
    }
}
