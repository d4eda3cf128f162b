//! Deliveries: experiences that are to be shown to a user.
//!
//! The profile lists its pending deliveries, and each has a record of its own; both change together. A delivery's id ends in the
//! slot of its profile, so that the profile is found by it.

use aws_sdk_dynamodb::types::builders::{PutBuilder, UpdateBuilder};
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, Update};
use profiles_domain::{AccountId, Delivery, DeliveryId, DeliveryOrder, Error, Identity, MAX_DELIVERIES, Model, ModelKind, ProfileId};
use profiles_normalization::Timestamp;

use super::Activities;
use super::attributes::{FROM, MODEL_ID, MODEL_KIND, ONCE, UNTIL};
use crate::dynamo::item::{Attributes, Item};
use crate::dynamo::transaction::{Committed, Transaction};
use crate::dynamo::value::{number, text};
use crate::idempotency::{ActivityKey, IdempotencyKey, check_body};
use crate::schema::attributes::{CREATED_AT, DELIVERY_IDS, ID, LAST_DELIVERY, PK, PROFILE, REV};
use crate::schema::generation::{Generation, RecordKind};
use crate::schema::keys;

/// The purpose of a delivery's idempotency key.
const PURPOSE: &str = "delivery";

impl Activities<'_> {
    /// Orders a delivery to a profile that is there.
    ///
    /// # Errors
    /// `ProfileNotFound`, `TooManyDeliveries`, `KeyIsTaken`, or those of the database.
    pub async fn deliver(
        &self,
        account: AccountId,
        identity: &Identity,
        order: DeliveryOrder,
        key: Option<&IdempotencyKey>,
        now: Timestamp,
    ) -> Result<Delivery, Error> {
        let key = key.map(|key| ActivityKey { key, purpose: PURPOSE });
        let mut retries = self.database.race_retries();
        loop {
            retries.wait_for_next().await?;
            let located = match self.locate(account, identity).await {
                Ok(located) => located,
                // An order that is known is answered as the first time, whatever happened to the user since.
                Err(error @ (Error::ProfileNotFound(_) | Error::ProfilesDiffer(..))) => {
                    let Some(key) = key else { return Err(error) };
                    let stored = key.look_up(self.database, account, now).await?;
                    return stored.map_or(Err(error), |stored| answered_before(&stored, key.key));
                }
                Err(error) => return Err(error),
            };
            let generation = located.generation;
            // The profile has the same slot, so its id must not be given either.
            let last = located.item.number(LAST_DELIVERY).unwrap_or(0).max(generation.profile.seconds());
            let id = DeliveryId::created_after(Some(last), now, generation.profile.slot());
            let stored = stored(id, &order, now);
            let mut transaction = Transaction::default();
            let listed = transaction.add(self.list_it(account, generation, id))?;
            transaction.add(self.put_delivery(account, generation, id, stored.clone()))?;
            let remembered = match key {
                Some(key) => {
                    let answer = stored.into_iter().chain([(PROFILE.to_owned(), text(generation.profile))]).collect();
                    Some((key, transaction.add(key.put(self.database, account, id, answer, now))?))
                }
                None => None,
            };
            let mut refused = match self.database.commit(transaction).await? {
                Committed::Done => return Ok(Delivery { id, created_at: now.to_string(), profile: generation.profile, order }),
                Committed::Refused(refused) => refused,
            };
            if let Some((key, stored)) = remembered.and_then(|(key, action)| Some((key, refused.take(action)?))) {
                return answered_before(&stored, key.key);
            }
            let is_full =
                |profile: &Item| Generation::current(profile) == Some(generation) && profile.list(DELIVERY_IDS).len() >= MAX_DELIVERIES;
            if refused.get(listed).is_some_and(is_full) && !self.withdraw_expired(account, identity, now).await? {
                return Err(Error::TooManyDeliveries);
            }
            // There is room now, or the profile changed since it was read.
        }
    }

    /// Lists the deliveries that are pending for a profile, in their order.
    ///
    /// # Errors
    /// `ProfileNotFound`, or those of the database.
    pub async fn deliveries(&self, account: AccountId, identity: &Identity) -> Result<Vec<Delivery>, Error> {
        let located = self.locate(account, identity).await?;
        let mut stored = Vec::new();
        for generation in Generation::all(&located.item) {
            stored.extend(generation.records(self.database, account, RecordKind::Delivery).await?);
        }
        let find = |id: &str| stored.iter().find(|record| record.text(ID) == Some(id));
        Ok(located.item.list(DELIVERY_IDS).into_iter().filter_map(|id| read(find(id)?, located.generation.profile)).collect())
    }

    /// Reads one delivery, if it is pending.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn delivery(&self, account: AccountId, id: DeliveryId) -> Result<Option<Delivery>, Error> {
        let Some(pending) = self.pending(account, id).await? else { return Ok(None) };
        let record = self.database.get(&self.database.tables.activities, pending.generation.key(account, RecordKind::Delivery, id)).await?;
        Ok(read(&record, pending.profile))
    }

    /// Withdraws a delivery, and returns it; `None` when it is not pending.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn withdraw(&self, account: AccountId, id: DeliveryId) -> Result<Option<Delivery>, Error> {
        let mut retries = self.database.race_retries();
        loop {
            retries.wait_for_next().await?;
            let Some(pending) = self.pending(account, id).await? else { return Ok(None) };
            let key = pending.generation.key(account, RecordKind::Delivery, id);
            let record = self.database.get(&self.database.tables.activities, key.clone()).await?;
            let place = format!("{DELIVERY_IDS}[{}]", pending.place);
            let unlist = self
                .update_profile(account, pending.profile)
                .update_expression(format!("REMOVE {place} ADD {REV} :one"))
                .condition_expression(format!("{ID} = :profile AND {place} = :delivery"))
                .expression_attribute_values(":profile", text(pending.profile))
                .expression_attribute_values(":delivery", text(id))
                .expression_attribute_values(":one", number(1_u64));
            let mut transaction = Transaction::default();
            transaction.add(unlist)?;
            transaction.add(Delete::builder().table_name(&self.database.tables.activities).set_key(Some(key)))?;
            if self.database.commit(transaction).await?.is_done() {
                return Ok(read(&record, pending.profile));
            }
            // The list changed since it was read.
        }
    }

    /// Withdraws the deliveries of a profile whose time is over. False: there are none.
    async fn withdraw_expired(&self, account: AccountId, identity: &Identity, now: Timestamp) -> Result<bool, Error> {
        let mut expired = self.deliveries(account, identity).await?;
        expired.retain(|delivery| delivery.order.until.is_some_and(|until| until < now));
        for delivery in &expired {
            self.withdraw(account, delivery.id).await?;
        }
        Ok(!expired.is_empty())
    }

    /// The action that puts a delivery on its profile's list, if there is room.
    fn list_it(&self, account: AccountId, generation: Generation, id: DeliveryId) -> UpdateBuilder {
        let (condition, values) = generation.condition();
        self.update_profile(account, generation.profile)
            .set_expression_attribute_values(Some(values))
            .update_expression(format!(
                "SET {DELIVERY_IDS} = list_append(if_not_exists({DELIVERY_IDS}, :none), :new), {LAST_DELIVERY} = :seconds ADD {REV} :one"
            ))
            // No id is given twice, even within one second.
            .condition_expression(format!(
                "{condition} AND (attribute_not_exists({DELIVERY_IDS}) OR size({DELIVERY_IDS}) < :most) \
                 AND (attribute_not_exists({LAST_DELIVERY}) OR {LAST_DELIVERY} < :seconds)"
            ))
            .expression_attribute_values(":none", AttributeValue::L(Vec::new()))
            .expression_attribute_values(":new", AttributeValue::L(vec![text(id)]))
            .expression_attribute_values(":seconds", number(id.seconds()))
            .expression_attribute_values(":most", number(MAX_DELIVERIES as u64))
            .expression_attribute_values(":one", number(1_u64))
    }

    fn update_profile(&self, account: AccountId, profile: ProfileId) -> UpdateBuilder {
        Update::builder().table_name(&self.database.tables.profiles).set_key(Some(keys::slot(account, profile.slot())))
    }

    fn put_delivery(&self, account: AccountId, generation: Generation, id: DeliveryId, stored: Attributes) -> PutBuilder {
        Put::builder()
            .table_name(&self.database.tables.activities)
            .set_item(Some(generation.key(account, RecordKind::Delivery, id).into_iter().chain(stored).collect()))
            .condition_expression(format!("attribute_not_exists({PK})"))
    }

    /// Finds where a delivery is, if it is pending.
    async fn pending(&self, account: AccountId, id: DeliveryId) -> Result<Option<Pending>, Error> {
        let mut item = self.database.slot(account, id.slot()).await?;
        if let Some(survivor) = item.alias_of() {
            item = self.database.slot(account, survivor.slot()).await?;
        }
        let Some(profile) = item.id() else { return Ok(None) };
        let listed = id.to_string();
        let place = item.list(DELIVERY_IDS).iter().position(|known| *known == listed);
        let generation = Generation::all(&item).into_iter().find(|generation| generation.profile.slot() == id.slot());
        Ok(place.zip(generation).map(|(place, generation)| Pending { profile, place, generation }))
    }
}

/// The place of a pending delivery.
struct Pending {
    /// The profile that it is for.
    profile: ProfileId,
    /// Its place in the profile's list.
    place: usize,
    /// The generation that its record is in.
    generation: Generation,
}

/// The attributes of a delivery.
fn stored(id: DeliveryId, order: &DeliveryOrder, now: Timestamp) -> Attributes {
    let times = [(FROM, order.from), (UNTIL, order.until)].into_iter().filter_map(|(name, time)| Some((name, text(time?))));
    let all = [
        (ID, text(id)),
        (CREATED_AT, text(now)),
        (MODEL_KIND, text(order.model.kind.as_str())),
        (MODEL_ID, text(&order.model.id)),
        (ONCE, AttributeValue::Bool(order.once)),
    ];
    all.into_iter().chain(times).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The delivery that was ordered by the same request before, as it was answered then.
fn answered_before(stored: &Item, key: &IdempotencyKey) -> Result<Delivery, Error> {
    check_body(stored, key)?;
    let profile = stored.text(PROFILE).and_then(|id| id.parse().ok());
    profile.and_then(|profile| read(stored, profile)).ok_or_else(|| Error::Defect("a stored idempotency key has no delivery".into()))
}

/// Reads the record of a delivery; `None` when it is malformed.
fn read(record: &Item, profile: ProfileId) -> Option<Delivery> {
    let time = |name: &str| record.text(name).and_then(Timestamp::parse_canonical);
    let model = Model { kind: ModelKind::from_word(record.text(MODEL_KIND)?)?, id: record.text(MODEL_ID)?.to_owned() };
    let once = matches!(record.0.get(ONCE), Some(AttributeValue::Bool(true)));
    Some(Delivery {
        id: record.text(ID)?.parse().ok()?,
        created_at: record.text(CREATED_AT)?.to_owned(),
        profile,
        order: DeliveryOrder { model, from: time(FROM), until: time(UNTIL), once },
    })
}
