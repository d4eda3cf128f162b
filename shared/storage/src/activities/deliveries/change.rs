//! Changing a delivery that is pending.

use profiles_domain::{AccountId, Delivery, DeliveryId, DeliveryOrder, Error, Placement, Position};
use profiles_normalization::Timestamp;

use super::record::{entry, put};
use super::{Found, split};
use crate::activities::Activities;
use crate::dynamo::transaction::Transaction;

impl Activities<'_> {
    /// Changes a delivery, and returns it as it is then; `None` when it is not there. `edit` makes the new order of the one that was read;
    /// what it tells of the place moves the delivery, and is told of this request alone.
    ///
    /// # Errors
    /// `DeliveryWasShown`, `TooManyDeliveries`, those of `edit`, or those of the database.
    pub async fn change_delivery(
        &self,
        account: AccountId,
        id: DeliveryId,
        edit: impl Fn(DeliveryOrder) -> Result<DeliveryOrder, Error>,
        now: Timestamp,
    ) -> Result<Option<Delivery>, Error> {
        let mut retries = self.database.race_retries();
        loop {
            retries.wait_for_next().await?;
            let Some(Found { profile, generation, record, delivery: before }) = self.find_delivery(account, id, now).await? else {
                return Ok(None);
            };
            if before.shown.is_some() {
                return Err(Error::DeliveryWasShown);
            }
            let told = before.order.placement;
            let mut order = edit(DeliveryOrder { placement: Placement::default(), ..before.order.clone() })?;
            let mut transaction = Transaction::default();
            let moves = order.placement != Placement::default();
            if moves || order.until != before.order.until {
                let (mut list, mut removed) = split(&profile, now);
                let place = list.iter().position(|listed| listed.id == id).unwrap_or(0);
                if moves {
                    list.retain(|listed| listed.id != id);
                    removed.extend(moving(order.placement, place).put(&mut list, entry(id, &order))?);
                } else if let Some(listed) = list.get_mut(place) {
                    *listed = entry(id, &order);
                }
                transaction.add(self.relist(account, &profile, &list, None)?)?;
                self.remove_all(&mut transaction, account, &profile, &removed)?;
            }
            // What was told of the place before stays told where this request says nothing of it.
            let Placement { position, limit, at_limit } = order.placement;
            order.placement =
                Placement { position: position.or(told.position), limit: limit.or(told.limit), at_limit: at_limit.or(told.at_limit) };
            let updated_at = record.next_update(now).to_string();
            let delivery = Delivery { order, updated_at, ..before };
            transaction.add(put(self.database, account, generation, &delivery, &record))?;
            if self.database.commit(transaction).await?.is_done() {
                return Ok(Some(delivery));
            }
            // It changed since it was read.
        }
    }
}

/// The placement by which a delivery leaves its place. A profile into which others were merged may list more than the limit; a delivery is
/// moved there, too, unless the request speaks of the limit.
fn moving(told: Placement, place: usize) -> Placement {
    let position = told.position.or(Some(Position::Index(place)));
    let limit = if told.at_limit.is_none() { told.limit.or(Some(usize::MAX)) } else { told.limit };
    Placement { position, limit, ..told }
}
