//! Events.

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use profiles_domain::{AccountId, Error, Event, EventId, Identity, Slot};
use profiles_normalization::Timestamp;

use super::attributes::{NAME, PROPERTIES};
use super::known::{earlier, remember};
use super::{Home, Kind, Records};
use crate::attributes::{CREATED_AT, ID};
use crate::batches::IdempotencyKey;
use crate::database::{Transaction, incomplete};
use crate::retry::Attempts;
use crate::value::{text, to_attribute};

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
            Ok::<_, Error>(TransactWriteItem::builder().put(put).build())
        };
        let mut attempts = Attempts::new(self.patience);
        loop {
            attempts.next().await?;
            let located = self.locate_or_create(account, identity, now).await?;
            let mut actions = vec![located.home.check(self.database, account)?, event(located.home)?];
            if let Some(key) = key {
                actions.push(remember(self.database, account, OF, key, id, now)?);
            }
            let Transaction::Refused(refused) = self.database.transact(actions).await? else { return Ok(id) };
            if let Some((key, known)) = key.zip(refused.into_iter().nth(2).flatten()) {
                return earlier(&known, key);
            }
            // The profile was merged, cleared or forgotten since it was read.
        }
    }
}
