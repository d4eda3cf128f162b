//! Pointers: where the response or interaction of an id is stored.
//!
//! A pointer is written and removed together with its record, so an id is one user's, and leads to the record without an index. Of a response
//! that was deleted by its id the pointer stays for a while: the same webhook does not bring it back.

use std::fmt;
use std::time::Duration;

use aws_sdk_dynamodb::types::builders::{DeleteBuilder, PutBuilder};
use aws_sdk_dynamodb::types::{Delete, Put};
use profiles_domain::{AccountId, Error, ProfileId};
use profiles_normalization::Timestamp;

use super::attributes::{CREATED_AT, DELETED_AT, EXPIRES_AT, PROFILE, RECORD_KEY, SK};
use super::generation::{Generation, RecordKind};
use super::keys;
use crate::dynamo::database::Database;
use crate::dynamo::item::{Item, Key};
use crate::dynamo::value::{expiry, text};

/// How long the pointer of a deleted response stays: as long as other tombstones.
const DELETED_TTL: Duration = Duration::from_hours(90 * 24);

/// The place of a record that has a pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pointed {
    /// The generation that it is in.
    pub(crate) generation: Generation,
    /// Its sort key.
    pub(crate) sort: String,
}

impl Pointed {
    /// The key of the record.
    pub(crate) fn key(&self, account: AccountId) -> Key {
        keys::record(account, self.generation.profile, self.sort.clone())
    }
}

/// The pointers of one kind of record in an account.
#[derive(Clone, Copy)]
pub(crate) struct Pointers<'a> {
    pub(crate) database: &'a Database,
    pub(crate) account: AccountId,
    pub(crate) kind: RecordKind,
}

impl Pointers<'_> {
    /// Reads the pointer of an id; empty when there is none.
    pub(crate) async fn get(self, id: impl fmt::Display + Send) -> Result<Item, Error> {
        self.database.get(&self.database.tables.activities, keys::pointer(self.account, self.kind.as_str(), id)).await
    }

    /// The action that makes an id point to a record that is created at this time, on condition that the pointer is as it was seen.
    pub(crate) fn put(self, id: impl fmt::Display, (profile, sort): (ProfileId, &str), created_at: Timestamp, seen: &Item) -> PutBuilder {
        let put = Put::builder()
            .table_name(&self.database.tables.activities)
            .set_item(Some(keys::pointer(self.account, self.kind.as_str(), id)))
            .item(PROFILE, text(profile))
            .item(RECORD_KEY, text(sort))
            .item(CREATED_AT, text(created_at));
        as_seen(put, seen)
    }

    /// The action that leaves of a pointer that its record was deleted.
    pub(crate) fn put_deleted(self, id: impl fmt::Display, seen: &Item, now: Timestamp) -> PutBuilder {
        let put = Put::builder()
            .table_name(&self.database.tables.activities)
            .set_item(Some(keys::pointer(self.account, self.kind.as_str(), id)))
            .item(DELETED_AT, text(now))
            .item(EXPIRES_AT, expiry(now, DELETED_TTL));
        let put = match seen.0.get(CREATED_AT) {
            Some(created_at) => put.item(CREATED_AT, created_at.clone()),
            None => put,
        };
        as_seen(put, seen)
    }

    /// The action that removes the pointer to a record. It is refused where the id is another record's by now.
    pub(crate) fn delete(self, id: impl fmt::Display, (profile, sort): (ProfileId, &str)) -> DeleteBuilder {
        Delete::builder()
            .table_name(&self.database.tables.activities)
            .set_key(Some(keys::pointer(self.account, self.kind.as_str(), id)))
            .condition_expression(format!("attribute_not_exists({SK}) OR ({PROFILE} = :profile AND {RECORD_KEY} = :record)"))
            .expression_attribute_values(":profile", text(profile))
            .expression_attribute_values(":record", text(sort))
    }
}

/// Where a pointer points to; `None` when it is not there, or its record was deleted.
pub(crate) fn pointed(pointer: &Item) -> Option<Pointed> {
    let (profile, sort) = pointer.text(PROFILE).zip(pointer.text(RECORD_KEY))?;
    let (number, _) = sort.split_once('#')?;
    Some(Pointed { generation: format!("{profile}#{number}").parse().ok()?, sort: sort.to_owned() })
}

/// Whether the record of a pointer was deleted by its id.
pub(crate) fn is_deleted(pointer: &Item, now: Timestamp) -> bool {
    pointer.0.contains_key(DELETED_AT) && pointer.number::<i64>(EXPIRES_AT).is_some_and(|expires| expires > now.unix_seconds())
}

fn as_seen(put: PutBuilder, seen: &Item) -> PutBuilder {
    match (seen.text(PROFILE).zip(seen.text(RECORD_KEY)), seen.text(DELETED_AT)) {
        (Some((profile, record)), _) => put
            .condition_expression(format!("{PROFILE} = :profile AND {RECORD_KEY} = :record"))
            .expression_attribute_values(":profile", text(profile))
            .expression_attribute_values(":record", text(record)),
        // It has expired.
        (None, Some(deleted_at)) => put
            .condition_expression(format!("attribute_not_exists({SK}) OR {DELETED_AT} = :deleted"))
            .expression_attribute_values(":deleted", text(deleted_at)),
        (None, None) => put.condition_expression(format!("attribute_not_exists({SK})")),
    }
}
