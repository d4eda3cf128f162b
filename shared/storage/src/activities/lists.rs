//! Lists of interactions and responses: of one user, or of one tour or survey.
//!
//! Those of one user are read by their keys. Those of a tour or survey are found by an index, which lags behind its table. So each is
//! read again, and shown only if its profile is there and its generation is one of the profile's. The index has 16 partition keys for each
//! tour or survey, by the shard of the profile, because its sort key only grows: DynamoDB cannot split such a partition key any further.

use std::cmp::Reverse;
use std::collections::HashMap;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;
use profiles_domain::{AccountId, Error, Interaction, InteractionState, Model, ModelKind, ProfileId, SurveyResponse};

use super::attributes::{DEFERRALS, MODEL_ID, MODEL_INDEX, MODEL_KIND, PROPERTIES, STATE};
use super::{Activities, Bound, Listed, Of, Page};
use crate::dynamo::database::failure;
use crate::dynamo::item::{Item, Key};
use crate::dynamo::read_many::{Found, Wanted};
use crate::dynamo::value::{from_attribute, text};
use crate::schema::attributes::{ALIAS_ID, ALIAS_OF, CREATED_AT, GENERATION, ID, INHERITED, MODEL, PK, SK, UPDATED_AT};
use crate::schema::generation::{Generation, RecordKind};
use crate::schema::keys;

/// The hex digits of the shards.
pub(super) const SHARDS: &str = "0123456789abcdef";

/// The key in the index of the records of one kind that are of one tour or survey, and of profiles of one shard.
pub(super) fn model_key(account: AccountId, kind: RecordKind, model: &str, shard: char) -> String {
    format!("{account}#{}#{model}#{shard}", kind.as_str())
}

/// An index of records, sharded and sorted by their ids.
#[derive(Clone, Copy)]
pub(super) struct Index {
    pub(super) name: &'static str,
    /// The attribute that is its partition key.
    pub(super) key: &'static str,
}

/// The index of records by tour or survey.
pub(super) const BY_MODEL: Index = Index { name: MODEL_INDEX, key: MODEL };

impl Activities<'_> {
    /// Lists responses to Microsurveys, the latest first.
    ///
    /// # Errors
    /// `ProfileNotFound`, or those of the database.
    pub async fn responses(&self, account: AccountId, of: &Of, page: Page) -> Result<Listed<SurveyResponse>, Error> {
        self.list(account, of, RecordKind::Response, page, response).await
    }

    /// Lists interactions with tours and surveys, the latest first.
    ///
    /// # Errors
    /// `ProfileNotFound`, or those of the database.
    pub async fn interactions(&self, account: AccountId, of: &Of, page: Page) -> Result<Listed<Interaction>, Error> {
        self.list(account, of, RecordKind::Interaction, page, interaction).await
    }

    /// Reads all records of one kind in a generation.
    pub(super) async fn all_of(&self, account: AccountId, generation: Generation, kind: RecordKind) -> Result<Vec<Item>, Error> {
        let query = self
            .query()
            .key_condition_expression(format!("{PK} = :records AND begins_with({SK}, :kind)"))
            .expression_attribute_values(":records", text(keys::partition_of_records(account, generation.profile)))
            .expression_attribute_values(":kind", text(generation.prefix_of(kind)))
            .consistent_read(true);
        let mut records = Vec::new();
        let mut items = query.into_paginator().items().send();
        while let Some(item) = items.next().await {
            records.push(Item(item.map_err(|error| failure("Query", &error))?));
        }
        Ok(records)
    }

    async fn list<T>(&self, account: AccountId, of: &Of, kind: RecordKind, page: Page, read: Read<T>) -> Result<Listed<T>, Error> {
        let (mut records, is_last) = match of {
            Of::Profile(identity) => (self.of_profile(account, self.locate(account, identity).await?.item, kind, page).await?, true),
            Of::Model(model) => self.of_model(account, kind, model, page).await?,
        };
        let more = records.len() > page.limit || !is_last;
        records.truncate(page.limit);
        Ok(Listed { items: records.iter().filter_map(|(record, profile)| read(record, *profile)).collect(), more })
    }

    /// Lists those of one user, with those of merged profiles.
    async fn of_profile(&self, account: AccountId, item: Item, kind: RecordKind, page: Page) -> Result<Vec<(Item, ProfileId)>, Error> {
        let mut records = Vec::new();
        let Some(profile) = item.id() else { return Ok(records) };
        for generation in Generation::all(&item) {
            records.extend(self.all_of(account, generation, kind).await?.into_iter().map(|record| (record, profile)));
        }
        let bounds = Bounds::of(page);
        let mut records = only_latest(records);
        records.retain(|(record, _)| record.text(ID).is_some_and(|id| bounds.hold(id)));
        records.sort_by(|(one, _), (other, _)| other.text(ID).cmp(&one.text(ID)));
        Ok(records)
    }

    /// Lists those of one tour or survey, more than the page holds if there are more. False: there may be more yet.
    async fn of_model(
        &self,
        account: AccountId,
        kind: RecordKind,
        model: &str,
        page: Page,
    ) -> Result<(Vec<(Item, ProfileId)>, bool), Error> {
        let mut bounds = Bounds::of(page);
        let mut records = Vec::new();
        loop {
            // One more than is shown tells whether there are more.
            let wanted = page.limit.saturating_add(1).saturating_sub(records.len());
            let queries =
                SHARDS.chars().map(|shard| self.named(BY_MODEL, model_key(account, kind, model, shard), &bounds, of_shard(wanted)));
            let (named, is_last) = latest(try_join_all(queries).await?, &bounds, wanted);
            let Some(last) = named.last().and_then(|item| item.text(ID)).map(str::to_owned) else { return Ok((records, true)) };
            records.extend(self.visible(account, &named).await?);
            if is_last || records.len() > page.limit {
                return Ok((records, is_last));
            }
            bounds.before = last;
        }
    }

    /// Reads the latest entries under one key of the index, within bounds or at one of them. Returns whether there are more.
    pub(super) async fn named(&self, index: Index, key: String, bounds: &Bounds, limit: usize) -> Result<(Vec<Item>, bool), Error> {
        let query = self
            .query()
            .index_name(index.name)
            .key_condition_expression(format!("{} = :key AND {ID} BETWEEN :after AND :before", index.key))
            .expression_attribute_values(":key", text(key))
            .expression_attribute_values(":after", text(&bounds.after))
            .expression_attribute_values(":before", text(&bounds.before))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let output = query.send().await.map_err(|error| failure("Query", &error))?;
        let entries = output.items.unwrap_or_default().into_iter().map(Item).filter(|item| item.text(ID).is_some()).collect();
        Ok((entries, output.last_evaluated_key.is_some()))
    }

    /// Reads the records named. Returns those that are there and belong to a profile, each with that profile.
    async fn visible(&self, account: AccountId, named: &[Item]) -> Result<Vec<(Item, ProfileId)>, Error> {
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let mut wanted = Wanted::default();
        let mut holders = Wanted::only(&[ID, GENERATION, INHERITED, ALIAS_OF, ALIAS_ID]);
        let located: Vec<_> = named.iter().filter_map(|record| Some((generation_of(record)?, key_of(record)?))).collect();
        for (generation, key) in &located {
            wanted.add(&self.database.tables.activities, key.clone());
            holders.add(&self.database.tables.profiles, keys::slot(account, generation.profile.slot()));
        }
        let records = self.database.get_many(wanted).await?;
        let holders = self.database.get_many(holders).await?;
        let mut survivors = Wanted::only(&[ID, GENERATION, INHERITED]);
        for (generation, _) in &located {
            if let Some(survivor) = at(&holders, account, generation.profile).alias_of() {
                survivors.add(&self.database.tables.profiles, keys::slot(account, survivor.slot()));
            }
        }
        let survivors = self.database.get_many(survivors).await?;
        let mut visible = Vec::with_capacity(located.len());
        let mut others = Wanted::default();
        for (generation, key) in located {
            let mut holder = at(&holders, account, generation.profile);
            if let Some(survivor) = holder.alias_of() {
                holder = at(&survivors, account, survivor);
            }
            let (record, generations) = (records.get(&key), Generation::all(&holder));
            if let Some(profile) = holder.id().filter(|_| generations.contains(&generation) && record.0.contains_key(ID)) {
                let others_of = generations
                    .into_iter()
                    .filter(|other| *other != generation)
                    .filter_map(|other| interaction_key(account, other, &record));
                let others_of: Vec<_> = others_of.collect();
                others_of.iter().for_each(|key| others.add(&self.database.tables.activities, key.clone()));
                visible.push((record, profile, others_of));
            }
        }
        // Of a profile into which others were merged, only the latest interaction with a tour is shown.
        let others = self.database.get_many(others).await?;
        let is_latest = |record: &Item, others_of: &[Key]| others_of.iter().all(|other| is_later(record, &others.get(other)));
        visible.retain(|(record, _, others_of)| is_latest(record, others_of));
        Ok(visible.into_iter().map(|(record, profile, _)| (record, profile)).collect())
    }

    fn query(&self) -> QueryFluentBuilder {
        self.database.client.query().table_name(&self.database.tables.activities)
    }
}

/// The entries to read of each shard, so that `wanted` of all are most often found at once: twice its share, and some more.
pub(super) fn of_shard(wanted: usize) -> usize {
    wanted.div_ceil(SHARDS.len() / 2).saturating_add(4).min(wanted.saturating_add(2))
}

/// Merges the entries of shards, each the latest first. Returns at most `wanted` of those within bounds, and whether there are no more. An
/// entry that is older than the last one read of a shard with more is left out, because newer ones may follow there.
pub(super) fn latest(shards: Vec<(Vec<Item>, bool)>, bounds: &Bounds, wanted: usize) -> (Vec<Item>, bool) {
    let id = |item: &Item| item.text(ID).unwrap_or_default().to_owned();
    let known_to = shards.iter().filter(|(_, has_more)| *has_more).filter_map(|(entries, _)| entries.last().map(id)).max();
    let mut all: Vec<Item> = shards.into_iter().flat_map(|(entries, _)| entries).collect();
    all.retain(|item| bounds.hold(&id(item)) && known_to.as_ref().is_none_or(|known_to| id(item) >= *known_to));
    all.sort_by_key(|item| Reverse(id(item)));
    let is_last = known_to.is_none() && all.len() <= wanted;
    all.truncate(wanted);
    (all, is_last)
}

/// Reads a record; `None` when it is malformed.
type Read<T> = fn(&Item, ProfileId) -> Option<T>;

/// The ids before and after those of a page.
pub(super) struct Bounds {
    after: String,
    pub(super) before: String,
}

impl Bounds {
    pub(super) fn of(page: Page) -> Self {
        // An id begins with its seconds; `g` comes after every digit that may follow.
        let after = page.after.map_or_else(String::new, |bound| match bound {
            Bound::Id(id) => id.to_string(),
            Bound::Seconds(seconds) => format!("{seconds:08x}g"),
        });
        let before = page.before.map_or_else(
            || "g".to_owned(),
            |bound| match bound {
                Bound::Id(id) => id.to_string(),
                Bound::Seconds(seconds) => format!("{seconds:08x}"),
            },
        );
        // DynamoDB refuses an empty key, and bounds in the wrong order.
        let after = if after.is_empty() { "0".to_owned() } else { after };
        Self { before: before.max(after.clone()), after }
    }

    pub(super) fn hold(&self, id: &str) -> bool {
        self.after.as_str() < id && id < self.before.as_str()
    }
}

/// The key of the same interaction in another generation of a user; `None` for other records, which are there once.
fn interaction_key(account: AccountId, generation: Generation, record: &Item) -> Option<Key> {
    let model = ModelKind::from_word(record.text(MODEL_KIND)?)?;
    Some(generation.key(account, RecordKind::Interaction, keys::interaction_name(model, record.text(MODEL_ID)?)))
}

/// Whether one interaction changed after another one of the same user, which may not be there.
fn is_later(one: &Item, other: &Item) -> bool {
    let order = |interaction: &Item| interaction.text(UPDATED_AT).zip(interaction.text(ID)).map(|(at, id)| (at.to_owned(), id.to_owned()));
    order(one) > order(other)
}

/// Leaves out all interactions of one user with a tour but the latest.
fn only_latest(records: Vec<(Item, ProfileId)>) -> Vec<(Item, ProfileId)> {
    let mut latest: HashMap<String, (Item, ProfileId)> = HashMap::new();
    for (record, profile) in records {
        let of = record.text(MODEL_KIND).zip(record.text(MODEL_ID)).map(|(kind, id)| format!("{kind}#{id}"));
        let name = of.or_else(|| record.text(ID).map(str::to_owned)).unwrap_or_default();
        if latest.get(&name).is_none_or(|(known, _)| is_later(&record, known)) {
            latest.insert(name, (record, profile));
        }
    }
    latest.into_values().collect()
}

pub(super) fn at(found: &Found, account: AccountId, profile: ProfileId) -> Item {
    found.get(&keys::slot(account, profile.slot()))
}

/// The generation that a record is in, by its key.
pub(super) fn generation_of(record: &Item) -> Option<Generation> {
    let (_, profile) = record.text(PK)?.split_once('#')?;
    let (generation, _) = record.text(SK)?.split_once('#')?;
    format!("{profile}#{generation}").parse().ok()
}

pub(super) fn key_of(record: &Item) -> Option<Key> {
    let value = |name: &str| Some((name.to_owned(), AttributeValue::S(record.text(name)?.to_owned())));
    Some([value(PK)?, value(SK)?].into())
}

fn response(record: &Item, profile: ProfileId) -> Option<SurveyResponse> {
    let properties = match record.0.get(PROPERTIES) {
        Some(AttributeValue::M(properties)) => properties.clone(),
        _ => return None,
    };
    Some(SurveyResponse {
        id: record.text(ID)?.parse().ok()?,
        profile,
        created_at: record.text(CREATED_AT)?.to_owned(),
        survey_id: record.text(MODEL_ID)?.to_owned(),
        properties: properties.into_iter().map(|(name, value)| (name, from_attribute(value))).collect(),
    })
}

fn interaction(record: &Item, profile: ProfileId) -> Option<Interaction> {
    Some(Interaction {
        id: record.text(ID)?.parse().ok()?,
        profile,
        created_at: record.text(CREATED_AT)?.to_owned(),
        updated_at: record.text(UPDATED_AT)?.to_owned(),
        model: Model { kind: ModelKind::from_word(record.text(MODEL_KIND)?)?, id: record.text(MODEL_ID)?.to_owned() },
        state: InteractionState::from_word(record.text(STATE)?)?,
        deferrals: record.number(DEFERRALS).unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_domain::{InteractionId, Slot};

    #[test]
    fn entries_of_all_shards_are_merged_up_to_where_all_are_known() {
        let entry = |id: u32| Item([(ID.to_owned(), text(format!("{id:02}")))].into());
        let shard = |ids: &[u32], has_more| (ids.iter().copied().map(entry).collect::<Vec<_>>(), has_more);
        let ids = |found: &[Item]| found.iter().map(|item| item.text(ID).unwrap().parse::<u32>().unwrap()).collect::<Vec<_>>();
        let bounds = Bounds { after: "05".to_owned(), before: "40".to_owned() };
        let (found, is_last) = latest(vec![shard(&[40, 30, 20], false), shard(&[31, 6, 5], false), shard(&[], false)], &bounds, 9);
        assert_eq!((ids(&found), is_last), (vec![31, 30, 20, 6], true));
        let (found, is_last) = latest(vec![shard(&[39, 30], true), shard(&[31, 6], true)], &bounds, 9);
        assert_eq!((ids(&found), is_last), (vec![39, 31, 30], false));
        let (found, is_last) = latest(vec![shard(&[39, 30], false), shard(&[31], false)], &bounds, 2);
        assert_eq!((ids(&found), is_last), (vec![39, 31], false));
    }

    #[test]
    fn a_page_lies_between_its_bounds() {
        let id = |seconds| InteractionId::new(seconds, Slot::from_random(5)).to_string();
        let bounds = Bounds::of(Page { limit: 1, before: Some(Bound::Seconds(9)), after: Some(Bound::Id(id(5).parse().unwrap())) });
        assert_eq!((1..12).filter(|seconds| bounds.hold(&id(*seconds))).collect::<Vec<_>>(), [6, 7, 8]);
        let bounds = Bounds::of(Page { limit: 1, before: None, after: Some(Bound::Seconds(9)) });
        assert_eq!((1..12).filter(|seconds| bounds.hold(&id(*seconds))).collect::<Vec<_>>(), [10, 11]);
        let bounds = Bounds::of(Page { limit: 1, before: Some(Bound::Seconds(3)), after: Some(Bound::Seconds(9)) });
        assert!(!(1..12).any(|seconds| bounds.hold(&id(seconds))) && bounds.after <= bounds.before);
    }
}
