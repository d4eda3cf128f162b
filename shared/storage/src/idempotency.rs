//! Idempotency keys: a request that is sent again under its key is answered as it was the first time, and nothing is stored twice.

use std::time::Duration;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::builders::PutBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Put};
use profiles_domain::{AccountId, Error, Id};
use profiles_normalization::Timestamp;

use crate::dynamo::database::Database;
use crate::dynamo::item::{Attributes, Item};
use crate::dynamo::value::{expiry, text};
use crate::schema::attributes::{BODY, EXPIRES_AT, PK, RECORD_ID};
use crate::schema::keys;

/// The key that a client sends with a request, so that it may send the request again when it is not sure of the answer.
pub struct IdempotencyKey {
    /// The key.
    pub key: String,
    /// The SHA-256 of the request's body.
    pub body: [u8; 32],
    /// How long the key is remembered.
    pub lasts: Duration,
}

/// The condition under which a key is stored: it is not there, or has expired. DynamoDB deletes what expired, but not at once.
pub(crate) fn vacant(now: Timestamp) -> (String, Attributes) {
    let values = Attributes::from([(":now".to_owned(), expiry(now, Duration::ZERO))]);
    (format!("attribute_not_exists({PK}) OR {EXPIRES_AT} <= :now"), values)
}

/// Whether a stored key has not expired yet.
pub(crate) fn is_valid(stored: &Item, now: Timestamp) -> bool {
    stored.number::<i64>(EXPIRES_AT).is_some_and(|expires| expires > now.unix_seconds())
}

/// The key of a request that records an activity.
#[derive(Clone, Copy)]
pub(crate) struct ActivityKey<'a> {
    pub(crate) key: &'a IdempotencyKey,
    /// The kind of request. The same key may be used for another kind.
    pub(crate) purpose: &'static str,
}

impl ActivityKey<'_> {
    /// The action that stores the key with the record's id and, if need be, more of the answer. It is refused while the key is valid.
    pub(crate) fn put(
        &self,
        database: &Database,
        account: AccountId,
        record: impl ToString,
        answer: Attributes,
        now: Timestamp,
    ) -> PutBuilder {
        let (condition, values) = vacant(now);
        Put::builder()
            .table_name(&database.tables.activities)
            .set_item(Some(keys::activity_key(account, self.purpose, &self.key.key).into_iter().chain(answer).collect()))
            .item(BODY, AttributeValue::B(Blob::new(self.key.body)))
            .item(RECORD_ID, text(record))
            .item(EXPIRES_AT, expiry(now, self.key.lasts))
            .condition_expression(condition)
            .set_expression_attribute_values(Some(values))
    }

    /// Reads what is stored under the key; `None` when nothing valid is.
    pub(crate) async fn look_up(&self, database: &Database, account: AccountId, now: Timestamp) -> Result<Option<Item>, Error> {
        let stored = database.get(&database.tables.activities, keys::activity_key(account, self.purpose, &self.key.key)).await?;
        Ok(Some(stored).filter(|stored| is_valid(stored, now)))
    }
}

/// Checks that a stored key was sent with the same body.
///
/// # Errors
/// `KeyIsTaken` when it was sent with another one.
pub(crate) fn check_body(stored: &Item, key: &IdempotencyKey) -> Result<(), Error> {
    if stored.bytes(BODY) == Some(&key.body) { Ok(()) } else { Err(Error::KeyIsTaken) }
}

/// The id of the record that the same request made before.
///
/// # Errors
/// `KeyIsTaken` when the key was sent with another body.
pub(crate) fn record_of<Kind>(stored: &Item, key: &IdempotencyKey) -> Result<Id<Kind>, Error> {
    check_body(stored, key)?;
    stored.text(RECORD_ID).and_then(|id| id.parse().ok()).ok_or_else(|| Error::Defect("a stored idempotency key has no record".into()))
}
