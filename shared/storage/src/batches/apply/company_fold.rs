//! Folding the items of a company into one change, with the result of each.

use std::collections::BTreeMap;

use profiles_domain::{BatchItem, Collision, CompanyName, CompanyUpsert, Error, Identifier, OnModelMissing, Outcome, Uid};
use profiles_normalization::Value;

use super::failure;
use crate::batches::Source;
use crate::companies::named;
use crate::dynamo::item::Item;
use crate::dynamo::value::holds;
use crate::schema::applied_log::{AppliedLog, Chunk, ItemResult};
use crate::upsert::was_forgotten_since;

/// The items of a company as one.
#[derive(Default)]
pub(super) struct CompanyFold<'a> {
    /// The last value of each property.
    pub(super) properties: BTreeMap<String, Value>,
    /// The uid of the company, if they found it.
    pub(super) founded: Option<&'a Uid>,
    /// The result of each item, in their order.
    pub(super) results: Vec<ItemResult>,
    /// Whether one of them has to be written. Those that were applied before have not.
    pub(super) writes: bool,
}

impl<'a> CompanyFold<'a> {
    /// Folds the items, one after the other, onto what was seen in their slot, of which `applied` is the applied log.
    pub(super) fn of(items: &[&'a BatchItem<CompanyUpsert>], seen: &Item, applied: &AppliedLog, source: &Source) -> Self {
        let chunk = Chunk { batch: source.batch, number: source.chunk };
        let is_deleted = was_forgotten_since(seen, source.accepted_at);
        let mut fold = Self::default();
        for item in items {
            let result = match applied.result_of(chunk, item.index) {
                Some(before) => before,
                None if is_deleted => ItemResult::Done(Outcome::Ignored),
                None => match fold.add(&item.upsert, seen, source.on_model_missing) {
                    Ok(outcome) => ItemResult::Done(outcome),
                    Err(error) => ItemResult::Failed(failure::letter(&error).unwrap_or('D')),
                },
            };
            fold.results.push(result);
        }
        fold
    }

    /// Adds an item that was not applied before.
    fn add(&mut self, upsert: &'a CompanyUpsert, seen: &Item, on_model_missing: OnModelMissing) -> Result<Outcome, Error> {
        let is_there = match (self.founded, &upsert.name) {
            (None, name) => named(seen, name)?.is_some(),
            (Some(founded), CompanyName::Uid(uid)) if founded == uid => true,
            (Some(_), CompanyName::Uid(uid)) => return Err(Error::Conflict(Collision::CompanySlotIsTaken(uid.clone()))),
            // Nobody knows its id yet.
            (Some(_), CompanyName::Id(id)) => return Err(Error::NoCompany(Identifier::CompanyId(*id))),
        };
        if !is_there && on_model_missing == OnModelMissing::Ignore {
            return Ok(Outcome::Ignored);
        }
        let mut changes = false;
        for (name, value) in &upsert.properties {
            let is_same = match self.properties.get(name) {
                Some(earlier) => earlier == value,
                None => seen.0.get(name).is_some_and(|stored| holds(stored, value)),
            };
            if !is_same {
                changes = true;
                self.properties.insert(name.clone(), value.clone());
            }
        }
        self.writes |= changes || !is_there;
        match &upsert.name {
            CompanyName::Uid(uid) if !is_there => {
                self.founded = Some(uid);
                Ok(Outcome::Created)
            }
            _ => Ok(if changes { Outcome::Updated } else { Outcome::Unchanged }),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::dynamo::value::text;
    use crate::schema::attributes::{FORGOTTEN_AT, ID, UID};
    use profiles_domain::{AccountId, BatchId, BatchModel, Slot};
    use profiles_normalization::Timestamp;

    fn item(index: u32, uid: &str, plan: &str) -> BatchItem<CompanyUpsert> {
        let properties = [("plan".to_owned(), Value::String(plan.to_owned()))].into_iter().filter(|_| !plan.is_empty()).collect();
        BatchItem { index, upsert: CompanyUpsert { name: CompanyName::Uid(Uid::new(uid).unwrap()), properties, cut: [].into() } }
    }

    fn by_id(index: u32, id: &str) -> BatchItem<CompanyUpsert> {
        BatchItem {
            index,
            upsert: CompanyUpsert { name: CompanyName::Id(id.parse().unwrap()), properties: BTreeMap::new(), cut: [].into() },
        }
    }

    fn outcomes(items: &[BatchItem<CompanyUpsert>], seen: &[(&str, &str)], on_model_missing: OnModelMissing) -> (String, bool) {
        let source = Source {
            account: AccountId::new(1, Slot::from_random(1)),
            batch: BatchId::new(1, Slot::from_random(2)),
            chunk: 0,
            model: BatchModel::Companies,
            accepted_at: Timestamp::parse_canonical("2029-04-07T12:18:00.000Z").unwrap(),
            on_model_missing,
        };
        let seen = Item(seen.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect());
        let fold = CompanyFold::of(&items.iter().collect::<Vec<_>>(), &seen, &AppliedLog::default(), &source);
        let letter = |result: &ItemResult| match result {
            ItemResult::Failed(letter) => *letter,
            ItemResult::Done(Outcome::Created) => 'c',
            ItemResult::Done(Outcome::Updated) => 'u',
            ItemResult::Done(Outcome::Unchanged) => 'n',
            ItemResult::Done(Outcome::Ignored) => 'i',
        };
        (fold.results.iter().map(letter).collect(), fold.writes)
    }

    #[test]
    fn each_item_has_the_result_that_it_has_one_after_the_other() {
        let (id, other) = ("0000000100000000000000ff", "0000000200000000000000ff");
        let live = [(ID, id), (UID, "a"), ("plan", "gold")];
        let items = [item(0, "a", "gold"), item(1, "a", "free"), item(2, "a", "free"), item(3, "b", "free"), by_id(4, id), by_id(5, other)];
        for (seen, on_model_missing, expected) in [
            (live.as_slice(), OnModelMissing::Create, ("nunKnN", true)),
            (&live, OnModelMissing::Ignore, ("nunKnN", true)),
            (&[], OnModelMissing::Create, ("cunKNN", true)),
            (&[], OnModelMissing::Ignore, ("iiiiNN", false)),
            // Deleted after the batch was accepted, or up to two minutes before; it may have come back.
            (&[(FORGOTTEN_AT, "2029-04-07T12:16:00.000Z")], OnModelMissing::Create, ("iiiiii", false)),
            (&[(FORGOTTEN_AT, "2029-04-07T12:19:00.000Z"), (ID, id), (UID, "a")], OnModelMissing::Create, ("iiiiii", false)),
            (&[(FORGOTTEN_AT, "2029-04-07T12:15:59.999Z")], OnModelMissing::Create, ("cunKNN", true)),
        ] {
            let (results, writes) = outcomes(&items, seen, on_model_missing);
            assert_eq!((results.as_str(), writes), expected);
        }
        assert_eq!(outcomes(&[item(0, "a", "gold"), item(1, "a", "")], &live, OnModelMissing::Create), ("nn".to_owned(), false));
    }
}
