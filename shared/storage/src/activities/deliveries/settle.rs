//! Settling a delivery: it was shown.

use aws_sdk_dynamodb::types::Update;
use profiles_domain::{AccountId, DeliveryId, Error, Group, Model};
use profiles_normalization::Timestamp;

use super::generation_of;
use super::record::{AT, INTERACTION};
use crate::activities::Activities;
use crate::activities::locate::Located;
use crate::dynamo::transaction::{Action, Transaction};
use crate::dynamo::value::{number, text};
use crate::schema::attributes::{BY_CREATION, MODEL, PENDING, REV, UPDATED_AT};
use crate::schema::generation::{Generation, RecordKind};
use crate::schema::keys;

/// The kind of group that is a delivery.
const DELIVERY: &str = "delivery";

/// A pending delivery that was shown, as it was read together with its profile.
pub(in crate::activities) struct Settled<'a> {
    delivery: DeliveryId,
    generation: Generation,
    /// The revision of its record.
    revision: u64,
    /// The profile that lists it.
    profile: &'a Located,
    /// What was shown.
    model: &'a Model,
    at: Timestamp,
}

impl Activities<'_> {
    /// Reads the delivery that made a tour or survey begin, if one did that the profile lists. Its time may be over: it was shown before.
    pub(in crate::activities) async fn settled<'a>(
        &self,
        account: AccountId,
        profile: &'a Located,
        group: &Group,
        (model, at): (&'a Model, Timestamp),
    ) -> Result<Option<Settled<'a>>, Error> {
        let id = group.id.as_ref().filter(|_| group.kind.as_deref() == Some(DELIVERY)).and_then(|id| id.parse().ok());
        let listed = id.filter(|id| profile.item.deliveries().iter().any(|listed| listed.id == *id));
        let Some((delivery, generation)) = listed.and_then(|id| Some((id, generation_of(&profile.item, id)?))) else { return Ok(None) };
        let record = self.database.get(&self.database.tables.activities, generation.key(account, RecordKind::Delivery, delivery)).await?;
        // A restore to another time may have left the list without the record.
        Ok(record.revision().map(|revision| Settled { delivery, generation, revision, profile, model, at }))
    }

    /// Adds the actions that settle a delivery: it leaves the list and the indexes, and its record stays. They depend on what was read.
    pub(in crate::activities) fn settle(
        &self,
        transaction: &mut Transaction,
        account: AccountId,
        settled: &Settled<'_>,
    ) -> Result<[Action; 2], Error> {
        let Settled { delivery, generation, revision, profile, model, at } = settled;
        let mut list = profile.item.deliveries();
        list.retain(|listed| listed.id != *delivery);
        let relisted = transaction.add(self.relist(account, &profile.item, &list, None)?)?;
        let update = Update::builder()
            .table_name(&self.database.tables.activities)
            .set_key(Some(generation.key(account, RecordKind::Delivery, delivery)))
            .update_expression(format!(
                "SET #at = :at, {UPDATED_AT} = :at, {INTERACTION} = :interaction REMOVE {MODEL}, {BY_CREATION}, {PENDING} ADD {REV} :one"
            ))
            .condition_expression(format!("{REV} = :seen"))
            .expression_attribute_names("#at", AT)
            .expression_attribute_values(":at", text(at))
            .expression_attribute_values(":interaction", text(keys::interaction_name(model.kind, &model.id)))
            .expression_attribute_values(":seen", number(*revision))
            .expression_attribute_values(":one", number(1_u64));
        Ok([relisted, transaction.add(update)?])
    }
}
