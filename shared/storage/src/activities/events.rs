//! Tracking events.

use std::sync::{Mutex, PoisonError};

use aws_sdk_dynamodb::types::{AttributeValue, Put};
use profiles_domain::{AccountId, Error, Event, EventId, Identity, PropertyKind, Slot};
use profiles_normalization::Timestamp;

use super::attributes::{NAME, PROPERTIES};
use super::record::{RecordKey, Recorded};
use super::{Activities, experiences};
use crate::dynamo::transaction::Transaction;
use crate::dynamo::value::{text, to_attribute};
use crate::idempotency::{ActivityKey, IdempotencyKey, record_of};
use crate::properties::Owner;
use crate::schema::attributes::{CREATED_AT, ID};
use crate::schema::generation::{Generation, RecordKind};
use crate::schema::sums::Summed;

/// The purpose of an event's idempotency key.
const PURPOSE: &str = "event";

/// An event that is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tracked {
    /// Its id.
    pub id: EventId,
    /// Whether it is in the sums by which users are found: there is room for a limited number of names.
    pub is_summed: bool,
}

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
    ) -> Result<Tracked, Error> {
        let key = key.map(|key| ActivityKey { key, purpose: PURPOSE });
        self.record_event(account, identity, event, key, now).await
    }

    /// Records an event that a webhook tells of, once.
    ///
    /// # Errors
    /// As `track`.
    pub async fn track_webhook(
        &self,
        account: AccountId,
        identity: &Identity,
        event: Event,
        webhook_id: &str,
        now: Timestamp,
    ) -> Result<Tracked, Error> {
        let key = experiences::key_of(webhook_id);
        let key = ActivityKey { key: &key, purpose: experiences::PURPOSE };
        self.record_event(account, identity, event, Some(key), now).await
    }

    async fn record_event(
        &self,
        account: AccountId,
        identity: &Identity,
        event: Event,
        key: Option<ActivityKey<'_>>,
        now: Timestamp,
    ) -> Result<Tracked, Error> {
        let news = self.registry.news(account, PropertyKind::Event, &event.properties, &event.cut, now);
        let id = EventId::created_at(now, Slot::from_random(rand::random()));
        let properties = AttributeValue::M(event.properties.into_iter().map(|(name, value)| (name, to_attribute(value))).collect());
        // That of the last attempt.
        let recorded_in = Mutex::new(None);
        let add = |transaction: &mut Transaction, generation: Generation| {
            *recorded_in.lock().unwrap_or_else(PoisonError::into_inner) = Some(generation);
            let put = Put::builder()
                .table_name(&self.database.tables.activities)
                .set_item(Some(generation.key(account, RecordKind::Event, id)))
                .item(ID, text(id))
                .item(CREATED_AT, text(now))
                .item(NAME, text(&event.name))
                .item(PROPERTIES, properties.clone());
            transaction.add(put)?;
            Ok(Vec::new())
        };
        let record_key = key.map(|key| RecordKey { key, record: id.to_string() });
        let summed = Summed::event(&event.name);
        match (self.record(account, identity, (record_key, summed), &add, now).await?, key) {
            (Recorded::Before(stored), Some(key)) => Ok(Tracked { id: record_of(&stored, key.key)?, is_summed: true }),
            (Recorded::Before(_), None) => Err(Error::Defect("an event without a key was recorded before".into())),
            (Recorded::Now { is_summed }, _) => {
                if let Some(generation) = recorded_in.into_inner().unwrap_or_else(PoisonError::into_inner) {
                    self.registry.tell(self.database, account, vec![(news, Owner::Generation(generation))], now).await;
                }
                Ok(Tracked { id, is_summed })
            }
        }
    }
}
