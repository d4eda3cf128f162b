//! Requests that may come twice, known by a key the second time.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use profiles_domain::{AccountId, Error, Id};
use profiles_normalization::Timestamp;

use crate::dynamo::database::{Database, incomplete};
use crate::dynamo::item::Item;
use crate::dynamo::value::{expiry, text};
use crate::schema::attributes::{BODY, EXPIRES_AT, PK, RECORD_ID};
use crate::schema::keys;

/// What a client sends along, so that a batch it is not sure of may be sent again.
pub struct IdempotencyKey {
    /// The key.
    pub key: String,
    /// The SHA-256 of what was sent with it.
    pub body: [u8; 32],
    /// How long the key is remembered.
    pub lasts: Duration,
}

/// The action that remembers `key`, unless it is known.
pub(crate) fn remember(
    database: &Database,
    account: AccountId,
    of: &str,
    key: &IdempotencyKey,
    record: impl ToString,
    now: Timestamp,
) -> Result<TransactWriteItem, Error> {
    remember_with(database, account, of, key, record, HashMap::new(), now)
}

/// The same, with what the request was answered besides.
pub(crate) fn remember_with(
    database: &Database,
    account: AccountId,
    of: &str,
    key: &IdempotencyKey,
    record: impl ToString,
    answered: HashMap<String, AttributeValue>,
    now: Timestamp,
) -> Result<TransactWriteItem, Error> {
    let put = Put::builder()
        .table_name(&database.tables.activities)
        .set_item(Some(keys::known(account, of, &key.key).into_iter().chain(answered).collect()))
        .item(BODY, AttributeValue::B(Blob::new(key.body)))
        .item(RECORD_ID, text(record))
        .item(EXPIRES_AT, expiry(now, key.lasts))
        // DynamoDB deletes what expired, but not at once.
        .condition_expression(format!("attribute_not_exists({PK}) OR {EXPIRES_AT} <= :now"))
        .expression_attribute_values(":now", expiry(now, Duration::ZERO))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build()
        .map_err(incomplete)?;
    Ok(TransactWriteItem::builder().put(put).build())
}

/// What is remembered of a key, unless it is over.
pub(crate) async fn known(
    database: &Database,
    account: AccountId,
    of: &str,
    key: &IdempotencyKey,
    now: Timestamp,
) -> Result<Option<Item>, Error> {
    let item = database.get(&database.tables.activities, keys::known(account, of, &key.key)).await?;
    // DynamoDB deletes what expired, but not at once.
    Ok(Some(item).filter(|item| item.number::<i64>(EXPIRES_AT).is_some_and(|expires| expires > now.unix_seconds())))
}

/// Whether the request that a key is known by is this one.
///
/// # Errors
/// `KeyIsTaken` when it was another one.
pub(crate) fn is_same(known: &Item, key: &IdempotencyKey) -> Result<(), Error> {
    if known.bytes(BODY) == Some(&key.body) { Ok(()) } else { Err(Error::KeyIsTaken) }
}

/// The record that was made of the same request before.
///
/// # Errors
/// `KeyIsTaken` when it was another one.
pub(crate) fn earlier<Kind>(known: &Item, key: &IdempotencyKey) -> Result<Id<Kind>, Error> {
    is_same(known, key)?;
    known.text(RECORD_ID).and_then(|id| id.parse().ok()).ok_or_else(|| Error::Defect("a known key has no record".into()))
}
