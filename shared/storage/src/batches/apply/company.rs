//! Applying the items of one company: one write for all of them.

use std::collections::VecDeque;

use futures_util::{StreamExt, stream};
use profiles_domain::{BatchItem, CompanyId, CompanyUpsert, Error, Outcome, PropertyKind, Slot};

use super::company_fold::CompanyFold;
use super::{Ahead, Applied, Done, WRITES_AT_ONCE, Work, failure};
use crate::companies::{CompanyChange, Founded, differing, id_of};
use crate::dynamo::database::Write;
use crate::dynamo::item::Item;
use crate::dynamo::read_many::{Found, Wanted};
use crate::properties::Owner;
use crate::schema::applied_log::{AppliedEntry, Chunk, ItemResult};

type CompanyItem = BatchItem<CompanyUpsert>;

/// The items of one company, and how far they are applied.
struct CompanyList<'a> {
    slot: Slot,
    items: Vec<&'a CompanyItem>,
    applied: Vec<Applied>,
    /// Items that were applied, each with its company, of whose properties the registry is told.
    learned: Vec<(&'a CompanyItem, CompanyId)>,
    /// Items that wrote nothing and are not yet in the applied log. The next write records them too; otherwise a second run would apply
    /// them over that write.
    unrecorded: Vec<(u32, ItemResult)>,
    /// Whether they were not applied for now: other writers were quicker every time.
    is_blocked: bool,
}

impl Work<'_> {
    /// Reads the companies that these lists are about.
    pub(super) async fn read_companies(&self, lists: &[Vec<&CompanyItem>]) -> Result<Found, Error> {
        let mut wanted = Wanted::default();
        let slots = lists.iter().filter_map(|items| self.slot_of(items));
        slots.for_each(|slot| wanted.add(&self.database.tables.companies, self.slot_key(slot)));
        self.database.get_many(wanted).await
    }

    fn slot_of(&self, items: &[&CompanyItem]) -> Option<Slot> {
        items.first().map(|item| item.upsert.name.slot(self.source.account))
    }

    /// Applies the items of companies, a list for each: the companies are read at once, and written side by side.
    pub(super) async fn apply_companies(&self, lists: Vec<Vec<&CompanyItem>>, ahead: Option<Ahead>) -> Result<Done, Error> {
        let found = match ahead {
            Some(Ahead(found)) => found,
            None => self.read_companies(&lists).await?,
        };
        let lists = lists.into_iter().filter_map(|items| Some((self.slot_of(&items)?, items)));
        let all: Vec<_> = lists
            .map(|(slot, items)| {
                let known = found.get(&self.slot_key(slot));
                let list = CompanyList { slot, items, applied: Vec::new(), learned: Vec::new(), unrecorded: Vec::new(), is_blocked: false };
                self.apply_company(list, known)
            })
            .collect();
        let (mut done, mut learned) = (Done::default(), Vec::new());
        let mut each = stream::iter(all).buffer_unordered(WRITES_AT_ONCE);
        while let Some(list) = each.next().await {
            let list = list?;
            done.applied.extend(list.applied);
            learned.extend(list.learned);
            done.left.extend(list.items.iter().filter(|_| list.is_blocked).map(|item| item.index));
        }
        self.tell_of_companies(learned).await;
        Ok(done)
    }

    /// Tells the registry of the properties of companies.
    async fn tell_of_companies(&self, mut learned: Vec<(&CompanyItem, CompanyId)>) {
        let (registry, account) = (&self.storage.registry, self.source.account);
        // The latest come first.
        learned.sort_by_key(|(item, _)| std::cmp::Reverse(item.index));
        let news = learned.into_iter().map(|(item, company)| {
            let CompanyUpsert { properties, cut, .. } = &item.upsert;
            (registry.news(account, PropertyKind::Company, properties, cut, self.now), Owner::Company(company))
        });
        registry.tell(self.database, account, news.collect(), self.now).await;
    }

    /// Applies the items of a company by one write. If they cannot be applied at once, they are one after the other.
    async fn apply_company<'i>(&self, mut list: CompanyList<'i>, known: Item) -> Result<CompanyList<'i>, Error> {
        let mut known = Some(known);
        let mut left = VecDeque::from([list.items.clone()]);
        while let Some(items) = left.pop_front() {
            match (self.write_company(&items, known.take(), &mut list).await, items.as_slice()) {
                (Ok(()), _) => {}
                // Those that were written are in the applied log.
                (Err(Error::Contended), _) => {
                    list.is_blocked = true;
                    return Ok(list);
                }
                (Err(error), items) => match (failure::letter(&error), items) {
                    // It is not the error of an item.
                    (None, _) => return Err(error),
                    (Some(letter), [item]) => {
                        list.unrecorded.push((item.index, ItemResult::Failed(letter)));
                        list.applied.push(Applied { index: item.index, result: Err(error) });
                    }
                    // Perhaps only one of them cannot be applied.
                    (Some(_), items) => items.iter().rev().for_each(|item| left.push_front(vec![*item])),
                },
            }
        }
        Ok(list)
    }

    /// Writes items into their company, unless it is as they ask for.
    async fn write_company<'i>(&self, items: &[&'i CompanyItem], mut known: Option<Item>, list: &mut CompanyList<'i>) -> Result<(), Error> {
        let (mut races, mut calls) = (self.database.item_race_retries(), self.database.call_retries());
        let chunk = Chunk { batch: self.source.batch, number: self.source.chunk };
        races.wait_for_next().await?;
        loop {
            let seen = match known.take() {
                Some(seen) => Ok(seen),
                None => self.database.get(&self.database.tables.companies, self.slot_key(list.slot)).await,
            };
            let seen = match seen {
                Err(Error::Unavailable) => {
                    calls.wait_for_next().await?;
                    continue;
                }
                seen => seen?,
            };
            let applied = seen.applied_log();
            let mut id = id_of(&seen);
            let CompanyFold { properties, founded, results, writes } = CompanyFold::of(items, &seen, &applied, self.source);
            let new = items.iter().map(|item| item.index).zip(results.iter().copied());
            let new = new.filter(|(index, _)| applied.result_of(chunk, *index).is_none());
            if writes {
                let entry = AppliedEntry { chunk, items: list.unrecorded.iter().copied().chain(new).collect() };
                let change = CompanyChange::new(differing(&seen, properties)).recording(applied.with(&entry).to_string());
                let founded = founded.map(|uid| Founded::over(&seen, list.slot, uid, self.now));
                id = founded.as_ref().map(|founded| founded.id).or(id);
                match change.write_over(self.database, self.source.account, list.slot, &seen, founded, self.now).await {
                    Ok(Write::Done(_)) => self.count_write(),
                    // Another request changed it meanwhile, or this same write did, whose answer was lost.
                    Ok(Write::Refused(stored)) => {
                        known = Some(stored);
                        races.wait_for_next().await?;
                        continue;
                    }
                    Ok(Write::Raced) => {
                        races.wait_for_next().await?;
                        continue;
                    }
                    Err(Error::Unavailable) => {
                        calls.wait_for_next().await?;
                        continue;
                    }
                    Err(error) => return Err(error),
                }
            } else {
                list.unrecorded.extend(new);
            }
            let told = |result: &ItemResult| matches!(result, ItemResult::Done(outcome) if *outcome != Outcome::Ignored);
            let with_results = items.iter().zip(results.iter()).filter(|(_, result)| told(result));
            list.learned.extend(with_results.filter_map(|(item, _)| Some((*item, id?))));
            list.applied.extend(items.iter().zip(results).map(|(item, result)| applied_as(item, result)));
            return Ok(());
        }
    }
}

/// An item with its result.
fn applied_as(item: &CompanyItem, result: ItemResult) -> Applied {
    let result = match result {
        ItemResult::Done(outcome) => Ok(outcome),
        ItemResult::Failed(letter) => Err(failure::of_company(letter, &item.upsert.name)),
    };
    Applied { index: item.index, result }
}
