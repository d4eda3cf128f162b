//! Events.

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use profiles_domain::{AccountId, Error, Event, EventId, Identity, Slot};
use profiles_normalization::Timestamp;

use super::Records;
use super::attributes::{NAME, PROPERTIES};
use super::recording::{Key, Recorded};
use crate::dynamo::database::incomplete;
use crate::dynamo::value::{text, to_attribute};
use crate::idempotency::IdempotencyKey;
use crate::idempotency::earlier;
use crate::schema::attributes::{CREATED_AT, ID};
use crate::schema::generation::{Home, Kind};

/// What a key is for.
const OF: &str = "event";

impl Records<'_> {
    /// Records an event of the profile that `identity` names. Who has only a uid or address and is new is created.
    ///
    /// # Errors
    /// `ProfileNotFound` for an unknown id, `Conflict` as in an upsert, `KeyIsTaken`, `ItemTooLarge`, or what the database says.
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
        let event = |home: Home| {
            let put = Put::builder()
                .table_name(&self.database.tables.activities)
                .set_item(Some(home.key(account, Kind::Event, id)))
                .item(ID, text(id))
                .item(CREATED_AT, text(now))
                .item(NAME, text(&event.name))
                .item(PROPERTIES, properties.clone())
                .build()
                .map_err(incomplete)?;
            Ok(vec![TransactWriteItem::builder().put(put).build()])
        };
        let known_by = key.map(|key| Key { key, of: OF, record: id.to_string() });
        match (self.record(account, identity, known_by, &event, now).await?, key) {
            (Recorded::Before(known), Some(key)) => earlier(&known, key),
            (Recorded::Now | Recorded::Before(_), _) => Ok(id),
        }
    }
}
