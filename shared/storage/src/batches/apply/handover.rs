//! Handover of addresses: an item that was refused because another profile has its address is tried once more when all other items of its
//! chunk are done. By then another item may have released the address.
//!
//! Items that share an address are in one list, so no two lists wait for the same address.

use std::collections::HashSet;

use futures_util::{StreamExt, stream};
use profiles_domain::{BatchItem, Error};

use super::profile::{List, Refused};
use super::{WRITES_AT_ONCE, Work};
use crate::dynamo::read_many::Found;

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
            match waiting.iter().position(|list| list.items_after().any(changes_address)) {
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

fn changes_address(item: &BatchItem) -> bool {
    item.upsert.unsets_email || item.upsert.identity.email.is_some()
}
