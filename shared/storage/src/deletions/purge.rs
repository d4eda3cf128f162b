//! Removing what a log says, from wherever it was left.
//!
//! Records are counted before they are removed, and up to where they are counted stands in the log. What an interaction added to a
//! summary is taken back by the transaction that removes it. So both happen once, however often and by however many this is run.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};
use profiles_domain::{AccountId, Error, Model, ModelKind};
use profiles_normalization::Timestamp;
use tracing::Instrument;

use super::journal::{Cursor, Doing, Log, Scope};
use super::tombstones::Marker;
use super::{Deletions, TimeLeft};
use crate::activities::{MODEL_ID, MODEL_KIND, Share, counts, take_back};
use crate::dynamo::database::{Transaction, failure, incomplete};
use crate::dynamo::item::Item;
use crate::dynamo::retry::Attempts;
use crate::dynamo::value::text;
use crate::schema::attributes::{PK, SK};
use crate::schema::generation::Kind;
use crate::schema::keys;

/// Records that are read, counted and removed before it is asked again how much time is left.
const RECORDS_AT_ONCE: i32 = 2_000;
/// Interactions that one transaction removes. Each takes two of its 100 actions.
const INTERACTIONS_AT_ONCE: usize = 50;

/// Some records of a scope, by their keys.
pub(super) struct Batch {
    pub(super) records: Vec<Item>,
    pub(super) is_last: bool,
}

impl Deletions<'_> {
    /// Removes what it can. Whatever keeps it from removing all, the sweep will. True: nothing is left.
    pub(super) async fn purge_for_now(&self, log: Log, now: Timestamp, time_left: TimeLeft<'_>) -> bool {
        let span = tracing::error_span!("deletion", deletion_id = %log.id);
        let purged = self.purge(log, now, time_left).instrument(span.clone()).await;
        span.in_scope(|| {
            match purged {
                Ok(true) => return true,
                Ok(false) => tracing::info!("not all of a user's records were removed in time; they are left to the sweep"),
                Err(Error::Defect(what) | Error::Denied(what)) => {
                    tracing::error!(what, "a defect kept a user's records from being removed")
                }
                Err(_) => tracing::warn!("the database kept a user's records from being removed; they are left to the sweep"),
            }
            false
        })
    }

    /// Removes what the log says, as far as time allows. True: nothing is left.
    pub(super) async fn purge(&self, mut log: Log, now: Timestamp, time_left: TimeLeft<'_>) -> Result<bool, Error> {
        let mut at = 0;
        let mut attempts = Attempts::new(self.patience);
        while !log.is_complete {
            let Some(scope) = log.scopes.get(at).copied() else {
                self.remove_aliases(&log).await?;
                self.complete(&log, now).await?;
                return Ok(true);
            };
            if !time_left() {
                return Ok(false);
            }
            attempts.next().await?;
            let batch = self.records(log.account, scope).await?;
            if !self.count_new(&mut log, at, &batch.records).await? {
                // Somebody else is at it, too: what they counted is in the log.
                match self.log(log.account, log.id).await? {
                    Some(newer) => log = newer,
                    None => return Ok(true),
                }
                continue;
            }
            let is_last = batch.is_last;
            if self.remove(log.account, scope, batch.records).await? {
                attempts = Attempts::new(self.patience);
                at += usize::from(is_last);
            }
        }
        Ok(true)
    }

    /// Looks once more for what a log says was removed, and removes what it finds: how many records that were.
    ///
    /// A transaction that was under way when the first look decided that nothing was left may have put a record there since: DynamoDB commits
    /// one item after the other, and a query between two of them sees only the first.
    pub(super) async fn look_again(&self, log: &Log) -> Result<u64, Error> {
        let mut found = 0;
        for scope in log.scopes.iter().copied() {
            self.remove_all(log.account, scope, &mut found).await?;
        }
        self.close(log).await?;
        Ok(found)
    }

    /// Removes all records of a scope, and adds to `found` how many they were.
    pub(super) async fn remove_all(&self, account: AccountId, scope: Scope, found: &mut u64) -> Result<(), Error> {
        let mut attempts = Attempts::new(self.patience);
        loop {
            attempts.next().await?;
            let batch = self.records(account, scope).await?;
            let records = u64::try_from(batch.records.len()).unwrap_or(u64::MAX);
            if records > 0 && !self.remove(account, scope, batch.records).await? {
                continue;
            }
            *found += records;
            if batch.is_last {
                return Ok(());
            }
            attempts = Attempts::new(self.patience);
        }
    }

    /// The first records of a scope.
    pub(super) async fn records(&self, account: AccountId, scope: Scope) -> Result<Batch, Error> {
        let mut condition = format!("{PK} = :records");
        let mut query = self
            .database
            .client
            .query()
            .table_name(&self.database.tables.activities)
            .expression_attribute_values(":records", text(keys::partition_of_records(account, scope.profile())))
            .projection_expression([PK, SK, MODEL_KIND, MODEL_ID].into_iter().chain(counts()).collect::<Vec<_>>().join(", "))
            .consistent_read(true)
            .limit(RECORDS_AT_ONCE);
        if let Some(prefix) = scope.prefix() {
            condition.push_str(&format!(" AND begins_with({SK}, :generation)"));
            query = query.expression_attribute_values(":generation", text(prefix));
        }
        let output = query.key_condition_expression(condition).send().await.map_err(|error| failure("Query", &error))?;
        Ok(Batch {
            is_last: output.last_evaluated_key.is_none(),
            records: output.items.unwrap_or_default().into_iter().map(Item).collect(),
        })
    }

    /// Counts those records that are not counted yet. False: the log is out of date.
    async fn count_new(&self, log: &mut Log, scope: usize, records: &[Item]) -> Result<bool, Error> {
        if log.doing == Doing::Clear || scope < log.counted.scope {
            return Ok(true);
        }
        let last = log.counted.sort.as_deref().filter(|_| log.counted.scope == scope).unwrap_or_default();
        let mut found: HashMap<Kind, u64> = HashMap::new();
        for sort in records.iter().filter_map(|record| record.text(SK)).filter(|sort| *sort > last) {
            if let Some(kind) = Kind::in_sort_key(sort) {
                *found.entry(kind).or_default() += 1;
            }
        }
        if found.is_empty() {
            return Ok(true);
        }
        let sort = records.last().and_then(|record| record.text(SK)).map(str::to_owned);
        self.count(log, Cursor { scope, sort }, &found).await
    }

    /// Removes records. False: not all of them, since somebody else did or does.
    pub(super) async fn remove(&self, account: AccountId, scope: Scope, records: Vec<Item>) -> Result<bool, Error> {
        let (added, plain): (Vec<_>, Vec<_>) = records.into_iter().partition(|record| !Share::of(record).is_nothing());
        for interactions in added.chunks(INTERACTIONS_AT_ONCE) {
            if !self.revert(account, scope, interactions).await? {
                return Ok(false);
            }
        }
        let keys = plain.iter().filter_map(|record| Some(keys::record(account, scope.profile(), record.text(SK)?))).collect();
        self.database.delete_many(&self.database.tables.activities, keys, self.patience).await?;
        Ok(true)
    }

    /// Removes interactions, and takes back what they added to summaries.
    async fn revert(&self, account: AccountId, scope: Scope, interactions: &[Item]) -> Result<bool, Error> {
        let mut actions = Vec::with_capacity(2 * interactions.len());
        let mut shares: BTreeMap<Model, Share> = BTreeMap::new();
        for interaction in interactions {
            let kind = interaction.text(MODEL_KIND).and_then(ModelKind::from_word);
            let (Some(sort), Some((kind, id))) = (interaction.text(SK), kind.zip(interaction.text(MODEL_ID))) else {
                return Err(Error::Defect("a stored interaction is not whole".into()));
            };
            shares.entry(Model { kind, id: id.to_owned() }).or_default().add(Share::of(interaction));
            let delete = Delete::builder()
                .table_name(&self.database.tables.activities)
                .set_key(Some(keys::record(account, scope.profile(), sort)))
                .condition_expression(format!("attribute_exists({PK})"))
                .build()
                .map_err(incomplete)?;
            actions.push(TransactWriteItem::builder().delete(delete).build());
        }
        for (model, share) in shares {
            actions.push(take_back(self.database, account, &model, scope.profile(), share)?);
        }
        let Transaction::Refused(refused) = self.database.transact(actions.clone()).await? else { return Ok(true) };
        if refused.iter().take(interactions.len()).any(Option::is_some) {
            return Ok(false);
        }
        // Without its summary, which only a restore of the one and not of the other leaves, an interaction has added nothing.
        let kept: Vec<_> = actions.into_iter().zip(&refused).filter(|(_, refused)| refused.is_none()).map(|(action, _)| action).collect();
        Ok(kept.len() < refused.len() && matches!(self.database.transact(kept).await?, Transaction::Done))
    }

    /// Takes those aliases from a forgotten profile that it has yet.
    async fn remove_aliases(&self, log: &Log) -> Result<(), Error> {
        let Log { account, profile, id: deletion, created_at: at, .. } = *log;
        let mut marker = Marker { database: self.database, account, profile, deletion, at };
        for alias in &log.aliases {
            let mut attempts = Attempts::new(self.patience);
            loop {
                attempts.next().await?;
                let Transaction::Refused(refused) = self.database.transact(vec![marker.alias(*alias)?]).await? else { break };
                match refused.into_iter().next().flatten() {
                    None => {}
                    // A clock that was ahead had forgotten somebody there before.
                    Some(later) if marker.leads_here(&later) => marker.is_after(&later),
                    Some(_) => break,
                }
            }
        }
        Ok(())
    }
}
