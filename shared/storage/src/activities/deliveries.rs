//! Deliveries: experiences that are to be shown to a user.
//!
//! The profile lists its pending deliveries, and each has a record of its own; both change together. A delivery's id ends in the
//! slot of its profile, so it leads there.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{
    AttributeValue, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update, builders::UpdateBuilder,
};
use profiles_domain::{AccountId, Delivery, DeliveryId, DeliveryOrder, Error, Identity, MAX_DELIVERIES, Model, ModelKind, ProfileId};
use profiles_normalization::Timestamp;

use super::Records;
use super::attributes::{FROM, MODEL_ID, MODEL_KIND, ONCE, UNTIL};
use crate::dynamo::database::{Transaction, incomplete};
use crate::dynamo::item::Item;
use crate::dynamo::retry::Attempts;
use crate::dynamo::value::{number, text};
use crate::idempotency::IdempotencyKey;
use crate::idempotency::{is_same, known, remember_with};
use crate::schema::attributes::{CREATED_AT, DELIVERY_IDS, ID, LAST_DELIVERY, PK, PROFILE, REV};
use crate::schema::generation::{Home, Kind};
use crate::schema::keys;

/// What a key is for.
const OF: &str = "delivery";

impl Records<'_> {
    /// Orders a delivery to a profile that is there.
    ///
    /// # Errors
    /// `ProfileNotFound`, `TooManyDeliveries`, `KeyIsTaken`, or what the database says.
    pub async fn deliver(
        &self,
        account: AccountId,
        identity: &Identity,
        order: DeliveryOrder,
        key: Option<&IdempotencyKey>,
        now: Timestamp,
    ) -> Result<Delivery, Error> {
        let mut attempts = Attempts::new(self.patience);
        loop {
            attempts.next().await?;
            let located = match self.locate(account, identity).await {
                Ok(located) => located,
                // Whatever became of the user since: an order that is known is answered as the first time.
                Err(error @ (Error::ProfileNotFound(_) | Error::ProfilesDiffer(..))) => {
                    let Some(key) = key else { return Err(error) };
                    let known = known(self.database, account, OF, key, now).await?;
                    return known.map_or(Err(error), |known| earlier(&known, key));
                }
                Err(error) => return Err(error),
            };
            let home = located.home;
            // Nor is it the id of the profile, which has the same slot.
            let last = located.item.number(LAST_DELIVERY).unwrap_or(0).max(home.profile.seconds());
            let id = DeliveryId::created_after(Some(last), now, home.profile.slot());
            let stored = stored(id, &order, now);
            let mut actions = vec![self.list_it(account, home, id)?, self.put_delivery(account, home, id, stored.clone())?];
            if let Some(key) = key {
                let answered = stored.into_iter().chain([(PROFILE.to_owned(), text(home.profile))]).collect();
                actions.push(remember_with(self.database, account, OF, key, id, answered, now)?);
            }
            let mut refused = match self.database.transact(actions).await? {
                Transaction::Done => return Ok(Delivery { id, created_at: now.to_string(), profile: home.profile, order }),
                Transaction::Refused(refused) => refused.into_iter(),
            };
            let (profile, known) = (refused.next().flatten(), refused.nth(1).flatten());
            if let Some((key, known)) = key.zip(known) {
                return earlier(&known, key);
            }
            let is_full = |profile: &Item| Home::own(profile) == Some(home) && profile.list(DELIVERY_IDS).len() >= MAX_DELIVERIES;
            if profile.as_ref().is_some_and(is_full) && !self.withdraw_expired(account, identity, now).await? {
                return Err(Error::TooManyDeliveries);
            }
            // There is room now, or the profile changed since it was read.
        }
    }

    /// The deliveries that are pending for a profile, in their order.
    ///
    /// # Errors
    /// `ProfileNotFound`, or what the database says.
    pub async fn deliveries(&self, account: AccountId, identity: &Identity) -> Result<Vec<Delivery>, Error> {
        let located = self.locate(account, identity).await?;
        let mut stored = Vec::new();
        for home in Home::all(&located.item) {
            stored.extend(self.all_of(account, home, Kind::Delivery).await?);
        }
        let find = |id: &str| stored.iter().find(|record| record.text(ID) == Some(id));
        Ok(located.item.list(DELIVERY_IDS).into_iter().filter_map(|id| read(find(id)?, located.home.profile)).collect())
    }

    /// One delivery, if it is pending.
    ///
    /// # Errors
    /// What the database says.
    pub async fn delivery(&self, account: AccountId, id: DeliveryId) -> Result<Option<Delivery>, Error> {
        let Some(pending) = self.pending(account, id).await? else { return Ok(None) };
        let record = self.database.get(&self.database.tables.activities, pending.home.key(account, Kind::Delivery, id)).await?;
        Ok(read(&record, pending.profile))
    }

    /// Takes a delivery back, and returns it; `None` when it isn't pending.
    ///
    /// # Errors
    /// What the database says.
    pub async fn withdraw(&self, account: AccountId, id: DeliveryId) -> Result<Option<Delivery>, Error> {
        let mut attempts = Attempts::new(self.patience);
        loop {
            attempts.next().await?;
            let Some(pending) = self.pending(account, id).await? else { return Ok(None) };
            let key = pending.home.key(account, Kind::Delivery, id);
            let record = self.database.get(&self.database.tables.activities, key.clone()).await?;
            let place = format!("{DELIVERY_IDS}[{}]", pending.place);
            let unlist = self
                .update_profile(account, pending.profile)
                .update_expression(format!("REMOVE {place} ADD {REV} :one"))
                .condition_expression(format!("{ID} = :profile AND {place} = :delivery"))
                .expression_attribute_values(":profile", text(pending.profile))
                .expression_attribute_values(":delivery", text(id))
                .expression_attribute_values(":one", number(1_u64))
                .build()
                .map_err(incomplete)?;
            let delete = Delete::builder().table_name(&self.database.tables.activities).set_key(Some(key)).build().map_err(incomplete)?;
            let actions = vec![TransactWriteItem::builder().update(unlist).build(), TransactWriteItem::builder().delete(delete).build()];
            if let Transaction::Done = self.database.transact(actions).await? {
                return Ok(read(&record, pending.profile));
            }
            // The list changed since it was read.
        }
    }

    /// Takes back what a profile need not be shown any more. False: there is no such delivery.
    async fn withdraw_expired(&self, account: AccountId, identity: &Identity, now: Timestamp) -> Result<bool, Error> {
        let mut expired = self.deliveries(account, identity).await?;
        expired.retain(|delivery| delivery.order.until.is_some_and(|until| until < now));
        for delivery in &expired {
            self.withdraw(account, delivery.id).await?;
        }
        Ok(!expired.is_empty())
    }

    /// The action that puts a delivery on its profile's list, if there is room.
    fn list_it(&self, account: AccountId, home: Home, id: DeliveryId) -> Result<TransactWriteItem, Error> {
        let (condition, values) = home.condition();
        let values = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let update = self
            .update_profile(account, home.profile)
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
            .build()
            .map_err(incomplete)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    fn update_profile(&self, account: AccountId, profile: ProfileId) -> UpdateBuilder {
        Update::builder()
            .table_name(&self.database.tables.profiles)
            .set_key(Some(keys::slot(account, profile.slot())))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
    }

    fn put_delivery(
        &self,
        account: AccountId,
        home: Home,
        id: DeliveryId,
        stored: HashMap<String, AttributeValue>,
    ) -> Result<TransactWriteItem, Error> {
        let put = Put::builder()
            .table_name(&self.database.tables.activities)
            .set_item(Some(home.key(account, Kind::Delivery, id).into_iter().chain(stored).collect()))
            .condition_expression(format!("attribute_not_exists({PK})"));
        Ok(TransactWriteItem::builder().put(put.build().map_err(incomplete)?).build())
    }

    /// Where a delivery is, if it is pending.
    async fn pending(&self, account: AccountId, id: DeliveryId) -> Result<Option<Pending>, Error> {
        let mut item = self.database.slot(account, id.slot()).await?;
        if let Some(survivor) = item.alias_of() {
            item = self.database.slot(account, survivor.slot()).await?;
        }
        let Some(profile) = item.id() else { return Ok(None) };
        let listed = id.to_string();
        let place = item.list(DELIVERY_IDS).iter().position(|known| *known == listed);
        let home = Home::all(&item).into_iter().find(|home| home.profile.slot() == id.slot());
        Ok(place.zip(home).map(|(place, home)| Pending { profile, place, home }))
    }
}

/// Where a pending delivery is.
struct Pending {
    /// The profile that it is for.
    profile: ProfileId,
    /// Its place in the profile's list.
    place: usize,
    /// Where its record is.
    home: Home,
}

/// The attributes of a delivery.
fn stored(id: DeliveryId, order: &DeliveryOrder, now: Timestamp) -> HashMap<String, AttributeValue> {
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
fn earlier(known: &Item, key: &IdempotencyKey) -> Result<Delivery, Error> {
    is_same(known, key)?;
    let profile = known.text(PROFILE).and_then(|id| id.parse().ok());
    profile.and_then(|profile| read(known, profile)).ok_or_else(|| Error::Defect("a known key has no delivery".into()))
}

/// The delivery that a record is of; `None` when it is of none.
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
