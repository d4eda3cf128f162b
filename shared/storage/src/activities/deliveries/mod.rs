//! Deliveries: experiences that are to be shown to a user.
//!
//! The profile lists its pending deliveries, and each has a record of its own; both change together, on condition that the list is as it
//! was read. A delivery's id ends in the slot of its profile, so that the profile is found by it. The record of one that was shown stays,
//! and is in no list.

mod change;
mod list;
mod order;
mod record;
mod settle;

pub use list::DeliveriesOf;
pub use order::Ordered;

use aws_sdk_dynamodb::types::builders::{DeleteBuilder, UpdateBuilder};
use aws_sdk_dynamodb::types::{Delete, Update};
use profiles_domain::{AccountId, Delivery, DeliveryId, Error, PendingDelivery};
use profiles_normalization::Timestamp;

use self::record::INTERACTION;
use super::Activities;
use crate::dynamo::item::Item;
use crate::dynamo::read_many::Wanted;
use crate::dynamo::transaction::Transaction;
use crate::dynamo::value::number;
use crate::schema::attributes::{DELIVERY_IDS, ID, INHERITED, LAST_DELIVERY, REV};
use crate::schema::generation::{Generation, RecordKind};
use crate::schema::{delivery_list, keys};

/// A delivery that is pending or was shown, as it was read.
struct Found {
    /// The item of the profile that it is for.
    profile: Item,
    /// The generation that its record is in.
    generation: Generation,
    record: Item,
    delivery: Delivery,
}

impl Activities<'_> {
    /// Reads one delivery, if it is pending or was shown.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn delivery(&self, account: AccountId, id: DeliveryId, now: Timestamp) -> Result<Option<Delivery>, Error> {
        let Some(Found { profile, record, delivery, .. }) = self.find_delivery(account, id, now).await? else { return Ok(None) };
        self.with_interaction(account, &profile, &record, delivery).await.map(Some)
    }

    /// Withdraws a delivery, and returns it; `None` when it is not there.
    ///
    /// # Errors
    /// `DeliveryWasShown`, or those of the database.
    pub async fn withdraw(&self, account: AccountId, id: DeliveryId, now: Timestamp) -> Result<Option<Delivery>, Error> {
        let mut retries = self.database.race_retries();
        loop {
            retries.wait_for_next().await?;
            let Some(found) = self.find_delivery(account, id, now).await? else { return Ok(None) };
            if found.delivery.shown.is_some() {
                return Err(Error::DeliveryWasShown);
            }
            let mut list = found.profile.deliveries();
            list.retain(|listed| listed.id != id);
            let mut transaction = Transaction::default();
            transaction.add(self.relist(account, &found.profile, &list, None)?)?;
            transaction.add(self.remove_delivery(account, found.generation, id))?;
            if self.database.commit(transaction).await?.is_done() {
                return Ok(Some(found.delivery));
            }
            // The list changed since it was read.
        }
    }

    /// Finds a delivery that is pending or was shown.
    async fn find_delivery(&self, account: AccountId, id: DeliveryId, now: Timestamp) -> Result<Option<Found>, Error> {
        let Some((profile, generation, record)) = self.delivery_record(account, id).await? else { return Ok(None) };
        let is_pending = profile.deliveries().iter().any(|listed| listed.id == id && !listed.has_run_out(now));
        let delivery = profile.id().and_then(|holder| record::read(&record, holder));
        let found = delivery.filter(|delivery| is_pending || delivery.shown.is_some());
        Ok(found.map(|delivery| Found { profile, generation, record, delivery }))
    }

    /// Reads the record of a delivery, the item of its profile, and the generation that the record is in.
    async fn delivery_record(&self, account: AccountId, id: DeliveryId) -> Result<Option<(Item, Generation, Item)>, Error> {
        let profile = self.holder_at(account, id.slot()).await?;
        let Some(generation) = generation_of(&profile, id) else { return Ok(None) };
        let record = self.database.get(&self.database.tables.activities, generation.key(account, RecordKind::Delivery, id)).await?;
        Ok(Some((profile, generation, record)))
    }

    /// Returns a delivery with the interaction that its user had with what was shown.
    async fn with_interaction(&self, account: AccountId, profile: &Item, record: &Item, mut delivery: Delivery) -> Result<Delivery, Error> {
        if let (Some(shown), Some(name)) = (&mut delivery.shown, record.text(INTERACTION)) {
            let mut wanted = Wanted::default();
            for generation in Generation::all(profile) {
                wanted.add(&self.database.tables.activities, generation.key(account, RecordKind::Interaction, name));
            }
            let found = self.database.get_many(wanted).await?;
            shown.interaction = found.items().filter_map(|interaction| interaction.text(ID)).min().and_then(|id| id.parse().ok());
        }
        Ok(delivery)
    }

    /// The action that replaces the list of a profile, on condition that it is as it was seen, in the same generation. `new` is a delivery
    /// that is listed for the first time.
    fn relist(&self, account: AccountId, seen: &Item, list: &[PendingDelivery], new: Option<DeliveryId>) -> Result<UpdateBuilder, Error> {
        let generation = Generation::current(seen).ok_or_else(|| malformed("a profile"))?;
        let (mut condition, mut values) = generation.condition();
        let mut as_seen = |name: &str, value: &str| match seen.0.get(name) {
            Some(seen) => {
                values.insert(value.to_owned(), seen.clone());
                condition.push_str(&format!(" AND {name} = {value}"));
            }
            None => condition.push_str(&format!(" AND attribute_not_exists({name})")),
        };
        as_seen(DELIVERY_IDS, ":seen");
        let mut set = format!("SET {DELIVERY_IDS} = :list");
        if let Some(new) = new {
            // No profile was merged into this one since, which may have had an order under the same key.
            as_seen(INHERITED, ":inherited");
            // No id is given twice, even within one second.
            condition.push_str(&format!(" AND (attribute_not_exists({LAST_DELIVERY}) OR {LAST_DELIVERY} < :seconds)"));
            set.push_str(&format!(", {LAST_DELIVERY} = :seconds"));
            values.insert(":seconds".to_owned(), number(new.seconds()));
        }
        values.extend([(":list".to_owned(), delivery_list::stored(list)), (":one".to_owned(), number(1_u64))]);
        Ok(Update::builder()
            .table_name(&self.database.tables.profiles)
            .set_key(Some(keys::slot(account, generation.profile.slot())))
            .update_expression(format!("{set} ADD {REV} :one"))
            .condition_expression(condition)
            .set_expression_attribute_values(Some(values)))
    }

    /// The action that removes the record of a delivery.
    fn remove_delivery(&self, account: AccountId, generation: Generation, id: DeliveryId) -> DeleteBuilder {
        Delete::builder().table_name(&self.database.tables.activities).set_key(Some(generation.key(account, RecordKind::Delivery, id)))
    }
}

/// The generation of a profile that a delivery's record is in.
fn generation_of(profile: &Item, id: DeliveryId) -> Option<Generation> {
    Generation::all(profile).into_iter().find(|generation| generation.profile.slot() == id.slot())
}

/// The list of a profile without those whose time is over, and those.
fn split(profile: &Item, now: Timestamp) -> (Vec<PendingDelivery>, Vec<PendingDelivery>) {
    profile.deliveries().into_iter().partition(|listed| !listed.has_run_out(now))
}

/// The error of an item that lacks what each of its kind has.
fn malformed(what: &str) -> Error {
    Error::Defect(format!("{what} is malformed"))
}
