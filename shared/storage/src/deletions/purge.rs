//! The purge: it removes the records of a deletion, beginning where the journal says.
//!
//! Records are counted before they are removed, and the journal says how far they are counted. The transaction that removes an interaction
//! also takes its share back from the summary. So both happen once, however often and by however many workers this is run.

use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::types::Delete;
use profiles_domain::{AccountId, Error, PropertyKind};
use profiles_normalization::Timestamp;
use tracing::Instrument;

use super::journal::{DeletionKind, Journal};
use super::scope::{Cursor, Scope};
use super::tombstones::Tombstones;
use super::{Deletions, TimeLeft};
use crate::dynamo::database::failure;
use crate::dynamo::item::Item;
use crate::dynamo::transaction::{Committed, Transaction};
use crate::dynamo::value::text;
use crate::properties;
use crate::schema::attributes::{ID, MODEL_ID, MODEL_KIND, PK, SK};
use crate::schema::generation::RecordKind;
use crate::schema::pointer::Pointers;
use crate::schema::summary::{Share, Shares, counted_times};
use crate::schema::{interaction, keys};

/// Records that are read, counted and removed before the time left is asked for again.
const RECORDS_AT_ONCE: i32 = 2_000;
/// Records with pointers that one transaction removes. Each takes three of its 100 actions: it, its pointer, and a part of a summary.
const LINKED_AT_ONCE: usize = 33;

/// A page of the records of a scope.
pub(super) struct RecordsPage {
    pub(super) records: Vec<Item>,
    pub(super) is_last: bool,
}

impl Deletions<'_> {
    /// Removes what it can; the sweep removes the rest. True: nothing is left.
    pub(super) async fn purge_for_now(&self, journal: Journal, now: Timestamp, time_left: TimeLeft<'_>) -> bool {
        let span = tracing::error_span!("deletion", deletion_id = %journal.id);
        let purged = self.purge(journal, now, time_left).instrument(span.clone()).await;
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

    /// Removes the records and aliases of a journal, as far as time allows. True: nothing is left.
    pub(super) async fn purge(&self, mut journal: Journal, now: Timestamp, time_left: TimeLeft<'_>) -> Result<bool, Error> {
        let mut at = 0;
        let mut retries = self.database.race_retries();
        while !journal.is_complete {
            let Some(scope) = journal.scopes.get(at).copied() else {
                self.remove_aliases(&journal).await?;
                self.remove_values(&journal).await?;
                self.complete(journal.account, journal.id, now).await?;
                return Ok(true);
            };
            if !time_left() {
                return Ok(false);
            }
            retries.wait_for_next().await?;
            let page = self.records(journal.account, scope).await?;
            if !self.count_new(&mut journal, at, &page.records).await? {
                // Another worker is at it, too: what it counted is in the journal.
                match self.journal(journal.account, journal.id).await? {
                    Some(newer) => journal = newer,
                    None => return Ok(true),
                }
                continue;
            }
            let is_last = page.is_last;
            if self.remove(journal.account, scope, page.records).await? {
                retries = self.database.race_retries();
                at += usize::from(is_last);
            }
        }
        Ok(true)
    }

    /// Looks once more for records that were removed, removes those it finds, and returns their number.
    ///
    /// A transaction that was under way when the last query found nothing may have put a record there since. DynamoDB commits one item after
    /// the other, and a query between two of them sees only the first.
    pub(super) async fn look_again(&self, journal: &Journal) -> Result<u64, Error> {
        let mut found = 0;
        for scope in journal.scopes.iter().copied() {
            self.remove_all(journal.account, scope, &mut found).await?;
        }
        self.remove_values(journal).await?;
        self.close(journal).await?;
        Ok(found)
    }

    /// Removes the user's values from the registry of properties: all of them, or after a clear, those of events.
    pub(super) async fn remove_values(&self, journal: &Journal) -> Result<(), Error> {
        let kinds: &[PropertyKind] = match journal.kind {
            DeletionKind::Forget => &[PropertyKind::Profile, PropertyKind::Event],
            DeletionKind::Clear => &[PropertyKind::Event],
        };
        let hidden =
            journal.scopes.iter().map(|scope| scope.profile()).chain(journal.generations().into_iter().map(|cleared| cleared.profile));
        let owners: HashSet<_> = hidden.chain(journal.aliases.merged.iter().copied()).chain([journal.profile]).collect();
        properties::remove_values(self.database, journal.account, kinds, owners).await
    }

    /// Removes all records of a scope, and adds their number to `found`.
    pub(super) async fn remove_all(&self, account: AccountId, scope: Scope, found: &mut u64) -> Result<(), Error> {
        let mut retries = self.database.race_retries();
        loop {
            retries.wait_for_next().await?;
            let page = self.records(account, scope).await?;
            let records = u64::try_from(page.records.len()).unwrap_or(u64::MAX);
            if records > 0 && !self.remove(account, scope, page.records).await? {
                continue;
            }
            *found += records;
            if page.is_last {
                return Ok(());
            }
            retries = self.database.race_retries();
        }
    }

    /// Reads the first records of a scope.
    pub(super) async fn records(&self, account: AccountId, scope: Scope) -> Result<RecordsPage, Error> {
        let mut condition = format!("{PK} = :records");
        let mut query = self
            .database
            .client
            .query()
            .table_name(&self.database.tables.activities)
            .expression_attribute_values(":records", text(keys::partition_of_records(account, scope.profile())))
            .projection_expression([PK, SK, ID, MODEL_KIND, MODEL_ID].into_iter().chain(counted_times()).collect::<Vec<_>>().join(", "))
            .consistent_read(true)
            .limit(RECORDS_AT_ONCE);
        if let Some(prefix) = scope.prefix() {
            condition.push_str(&format!(" AND begins_with({SK}, :generation)"));
            query = query.expression_attribute_values(":generation", text(prefix));
        }
        let output = query.key_condition_expression(condition).send().await.map_err(|error| failure("Query", &error))?;
        Ok(RecordsPage {
            is_last: output.last_evaluated_key.is_none(),
            records: output.items.unwrap_or_default().into_iter().map(Item).collect(),
        })
    }

    /// Counts the records that are not counted yet. False: the journal is out of date.
    async fn count_new(&self, journal: &mut Journal, scope: usize, records: &[Item]) -> Result<bool, Error> {
        if journal.kind == DeletionKind::Clear || scope < journal.counted.scope {
            return Ok(true);
        }
        let last = journal.counted.sort.as_deref().filter(|_| journal.counted.scope == scope).unwrap_or_default();
        let mut found: HashMap<RecordKind, u64> = HashMap::new();
        for sort in records.iter().filter_map(|record| record.text(SK)).filter(|sort| *sort > last) {
            if let Some(kind) = RecordKind::in_sort_key(sort) {
                *found.entry(kind).or_default() += 1;
            }
        }
        if found.is_empty() {
            return Ok(true);
        }
        let sort = records.last().and_then(|record| record.text(SK)).map(str::to_owned);
        self.count(journal, Cursor { scope, sort }, &found).await
    }

    /// Removes records. False: not all of them, because another worker does, too.
    pub(super) async fn remove(&self, account: AccountId, scope: Scope, records: Vec<Item>) -> Result<bool, Error> {
        let (linked, plain): (Vec<_>, Vec<_>) = records.into_iter().partition(|record| linked_kind(record).is_some());
        for some in linked.chunks(LINKED_AT_ONCE) {
            if !self.revert(account, scope, some).await? {
                return Ok(false);
            }
        }
        let keys = plain.iter().filter_map(|record| Some(keys::record(account, scope.profile(), record.text(SK)?))).collect();
        self.database.delete_many(&self.database.tables.activities, keys).await?;
        Ok(true)
    }

    /// Removes records with their pointers, and takes the shares of interactions back from the summaries. False: another worker has removed
    /// some of them.
    async fn revert(&self, account: AccountId, scope: Scope, records: &[Item]) -> Result<bool, Error> {
        let mut transaction = Transaction::default();
        let mut removed = Vec::with_capacity(records.len());
        let mut shares = Shares::default();
        for record in records {
            let (Some(sort), Some(kind)) = (record.text(SK), linked_kind(record)) else {
                return Err(Error::Defect("a stored record is malformed".into()));
            };
            if let Some(model) = interaction::model(record) {
                shares.add(&model, scope.profile(), Share::default().minus(Share::of_record(record)));
            }
            let delete = Delete::builder()
                .table_name(&self.database.tables.activities)
                .set_key(Some(keys::record(account, scope.profile(), sort)))
                .condition_expression(format!("attribute_exists({PK})"));
            removed.push(transaction.add(delete)?);
            if let Some(id) = record.text(ID) {
                transaction.add(Pointers { database: self.database, account, kind }.delete(id, (scope.profile(), sort)))?;
            }
        }
        shares.add_to(&mut transaction, self.database, account)?;
        let Committed::Refused(refused) = self.database.commit(transaction.clone()).await? else { return Ok(true) };
        if refused.is_empty() || removed.iter().any(|action| refused.has(*action)) {
            return Ok(false);
        }
        // A summary is missing, which only a restore of other tables leaves: the interaction counts nowhere. Or an id is another record's.
        Ok(self.database.commit(transaction.without(&refused)).await?.is_done())
    }

    /// Puts tombstones in place of the aliases that are left of a forgotten profile.
    async fn remove_aliases(&self, journal: &Journal) -> Result<(), Error> {
        let Journal { account, profile, id: deletion, created_at: at, .. } = *journal;
        let mut tombstones = Tombstones { database: self.database, account, profile, deletion, at };
        for alias in &journal.remaining_aliases {
            let mut retries = self.database.race_retries();
            loop {
                retries.wait_for_next().await?;
                let mut transaction = Transaction::default();
                let replaced = transaction.add(tombstones.of_alias(*alias))?;
                let Committed::Refused(mut refused) = self.database.commit(transaction).await? else { break };
                match refused.take(replaced) {
                    None => {}
                    // It has a later tombstone, of a clock that was ahead.
                    Some(later) if tombstones.is_alias_of_it(&later) => tombstones.not_before(&later),
                    Some(_) => break,
                }
            }
        }
        Ok(())
    }
}

/// The kind of a record that has a pointer.
fn linked_kind(record: &Item) -> Option<RecordKind> {
    let kind = RecordKind::in_sort_key(record.text(SK)?)?;
    matches!(kind, RecordKind::Response | RecordKind::Interaction).then_some(kind)
}
