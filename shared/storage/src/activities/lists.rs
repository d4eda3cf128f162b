//! Lists of interactions and responses: of one user, or of one tour or survey.
//!
//! Those of one user are read by their keys. Those of a tour or survey are found by an index, which lags behind its table. So each is
//! read again, and shown only if its profile is there and its generation is one of the profile's. The index has 16 partition keys for each
//! tour or survey, by the shard of the profile, because its sort key only grows: DynamoDB cannot split such a partition key any further.
//!
//! A record that was changed since it was found is left out where changes are the order: it is nearer to the beginning by now.

use std::cmp::Reverse;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;
use profiles_domain::{AccountId, Error, Interaction, InteractionId, ProfileId, SurveyResponse};
use profiles_normalization::Timestamp;

use super::attributes::{CHANGED_INDEX, MODEL_INDEX};
use super::{Activities, Bound, Listed, Of, Order, Page, responses};
use crate::dynamo::database::failure;
use crate::dynamo::item::{Item, Key};
use crate::dynamo::value::text;
use crate::schema::attributes::{BY_CHANGE, BY_CREATION, CREATED_AT, MODEL, PK, SK};
use crate::schema::generation::{Generation, RecordKind};
use crate::schema::pointer::{Pointers, pointed};
use crate::schema::{interaction, keys};

impl Order {
    /// The index by tour or survey that is sorted so.
    pub(super) fn index(self) -> Index {
        match self {
            Self::Creation => Index { name: MODEL_INDEX, key: MODEL, order: self },
            Self::Change => Index { name: CHANGED_INDEX, key: MODEL, order: self },
        }
    }

    /// The attribute by which it is sorted.
    fn attribute(self) -> &'static str {
        match self {
            Self::Creation => BY_CREATION,
            Self::Change => BY_CHANGE,
        }
    }

    /// The place of a record in a list in this order.
    pub(super) fn place(self, record: &Item) -> Option<&str> {
        record.text(self.attribute())
    }
}

/// An index of records.
#[derive(Clone, Copy)]
pub(super) struct Index {
    pub(super) name: &'static str,
    /// The attribute that is its partition key.
    pub(super) key: &'static str,
    pub(super) order: Order,
}

/// What a list is asked for.
#[derive(Clone, Copy)]
struct Asked<'a> {
    account: AccountId,
    kind: RecordKind,
    order: Order,
    limit: usize,
    bounds: &'a Bounds,
}

impl Activities<'_> {
    /// Lists responses to Microsurveys, the latest first.
    ///
    /// # Errors
    /// `ProfileNotFound`, or those of the database.
    pub async fn responses(&self, account: AccountId, of: &Of, page: Page, order: Order) -> Result<Listed<SurveyResponse>, Error> {
        self.list(account, of, (RecordKind::Response, responses::read), page, order).await
    }

    /// Lists interactions with tours and surveys, the latest first.
    ///
    /// # Errors
    /// `ProfileNotFound`, or those of the database.
    pub async fn interactions(&self, account: AccountId, of: &Of, page: Page, order: Order) -> Result<Listed<Interaction>, Error> {
        self.list(account, of, (RecordKind::Interaction, interaction::read), page, order).await
    }

    async fn list<T>(
        &self,
        account: AccountId,
        of: &Of,
        (kind, read): (RecordKind, Read<T>),
        page: Page,
        order: Order,
    ) -> Result<Listed<T>, Error> {
        let bounds = self.bounds(account, kind, page, order).await?;
        let asked = Asked { account, kind, order, limit: page.limit, bounds: &bounds };
        let (mut records, is_last) = match of {
            Of::Profile(identity) => (self.of_profile(self.locate(account, identity).await?.item, asked).await?, true),
            Of::Model(model) => self.of_model(model, asked).await?,
        };
        let more = records.len() > page.limit || !is_last;
        records.truncate(page.limit);
        Ok(Listed { items: records.iter().filter_map(|(record, profile)| read(record, *profile)).collect(), more })
    }

    /// Lists those of one user, with those of merged profiles.
    async fn of_profile(&self, item: Item, asked: Asked<'_>) -> Result<Vec<(Item, ProfileId)>, Error> {
        let mut records = Vec::new();
        let Some(profile) = item.id() else { return Ok(records) };
        for generation in Generation::all(&item) {
            records.extend(generation.records(self.database, asked.account, asked.kind).await?.into_iter().map(|record| (record, profile)));
        }
        records.retain(|(record, _)| asked.order.place(record).is_some_and(|place| asked.bounds.hold(place)));
        records.sort_by(|(one, _), (other, _)| asked.order.place(other).cmp(&asked.order.place(one)));
        Ok(records)
    }

    /// Lists those of one tour or survey, more than the page holds if there are more. False: there may be more yet.
    async fn of_model(&self, model: &str, asked: Asked<'_>) -> Result<(Vec<(Item, ProfileId)>, bool), Error> {
        let Asked { account, kind, order, limit, bounds } = asked;
        let mut bounds = bounds.clone();
        let mut records = Vec::new();
        loop {
            // One more than is shown tells whether there are more.
            let wanted = limit.saturating_add(1).saturating_sub(records.len());
            let queries = keys::SHARDS
                .chars()
                .map(|shard| self.named(order.index(), keys::of_model(account, kind.as_str(), model, shard), &bounds, of_shard(wanted)));
            let (named, is_last) = latest(try_join_all(queries).await?, order, &bounds, wanted);
            let Some(last) = named.last().and_then(|item| order.place(item)).map(str::to_owned) else { return Ok((records, true)) };
            let found = named.iter().filter_map(|record| Some((generation_of(record)?, key_of(record)?))).collect();
            let mut visible = self.visible(account, found).await?;
            let is_as_found = |record: &Item| {
                let place = order.place(record);
                named
                    .iter()
                    .any(|entry| order.place(entry) == place && entry.text(PK) == record.text(PK) && entry.text(SK) == record.text(SK))
            };
            visible.retain(|(record, _)| is_as_found(record));
            records.extend(visible);
            if is_last || records.len() > limit {
                return Ok((records, is_last));
            }
            bounds.before = last;
        }
    }

    /// Reads the latest entries under one key of an index, within bounds or at one of them. Returns whether there are more.
    pub(super) async fn named(&self, index: Index, key: String, bounds: &Bounds, limit: usize) -> Result<(Vec<Item>, bool), Error> {
        let place = index.order.attribute();
        let query = self
            .query()
            .index_name(index.name)
            .key_condition_expression(format!("{} = :key AND {place} BETWEEN :after AND :before", index.key))
            .expression_attribute_values(":key", text(key))
            .expression_attribute_values(":after", text(&bounds.after))
            .expression_attribute_values(":before", text(&bounds.before))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let output = query.send().await.map_err(|error| failure("Query", &error))?;
        let entries = output.items.unwrap_or_default().into_iter().map(Item).filter(|item| index.order.place(item).is_some()).collect();
        Ok((entries, output.last_evaluated_key.is_some()))
    }

    /// The places before and after those of a page.
    async fn bounds(&self, account: AccountId, kind: RecordKind, page: Page, order: Order) -> Result<Bounds, Error> {
        let mut places = [None, None];
        for (place, bound) in places.iter_mut().zip([page.after, page.before]) {
            if let Some(Bound::Id(id)) = bound {
                *place = self.place_of(account, kind, order, id).await?;
            }
        }
        Ok(Bounds::of(page, places))
    }

    /// The place in a list of the record of this id; `None` when it is not there.
    async fn place_of(&self, account: AccountId, kind: RecordKind, order: Order, id: InteractionId) -> Result<Option<String>, Error> {
        let pointer = Pointers { database: self.database, account, kind }.get(id).await?;
        if order == Order::Creation {
            return Ok(pointer.text(CREATED_AT).map(|at| keys::place(at, id)));
        }
        let Some(place) = pointed(&pointer) else { return Ok(None) };
        let record = self.database.get(&self.database.tables.activities, place.key(account)).await?;
        Ok(order.place(&record).map(str::to_owned))
    }

    fn query(&self) -> QueryFluentBuilder {
        self.database.client.query().table_name(&self.database.tables.activities)
    }
}

/// A millisecond of a second in Unix time.
fn second_of(seconds: u32, millis: i64) -> String {
    let at = Timestamp::from_unix_millis(i64::from(seconds) * 1_000 + millis);
    at.map_or_else(String::new, |at| at.to_string())
}

/// The entries to read of each shard, so that `wanted` of all are most often found at once: twice its share, and some more.
pub(super) fn of_shard(wanted: usize) -> usize {
    wanted.div_ceil(keys::SHARDS.len() / 2).saturating_add(4).min(wanted.saturating_add(2))
}

/// Merges the entries of shards, each the latest first. Returns at most `wanted` of those within bounds, and whether there are no more. An
/// entry that is older than the last one read of a shard with more is left out, because newer ones may follow there.
pub(super) fn latest(shards: Vec<(Vec<Item>, bool)>, order: Order, bounds: &Bounds, wanted: usize) -> (Vec<Item>, bool) {
    let place = |item: &Item| order.place(item).unwrap_or_default().to_owned();
    let known_to = shards.iter().filter(|(_, has_more)| *has_more).filter_map(|(entries, _)| entries.last().map(place)).max();
    let mut all: Vec<Item> = shards.into_iter().flat_map(|(entries, _)| entries).collect();
    all.retain(|item| bounds.hold(&place(item)) && known_to.as_ref().is_none_or(|known_to| place(item) >= *known_to));
    all.sort_by_key(|item| Reverse(place(item)));
    let is_last = known_to.is_none() && all.len() <= wanted;
    all.truncate(wanted);
    (all, is_last)
}

/// Reads a record; `None` when it is malformed.
type Read<T> = fn(&Item, ProfileId) -> Option<T>;

/// The places before and after those of a page.
#[derive(Clone)]
pub(super) struct Bounds {
    after: String,
    pub(super) before: String,
}

impl Default for Bounds {
    /// Everything. A place begins with a digit; DynamoDB refuses an empty key.
    fn default() -> Self {
        Self { after: "0".to_owned(), before: "~".to_owned() }
    }
}

impl Bounds {
    /// Those of a page. Where a bound is an id, its place is given, if the item is still there: after it, and before it.
    pub(super) fn of(page: Page, [after, before]: [Option<String>; 2]) -> Self {
        let mut bounds = Self::default();
        if let Some(bound) = page.after {
            bounds.after = match bound {
                Bound::Place(at, id) => keys::place(at, id),
                // Everything at that very time comes before `$`.
                Bound::Time(at) => format!("{at}$"),
                Bound::Id(id) => after.unwrap_or_else(|| second_of(id.seconds(), 0)),
            };
        }
        if let Some(bound) = page.before {
            bounds.before = match bound {
                Bound::Place(at, id) => keys::place(at, id),
                Bound::Time(at) => at.to_string(),
                // One that was removed: rather than leave out others of that second, they are shown once more.
                Bound::Id(id) => before.unwrap_or_else(|| format!("{}$", second_of(id.seconds(), 999))),
            };
        }
        // DynamoDB refuses bounds in the wrong order.
        bounds.before = bounds.before.max(bounds.after.clone());
        bounds
    }

    pub(super) fn hold(&self, place: &str) -> bool {
        self.after.as_str() < place && place < self.before.as_str()
    }
}

/// The generation that a record is in, by its key.
fn generation_of(record: &Item) -> Option<Generation> {
    let (_, profile) = record.text(PK)?.split_once('#')?;
    let (generation, _) = record.text(SK)?.split_once('#')?;
    format!("{profile}#{generation}").parse().ok()
}

fn key_of(record: &Item) -> Option<Key> {
    let value = |name: &str| Some((name.to_owned(), AttributeValue::S(record.text(name)?.to_owned())));
    Some([value(PK)?, value(SK)?].into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_all_shards_are_merged_up_to_where_all_are_known() {
        let order = Order::Change;
        let entry = |id: u32| Item([(BY_CHANGE.to_owned(), text(format!("{id:02}")))].into());
        let shard = |ids: &[u32], has_more| (ids.iter().copied().map(entry).collect::<Vec<_>>(), has_more);
        let ids = |found: &[Item]| found.iter().map(|item| order.place(item).unwrap().parse::<u32>().unwrap()).collect::<Vec<_>>();
        let bounds = Bounds { after: "05".to_owned(), before: "40".to_owned() };
        let (found, is_last) = latest(vec![shard(&[40, 30, 20], false), shard(&[31, 6, 5], false), shard(&[], false)], order, &bounds, 9);
        assert_eq!((ids(&found), is_last), (vec![31, 30, 20, 6], true));
        let (found, is_last) = latest(vec![shard(&[39, 30], true), shard(&[31, 6], true)], order, &bounds, 9);
        assert_eq!((ids(&found), is_last), (vec![39, 31, 30], false));
        let (found, is_last) = latest(vec![shard(&[39, 30], false), shard(&[31], false)], order, &bounds, 2);
        assert_eq!((ids(&found), is_last), (vec![39, 31], false));
    }

    #[test]
    fn a_second_has_its_first_and_last_millisecond() {
        assert_eq!(second_of(1_870_258_680, 0), "2029-04-07T12:18:00.000Z");
        assert_eq!(second_of(u32::MAX, 999), "2106-02-07T06:28:15.999Z");
    }
}
