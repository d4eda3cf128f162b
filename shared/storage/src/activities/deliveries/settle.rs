//! Settling a delivery: it was shown.

use aws_sdk_dynamodb::types::Update;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use profiles_domain::{AccountId, DeliveryId, Error, Model};
use profiles_normalization::Timestamp;

use super::generation_of;
use super::record::{AT, INTERACTION, INTERACTION_IN};
use crate::activities::Activities;
use crate::dynamo::item::Item;
use crate::dynamo::transaction::{Action, Transaction};
use crate::dynamo::value::{number, text};
use crate::schema::attributes::{MODEL, PENDING, PK, REV, UPDATED_AT};
use crate::schema::generation::{Generation, RecordKind};
use crate::schema::keys;

/// A delivery that was shown.
#[derive(Clone, Copy)]
pub(crate) struct Settled<'a> {
    pub(crate) delivery: DeliveryId,
    /// What was shown.
    pub(crate) model: &'a Model,
    /// When.
    pub(crate) at: Timestamp,
}

impl Activities<'_> {
    /// Adds the actions that settle a delivery, if the profile lists it. It is settled though its time is over: it was shown before.
    /// Returns the action of its record.
    pub(crate) fn settle(
        &self,
        transaction: &mut Transaction,
        account: AccountId,
        (profile, current): (&Item, Generation),
        settled: Settled<'_>,
    ) -> Result<Option<Action>, Error> {
        let mut list = profile.deliveries();
        let before = list.len();
        list.retain(|listed| listed.id != settled.delivery);
        let Some(generation) = generation_of(profile, settled.delivery).filter(|_| list.len() < before) else { return Ok(None) };
        transaction.add(self.relist(account, profile, &list, None)?)?;
        transaction.add(self.mark_shown(account, generation, current, settled)).map(Some)
    }

    /// The action that marks the record of a delivery, which leaves the lists. The interaction is in the profile's current generation, and
    /// the delivery may be in that of a merged profile.
    fn mark_shown(&self, account: AccountId, generation: Generation, current: Generation, settled: Settled<'_>) -> UpdateBuilder {
        let Settled { delivery, model, at } = settled;
        Update::builder()
            .table_name(&self.database.tables.activities)
            .set_key(Some(generation.key(account, RecordKind::Delivery, delivery)))
            .update_expression(format!(
                "SET #at = :at, {UPDATED_AT} = :at, {INTERACTION} = :interaction, \
                 {INTERACTION_IN} = :generation REMOVE {MODEL}, {PENDING} ADD {REV} :one"
            ))
            .condition_expression(format!("attribute_exists({PK})"))
            .expression_attribute_names("#at", AT)
            .expression_attribute_values(":at", text(at))
            .expression_attribute_values(":interaction", text(keys::interaction_name(model.kind, &model.id)))
            .expression_attribute_values(":generation", text(current))
            .expression_attribute_values(":one", number(1_u64))
    }
}
