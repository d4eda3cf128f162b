//! What webhooks told of each tour and survey, so that clients can enumerate them.
//!
//! A tour has an item of its own, and an entry in the list of the account's tours, which is sorted by creation. Both come to be at once, with
//! the first webhook that names the tour. An instance remembers what it knows to be stored, so that an ordinary webhook costs nothing more.

use std::time::Duration;

use aws_sdk_dynamodb::types::Put;
use aws_sdk_dynamodb::types::builders::PutBuilder;
use futures_util::{StreamExt, TryStreamExt, stream};
use profiles_domain::{About, AccountId, Error, KnownModel, Model, ModelKind, Summary};
use profiles_normalization::Timestamp;

use super::attributes::NAME;
use super::{Activities, Listed};
use crate::dynamo::database::failure;
use crate::dynamo::item::Item;
use crate::dynamo::read_many::Wanted;
use crate::dynamo::transaction::Transaction;
use crate::dynamo::value::{number, text};
use crate::remembered::Remembered;
use crate::schema::attributes::{CREATED_AT, ID, PK, REV, SENT_AT, SK};
use crate::schema::keys;
use crate::schema::revision::if_unchanged;

/// When a tour or survey was published last.
const PUBLISHED_AT: &str = "published_at";
/// How long an instance relies on what it knows to be stored.
const REMEMBERED_FOR: Duration = Duration::from_hours(1);
/// Tours whose counts are read at once.
const SUMMARIES_AT_ONCE: usize = 8;

/// Remembers what is stored of tours and surveys.
#[derive(Default)]
pub(crate) struct KnownModels(Remembered<(AccountId, Model), About>);

/// A place in the list of tours or surveys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelBound {
    /// The place of the one with this id.
    Id(String),
    /// A time.
    Time(Timestamp),
}

/// A tour or survey with its counts.
pub type Counted = (KnownModel, Summary);

impl Activities<'_> {
    /// Takes note of what a webhook tells of a tour or survey. One that was sent before the last one changes nothing.
    pub(super) async fn learn(
        &self,
        account: AccountId,
        model: &Model,
        told: &About,
        sent_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), Error> {
        let KnownModels(remembered) = self.models;
        let key = (account, model.clone());
        if remembered.get(&key, now).is_some_and(|known| adding(&known, told) == known) {
            return Ok(());
        }
        let table = &self.database.tables.summaries;
        let mut retries = self.database.race_retries();
        loop {
            retries.wait_for_next().await?;
            let seen = self.database.get(table, keys::model(account, model)).await?;
            let known = read(&seen);
            let about = known.as_ref().map_or_else(|| told.clone(), |known| adding(&known.about, told));
            let is_late = seen.text(SENT_AT).is_some_and(|at| at > sent_at.to_string().as_str());
            if let Some(known) = known.as_ref().filter(|known| is_late || known.about == about) {
                // A late one comes rarely; what is stored is remembered, and read again for it.
                remembered.put(key, known.about.clone(), now, REMEMBERED_FOR);
                return Ok(());
            }
            let created_at = known.as_ref().map_or(now, |known| known.created_at);
            let mut transaction = Transaction::default();
            transaction.add(self.put_model(account, model, (&about, created_at, sent_at), &seen))?;
            if known.is_none() {
                let entry = Put::builder()
                    .table_name(table)
                    .set_item(Some(keys::model_entry(account, model.kind, &keys::place(created_at, &model.id))))
                    .item(ID, text(&model.id));
                transaction.add(entry)?;
            }
            if self.database.commit(transaction).await?.is_done() {
                remembered.put(key, about, now, REMEMBERED_FOR);
                return Ok(());
            }
        }
    }

    /// Reads what is known of a tour or survey, with its counts; `None` when no webhook ever named it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn model(&self, account: AccountId, model: &Model) -> Result<Option<Counted>, Error> {
        let item = self.database.get(&self.database.tables.summaries, keys::model(account, model)).await?;
        let Some(known) = read(&item) else { return Ok(None) };
        let summary = self.summary(account, model).await?.unwrap_or_default();
        Ok(Some((known, summary)))
    }

    /// Lists tours or surveys with their counts, the latest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn models(
        &self,
        account: AccountId,
        kind: ModelKind,
        limit: usize,
        (before, after): (Option<ModelBound>, Option<ModelBound>),
    ) -> Result<Listed<Counted>, Error> {
        let before = match before {
            None => "~".to_owned(),
            Some(ModelBound::Time(at)) => at.to_string(),
            Some(ModelBound::Id(id)) => self.place_of_model(account, kind, &id).await?.unwrap_or_else(|| "0".to_owned()),
        };
        let after = match after {
            None => "0".to_owned(),
            Some(ModelBound::Time(at)) => format!("{at}$"),
            Some(ModelBound::Id(id)) => self.place_of_model(account, kind, &id).await?.unwrap_or_else(|| "~".to_owned()),
        };
        let ids = self.ids_of_models(account, kind, limit, (before.max(after.clone()), after)).await?;
        let more = ids.len() > limit;
        let models = ids.into_iter().take(limit).map(|id| Model { kind, id });
        let models: Vec<_> = models.collect();
        let mut wanted = Wanted::default();
        models.iter().for_each(|model| wanted.add(&self.database.tables.summaries, keys::model(account, model)));
        let found = self.database.get_many(wanted).await?;
        let known = models.iter().filter_map(|model| Some((model, read(&found.get(&keys::model(account, model)))?)));
        let counted: Vec<_> = known
            .map(|(model, known)| async move { Ok::<_, Error>((known, self.summary(account, model).await?.unwrap_or_default())) })
            .collect();
        let items = stream::iter(counted).buffered(SUMMARIES_AT_ONCE).try_collect().await?;
        Ok(Listed { items, more })
    }

    /// Reads the ids between two places, the latest first, and one more than the limit if there are more.
    async fn ids_of_models(
        &self,
        account: AccountId,
        kind: ModelKind,
        limit: usize,
        (before, after): (String, String),
    ) -> Result<Vec<String>, Error> {
        // Each bound may be one of the places, which is not shown.
        let most = limit.saturating_add(3);
        let query = self
            .database
            .client
            .query()
            .table_name(&self.database.tables.summaries)
            .key_condition_expression(format!("{PK} = :models AND {SK} BETWEEN :after AND :before"))
            .expression_attribute_values(":models", text(keys::partition_of_models(account, kind)))
            .expression_attribute_values(":after", text(&after))
            .expression_attribute_values(":before", text(&before))
            .consistent_read(true)
            .scan_index_forward(false)
            .limit(i32::try_from(most).unwrap_or(i32::MAX));
        let mut ids = Vec::new();
        let mut entries = query.into_paginator().items().send();
        while let Some(entry) = entries.next().await {
            let entry = Item(entry.map_err(|error| failure("Query", &error))?);
            let is_within = entry.text(SK).is_some_and(|place| after.as_str() < place && place < before.as_str());
            ids.extend(entry.text(ID).filter(|_| is_within).map(str::to_owned));
            if ids.len() > limit {
                break;
            }
        }
        Ok(ids)
    }

    async fn place_of_model(&self, account: AccountId, kind: ModelKind, id: &str) -> Result<Option<String>, Error> {
        let model = Model { kind, id: id.to_owned() };
        let item = self.database.get(&self.database.tables.summaries, keys::model(account, &model)).await?;
        Ok(read(&item).map(|known| keys::place(known.created_at, id)))
    }

    fn put_model(
        &self,
        account: AccountId,
        model: &Model,
        (about, created_at, sent_at): (&About, Timestamp, Timestamp),
        seen: &Item,
    ) -> PutBuilder {
        let attributes = [
            (REV, Some(number(seen.next_revision()))),
            (ID, Some(text(&model.id))),
            (CREATED_AT, Some(text(created_at))),
            (SENT_AT, Some(text(sent_at))),
            (NAME, about.name.as_ref().map(text)),
            (PUBLISHED_AT, about.published_at.map(text)),
        ];
        let attributes = attributes.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let put = Put::builder()
            .table_name(&self.database.tables.summaries)
            .set_item(Some(keys::model(account, model).into_iter().chain(attributes).collect()));
        if_unchanged(put, seen)
    }
}

/// What is known when this is told, too: what it is silent about stays.
fn adding(known: &About, told: &About) -> About {
    About { name: told.name.clone().or_else(|| known.name.clone()), published_at: told.published_at.or(known.published_at) }
}

fn read(item: &Item) -> Option<KnownModel> {
    let time = |name: &str| item.text(name).and_then(Timestamp::parse_canonical);
    Some(KnownModel {
        id: item.text(ID)?.to_owned(),
        created_at: time(CREATED_AT)?,
        about: About { name: item.text(NAME).map(str::to_owned), published_at: time(PUBLISHED_AT) },
    })
}
