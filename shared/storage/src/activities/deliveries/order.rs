//! Ordering a delivery. A key makes one order of however many are sent under it, for as long as its user is there and not cleared.

use aws_sdk_dynamodb::types::Put;
use aws_sdk_dynamodb::types::builders::PutBuilder;
use profiles_domain::{AccountId, Delivery, DeliveryId, DeliveryOrder, Error, Identity, PendingDelivery};
use profiles_normalization::Timestamp;

use super::record::{attributes, entry, put, read};
use super::{generation_of, malformed, split};
use crate::activities::Activities;
use crate::activities::locate::Located;
use crate::dynamo::item::Item;
use crate::dynamo::read_many::Wanted;
use crate::dynamo::transaction::{Committed, Transaction};
use crate::schema::attributes::{CREATED_AT, ID, INHERITED, LAST_DELIVERY, PK};
use crate::schema::generation::{Generation, RecordKind};

/// The result of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ordered {
    /// It is ordered now.
    Now(Delivery),
    /// It was ordered before under the same key. This is what has become of it; if it was withdrawn or its time is over, what was ordered.
    Before(Delivery),
}

impl Activities<'_> {
    /// Orders a delivery to a profile that is there.
    ///
    /// # Errors
    /// `ProfileNotFound`, `TooManyDeliveries`, or those of the database.
    pub async fn deliver(
        &self,
        account: AccountId,
        identity: &Identity,
        order: DeliveryOrder,
        key: Option<&str>,
        now: Timestamp,
    ) -> Result<Ordered, Error> {
        let mut retries = self.database.race_retries();
        loop {
            retries.wait_for_next().await?;
            let Located { item, generation } = self.locate(account, identity).await?;
            // The transaction finds out whether the key is in use in the current generation.
            if let Some(key) = key
                && item.0.contains_key(INHERITED)
                && let Some(before) = self.under_key(account, &item, key).await?
            {
                return Ok(Ordered::Before(before));
            }
            // The profile has the same slot, so its id must not be given either.
            let last = item.number(LAST_DELIVERY).unwrap_or(0).max(generation.profile.seconds());
            let id = DeliveryId::created_after(Some(last), now, generation.profile.slot());
            let (mut list, mut removed) = split(&item, now);
            match order.placement.put(&mut list, entry(id, &order)) {
                Ok(dropped) => removed.extend(dropped),
                Err(error) => {
                    let Some(key) = key else { return Err(error) };
                    return self.under_key(account, &item, key).await?.map(Ordered::Before).ok_or(error);
                }
            }
            let delivery = Delivery {
                id,
                created_at: now.to_string(),
                updated_at: now.to_string(),
                profile: generation.profile,
                idempotency_key: key.map(str::to_owned),
                order: order.clone(),
                shown: None,
            };
            let mut transaction = Transaction::default();
            transaction.add(self.relist(account, &item, &list, Some(id))?)?;
            transaction.add(put(self.database, account, generation, &delivery, &Item::default()))?;
            self.remove_all(&mut transaction, account, &item, &removed)?;
            let remembered = match key {
                Some(key) => Some(transaction.add(self.remember(account, generation, key, &delivery))?),
                None => None,
            };
            let Committed::Refused(mut refused) = self.database.commit(transaction).await? else { return Ok(Ordered::Now(delivery)) };
            if let Some(stored) = remembered.and_then(|action| refused.take(action)) {
                return self.become_of(account, generation, &item, &stored).await.map(Ordered::Before);
            }
            // The profile changed since it was read.
        }
    }

    /// Returns the delivery that was ordered to a profile under a key, if there was one.
    ///
    /// # Errors
    /// `ProfileNotFound`, or those of the database.
    pub async fn ordered_before(&self, account: AccountId, identity: &Identity, key: &str) -> Result<Option<Delivery>, Error> {
        let Located { item, .. } = self.locate(account, identity).await?;
        self.under_key(account, &item, key).await
    }

    /// Reads what was ordered under a key to this profile, or to one that was merged into it.
    async fn under_key(&self, account: AccountId, profile: &Item, key: &str) -> Result<Option<Delivery>, Error> {
        let generations = Generation::all(profile);
        let mut wanted = Wanted::default();
        for generation in &generations {
            wanted.add(&self.database.tables.activities, generation.delivery_key(account, key));
        }
        let found = self.database.get_many(wanted).await?;
        let stored = generations.into_iter().map(|generation| (generation, found.get(&generation.delivery_key(account, key))));
        // Two profiles that were merged may each have had an order under it: the earlier one was the first.
        match stored
            .filter(|(_, stored)| stored.0.contains_key(ID))
            .min_by_key(|(_, stored)| [CREATED_AT, ID].map(|name| stored.text(name).map(str::to_owned)))
        {
            Some((generation, stored)) => self.become_of(account, generation, profile, &stored).await.map(Some),
            None => Ok(None),
        }
    }

    /// Returns what has become of the delivery whose key is stored. Where its record is gone, the key holds what was ordered.
    async fn become_of(&self, account: AccountId, generation: Generation, profile: &Item, stored: &Item) -> Result<Delivery, Error> {
        let holder = profile.id().ok_or_else(|| malformed("a profile"))?;
        let ordered = read(stored, holder).ok_or_else(|| malformed("the key of a delivery"))?;
        let record = self.database.get(&self.database.tables.activities, generation.key(account, RecordKind::Delivery, ordered.id)).await?;
        match read(&record, holder) {
            Some(delivery) => self.with_interaction(account, profile, &record, delivery).await,
            None => Ok(ordered),
        }
    }

    /// The action that stores the key of an order, with what was ordered. It is refused while the key is there.
    fn remember(&self, account: AccountId, generation: Generation, key: &str, delivery: &Delivery) -> PutBuilder {
        Put::builder()
            .table_name(&self.database.tables.activities)
            .set_item(Some(generation.delivery_key(account, key).into_iter().chain(attributes(delivery)).collect()))
            .condition_expression(format!("attribute_not_exists({PK})"))
    }

    /// Adds the actions that remove the records of deliveries that are no longer listed.
    pub(super) fn remove_all(
        &self,
        transaction: &mut Transaction,
        account: AccountId,
        profile: &Item,
        removed: &[PendingDelivery],
    ) -> Result<(), Error> {
        for PendingDelivery { id, .. } in removed {
            if let Some(generation) = generation_of(profile, *id) {
                transaction.add(self.remove_delivery(account, generation, *id))?;
            }
        }
        Ok(())
    }
}
