//! Ids of profiles or companies from an index, the newest first, merged from several partition keys.
//!
//! An index lags behind its table: an entry may be of a record that is gone, and one of the last moment may be missing.

use std::collections::VecDeque;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;
use profiles_domain::{AccountId, CompanyId, Error};

use super::kind::{Kind, RecordId};
use super::range::Range;
use super::{COMPANY_INDEX, CREATED_INDEX, partitions};
use crate::dynamo::database::Database;
use crate::dynamo::item::{Item, Key};
use crate::dynamo::value::text;
use crate::schema::attributes::{COMPANY_ID, ID, PK};

/// Entries of a partition key that are read at first: as many as one read unit holds.
const FIRST_ENTRIES: usize = 40;
/// Entries that are read at once, at most.
const MAX_ENTRIES: usize = 1_000;

/// Ids of records of an account, the newest first.
pub(super) struct Newest<'a> {
    database: &'a Database,
    account: AccountId,
    range: Range,
    partitions: Vec<Partition>,
}

/// The query of the entries in a range of an index that is sorted by ids, under a key that is still to be named: `:key`.
pub(super) fn entries(database: &Database, kind: Kind, range: Range, (index, key): (&str, &str)) -> QueryFluentBuilder {
    let (low, high) = range.ends();
    database
        .client
        .query()
        .table_name(kind.table(&database.tables))
        .index_name(index)
        .key_condition_expression(format!("{key} = :key AND {ID} BETWEEN :low AND :high"))
        .expression_attribute_values(":low", text(low))
        .expression_attribute_values(":high", text(high))
}

/// The entries under one partition key.
struct Partition {
    query: QueryFluentBuilder,
    /// Entries that were read and not taken yet.
    read: VecDeque<RecordId>,
    from: From,
    /// Entries to read at once.
    entries: usize,
}

/// Where to read on.
enum From {
    Beginning,
    After(Key),
    End,
}

impl<'a> Newest<'a> {
    /// All records of a kind.
    pub(super) fn of_account(database: &'a Database, kind: Kind, account: AccountId, range: Range) -> Self {
        let keys = partitions(account).map(text);
        Self::of_keys(database, kind, account, range, (CREATED_INDEX, PK), keys)
    }

    /// The members of companies.
    pub(super) fn of_companies(
        database: &'a Database,
        account: AccountId,
        range: Range,
        companies: impl IntoIterator<Item = CompanyId>,
    ) -> Self {
        Self::of_keys(database, Kind::Profiles, account, range, (COMPANY_INDEX, COMPANY_ID), companies.into_iter().map(text))
    }

    fn of_keys(
        database: &'a Database,
        kind: Kind,
        account: AccountId,
        range: Range,
        index: (&str, &str),
        keys: impl Iterator<Item = AttributeValue>,
    ) -> Self {
        let query = entries(database, kind, range, index).projection_expression(format!("{PK}, {ID}")).scan_index_forward(false);
        let partition = |key| Partition {
            query: query.clone().expression_attribute_values(":key", key),
            read: VecDeque::new(),
            from: From::Beginning,
            entries: FIRST_ENTRIES,
        };
        let partitions = if range.is_empty() { Vec::new() } else { keys.map(partition).collect() };
        Self { database, account, range, partitions }
    }

    /// Returns the next ids, `wanted` of them unless there are no more.
    pub(super) async fn next(&mut self, wanted: usize) -> Result<Vec<RecordId>, Error> {
        let mut ids = Vec::with_capacity(wanted);
        while ids.len() < wanted {
            let unread = |partition: &&mut Partition| partition.read.is_empty() && !matches!(partition.from, From::End);
            let (database, account, range) = (self.database, self.account, self.range);
            try_join_all(self.partitions.iter_mut().filter(unread).map(|partition| partition.read_on(database, account, range))).await?;
            if self.partitions.iter().any(|partition| partition.read.is_empty() && !matches!(partition.from, From::End)) {
                // All that was read there was another's.
                continue;
            }
            let newest = self.partitions.iter_mut().max_by_key(|partition| partition.read.front().copied());
            match newest.and_then(|partition| partition.read.pop_front()) {
                Some(id) => ids.push(id),
                None => break,
            }
        }
        Ok(ids)
    }
}

impl Partition {
    async fn read_on(&mut self, database: &Database, account: AccountId, range: Range) -> Result<(), Error> {
        let query = match &self.from {
            From::Beginning => self.query.clone(),
            From::After(key) => self.query.clone().set_exclusive_start_key(Some(key.clone())),
            From::End => return Ok(()),
        };
        let output = database.query(query.limit(i32::try_from(self.entries).unwrap_or(i32::MAX))).await?;
        self.entries = self.entries.saturating_mul(2).min(MAX_ENTRIES);
        let entries = output.items.unwrap_or_default().into_iter().map(Item);
        // Other accounts may have a company of the same id.
        let own = format!("{account}#");
        let is_own = |entry: &Item| entry.text(PK).is_some_and(|key| key.starts_with(&own));
        self.read.extend(entries.filter(is_own).filter_map(|entry| entry.record_id()).filter(|id| range.holds(*id)));
        self.from = output.last_evaluated_key.map_or(From::End, From::After);
        Ok(())
    }
}
