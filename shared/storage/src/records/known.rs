//! Requests that may come twice, known by a key the second time.

use std::time::Duration;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use profiles_domain::{AccountId, Error, Id};
use profiles_normalization::Timestamp;

use super::attributes::{BODY, RECORD_ID};
use crate::attributes::{EXPIRES_AT, PK};
use crate::batches::IdempotencyKey;
use crate::database::{Database, incomplete};
use crate::item::Item;
use crate::keys;
use crate::value::{expiry, text};

/// The action that remembers `key`, unless it is known.
pub(super) fn remember(
    database: &Database,
    account: AccountId,
    of: &str,
    key: &IdempotencyKey,
    record: impl ToString,
    now: Timestamp,
) -> Result<TransactWriteItem, Error> {
    let put = Put::builder()
        .table_name(&database.tables.activities)
        .set_item(Some(keys::known(account, of, &key.key)))
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

/// The record that was made of the same request before.
///
/// # Errors
/// `KeyIsTaken` when it was another one.
pub(super) fn earlier<Kind>(known: &Item, key: &IdempotencyKey) -> Result<Id<Kind>, Error> {
    if known.bytes(BODY) != Some(&key.body) {
        return Err(Error::KeyIsTaken);
    }
    known.text(RECORD_ID).and_then(|id| id.parse().ok()).ok_or_else(|| Error::Defect("a known key has no record".into()))
}
