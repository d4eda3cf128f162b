//! The plan of a chunk: which of its items are about the same profile or company, and in which portions they are applied.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use profiles_domain::{BatchItem, BatchItems, Error, ProfileId};

use super::groups::{Group, Groups};
use super::handover::Kept;
use super::links::links;
use crate::Storage;
use crate::batches::Source;

/// The items of a chunk in groups, one for each user or company they name. The groups are in the order of their first items, and the same for the
/// same items, so that their number says how far a worker got.
pub struct Plan {
    pub(super) source: Source,
    /// Items that are read, compared and written together.
    portion: usize,
    pub(super) groups: Groups,
    /// For each group, the first of those that lead to the same stored profile or company.
    links: Vec<usize>,
    /// The number of writes that were made for it.
    pub(super) writes: AtomicU32,
    /// The profiles that were written since a portion was begun.
    written: Mutex<HashSet<ProfileId>>,
    /// What was done of lists that wait.
    kept: Mutex<Kept>,
}

/// Groups that are applied together.
pub struct Portion {
    /// The number of groups of the plan that are seen to once this portion is.
    pub end: u32,
    pub(super) groups: Vec<usize>,
    /// Groups before its end that are not applied now, because they lead to the same profile as a blocked one: their items keep their order.
    pub(super) waiting: Vec<usize>,
    /// Whether all other groups are done, so that no item is tried once more.
    pub(super) is_last: bool,
}

impl Storage {
    /// Makes the plan of a chunk.
    ///
    /// # Errors
    /// Those of the database, which is asked only where groups are named in different ways.
    pub async fn plan(&self, source: Source, items: BatchItems) -> Result<Plan, Error> {
        let groups = Groups::of(source.account, items);
        let links = match &groups {
            Groups::OfProfiles(groups) => links(&self.database, source.account, groups).await?,
            Groups::OfCompanies(groups) => (0..groups.len()).collect(),
        };
        let (writes, written, kept) = (AtomicU32::new(0), Mutex::default(), Mutex::default());
        Ok(Plan { source, portion: self.portion, groups, links, writes, written, kept })
    }
}

impl Plan {
    /// The number of profiles and companies that were written for it so far, also in a portion that is not finished.
    #[must_use]
    pub fn writes(&self) -> u32 {
        self.writes.load(Ordering::Relaxed)
    }

    /// The number of groups.
    #[must_use]
    pub fn groups(&self) -> u32 {
        u32::try_from(self.groups.len()).unwrap_or(u32::MAX)
    }

    /// The portion after the groups that are seen to, of which some are blocked; `None` when there are no more.
    #[must_use]
    pub fn portion_after(&self, seen_to: u32, blocked: &[u32]) -> Option<Portion> {
        let begin = usize::try_from(seen_to).ok()?;
        let rest = Some(begin..self.groups.len()).filter(|rest| !rest.is_empty())?;
        let mut items = 0;
        let fits = |group: &usize| {
            let fits = items < self.portion;
            items += self.groups.size(*group);
            fits
        };
        let end = begin + rest.take_while(fits).count();
        let of_blocked: HashSet<usize> =
            blocked.iter().filter_map(|group| self.links.get(usize::try_from(*group).ok()?).copied()).collect();
        let waits = |group: &usize| self.links.get(*group).is_some_and(|first| of_blocked.contains(first));
        let (waiting, groups) = (begin..end).partition(waits);
        Some(Portion { end: u32::try_from(end).ok()?, groups, waiting, is_last: false })
    }

    /// Divides groups that were blocked, when all others are done: those of the first portion, and the rest. It is half as large as others: some
    /// of its items may have to be tried one after the other within a turn.
    #[must_use]
    pub fn portion_of<'b>(&self, blocked: &'b [u32]) -> (Portion, &'b [u32]) {
        let mut items = 0;
        let fits = |group: &&u32| {
            let fits = items < self.portion.div_ceil(2);
            items += usize::try_from(**group).map_or(0, |group| self.groups.size(group));
            fits
        };
        let (first, rest) = blocked.split_at(blocked.iter().take_while(fits).count());
        let groups = first.iter().filter_map(|group| usize::try_from(*group).ok()).collect();
        (Portion { end: self.groups(), groups, waiting: Vec::new(), is_last: true }, rest)
    }

    /// The places in the batch of the items of these groups.
    pub fn items(&self, groups: &[u32]) -> impl Iterator<Item = u32> {
        groups.iter().filter_map(|group| usize::try_from(*group).ok()).flat_map(|group| self.groups.indexes(group))
    }

    /// What was done of lists that wait.
    pub(super) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The profiles that were written since the last portion was begun.
    pub(super) fn written(&self) -> MutexGuard<'_, HashSet<ProfileId>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The items of a portion of these groups, one list for each stored profile or company: those that none of the groups before the portion
    /// leads to, and the others. They come with those of later groups that lead to the same one.
    pub(super) fn lists<'g, Change>(&self, groups: &'g [Group<Change>], portion: &Portion) -> [Vec<Vec<&'g BatchItem<Change>>>; 2] {
        let firsts: HashSet<usize> = portion.groups.iter().filter_map(|group| self.links.get(*group).copied()).collect();
        let begin = portion.groups.iter().min().copied().unwrap_or(self.groups.len());
        let mut by_first: BTreeMap<usize, Vec<&BatchItem<Change>>> = BTreeMap::new();
        for (group, first) in groups.iter().zip(&self.links).skip(begin) {
            if firsts.contains(first) {
                by_first.entry(*first).or_default().extend(&group.0);
            }
        }
        by_first.values_mut().for_each(|items| items.sort_by_key(|item| item.index));
        let own = by_first.split_off(&begin);
        [own, by_first].map(|lists| lists.into_values().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::steps::tests::item;
    use super::*;
    use profiles_domain::{AccountId, BatchId, BatchModel, OnModelMissing, Slot};
    use profiles_normalization::Timestamp;

    /// A plan of groups of these many items, with these links.
    fn plan(sizes: &[usize], links: &[usize]) -> Plan {
        let mut index = 0..;
        let mut group = |size| Group(index.by_ref().take(size).map(|index| item(index, "a", "")).collect());
        let source = Source {
            account: AccountId::new(1, Slot::from_random(1)),
            batch: BatchId::new(1, Slot::from_random(2)),
            chunk: 0,
            model: BatchModel::Profiles,
            accepted_at: Timestamp::from_unix_millis(0).unwrap(),
            on_model_missing: OnModelMissing::Create,
        };
        Plan {
            source,
            portion: 1_000,
            groups: Groups::OfProfiles(sizes.iter().map(|size| group(*size)).collect()),
            links: links.to_vec(),
            writes: AtomicU32::new(0),
            written: Mutex::default(),
            kept: Mutex::default(),
        }
    }

    #[test]
    fn a_portion_holds_groups_until_it_has_a_thousand_items_and_the_next_one_begins_after_it() {
        let plan = plan(&[1, 998, 500, 3], &[0, 1, 2, 3]);
        let first = plan.portion_after(0, &[]).unwrap();
        assert_eq!((first.groups.as_slice(), first.end), ([0, 1, 2].as_slice(), 3));
        let second = plan.portion_after(first.end, &[]).unwrap();
        assert_eq!((second.groups.as_slice(), second.end), ([3].as_slice(), 4));
        assert!(plan.portion_after(second.end, &[]).is_none());
        assert_eq!(plan.items(&[0, 3]).collect::<Vec<_>>(), [0, 1499, 1500, 1501]);
    }

    #[test]
    fn a_group_waits_for_a_blocked_one_that_leads_to_the_same_profile() {
        let plan = plan(&[1, 1, 1, 1], &[0, 1, 0, 1]);
        let portion = plan.portion_after(2, &[1]).unwrap();
        assert_eq!((portion.groups, portion.waiting), (vec![2], vec![3]));
        assert_eq!(plan.portion_of(&[1, 3]).0.groups, [1, 3]);
    }

    #[test]
    fn blocked_groups_are_divided_into_portions_too() {
        let plan = plan(&[1, 499, 500, 3], &[0, 1, 2, 3]);
        let (first, rest) = plan.portion_of(&[1, 2, 3]);
        assert_eq!((first.groups.as_slice(), rest), ([1, 2].as_slice(), [3].as_slice()));
        let (second, rest) = plan.portion_of(rest);
        assert_eq!((second.groups.as_slice(), rest.len()), ([3].as_slice(), 0));
    }

    #[test]
    fn groups_that_lead_to_the_same_profile_are_one_list_with_those_after_the_portion() {
        let plan = plan(&[2, 1, 1, 1], &[0, 1, 0, 1]);
        let Groups::OfProfiles(groups) = &plan.groups else { panic!("groups of companies") };
        let [lists, shared] = plan.lists(groups, &plan.portion_of(&[0]).0);
        assert!(shared.is_empty());
        assert_eq!(lists.iter().map(|list| list.iter().map(|item| item.index).collect::<Vec<_>>()).collect::<Vec<_>>(), [[0, 1, 3]]);
    }

    #[test]
    fn a_group_that_leads_to_where_one_before_its_portion_does_is_told_from_the_others() {
        let plan = plan(&[1_000, 1, 1], &[0, 1, 0]);
        let Groups::OfProfiles(groups) = &plan.groups else { panic!("groups of companies") };
        let lists = plan.lists(groups, &plan.portion_after(1, &[]).unwrap());
        assert_eq!(lists.map(|lists| lists.iter().flatten().map(|item| item.index).collect::<Vec<_>>()), [[1_000], [1_001]]);
    }
}
