//! Tracking events.

use aws_sdk_dynamodb::types::{AttributeValue, Put};
use profiles_domain::{AccountId, Error, Event, EventId, Identity, Slot};
use profiles_normalization::Timestamp;

use super::Activities;
use super::attributes::{NAME, PROPERTIES};
use super::record::{RecordKey, Recorded};
use crate::dynamo::transaction::Transaction;
use crate::dynamo::value::{text, to_attribute};
use crate::idempotency::{ActivityKey, IdempotencyKey, record_of};
use crate::schema::attributes::{CREATED_AT, ID};
use crate::schema::generation::{Generation, RecordKind};

/// The purpose of an event's idempotency key.
const PURPOSE: &str = "event";

impl Activities<'_> {
    /// Records an event of the profile that `identity` names. A profile that has only a uid or address and is new is created.
    ///
    /// # Errors
    /// `ProfileNotFound` for an unknown id, `Conflict` as in an upsert, `KeyIsTaken`, `ItemTooLarge`, or those of the database.
    pub async fn track(
        &self,
        account: AccountId,
        identity: &Identity,
        event: Event,
        key: Option<&IdempotencyKey>,
        now: Timestamp,
    ) -> Result<EventId, Error> {
        let id = EventId::created_at(now, Slot::from_random(rand::random()));
        let properties = AttributeValue::M(event.properties.into_iter().map(|(name, value)| (name, to_attribute(value))).collect());
        let add = |transaction: &mut Transaction, generation: Generation| {
            let put = Put::builder()
                .table_name(&self.database.tables.activities)
                .set_item(Some(generation.key(account, RecordKind::Event, id)))
                .item(ID, text(id))
                .item(CREATED_AT, text(now))
                .item(NAME, text(&event.name))
                .item(PROPERTIES, properties.clone());
            transaction.add(put).map(drop)
        };
        let record_key = key.map(|key| RecordKey { key: ActivityKey { key, purpose: PURPOSE }, record: id.to_string() });
        match (self.record(account, identity, record_key, &add, now).await?, key) {
            (Recorded::Before(stored), Some(key)) => record_of(&stored, key),
            (Recorded::Now | Recorded::Before(_), _) => Ok(id),
        }
    }
}
