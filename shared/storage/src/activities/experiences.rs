//! Recording what users did in tours and surveys, from webhooks.

use std::time::Duration;

use aws_sdk_dynamodb::types::builders::{PutBuilder, UpdateBuilder};
use aws_sdk_dynamodb::types::{AttributeValue, Put, Update};
use profiles_domain::{
    AccountId, DeliveryId, Error, Group, Identity, InteractionId, InteractionState, Model, ResponseId, Slot, Step, WebhookEvent,
};
use profiles_normalization::Timestamp;

use super::attributes::{DEFERRALS, GROUP_ID, GROUP_KIND, MODEL_ID, MODEL_KIND, PROPERTIES, STATE};
use super::deliveries::Settled;
use super::lists::model_key;
use super::record::{NewRecord, RecordKey, Recorded};
use super::{Activities, summaries};
use crate::dynamo::transaction::Transaction;
use crate::dynamo::value::{number, text, to_attribute};
use crate::idempotency::{ActivityKey, IdempotencyKey};
use crate::schema::attributes::{CREATED_AT, ID, MODEL, UPDATED_AT};
use crate::schema::generation::{Generation, RecordKind};
use crate::schema::keys;
use crate::schema::sums::Summed;

/// The purpose of the idempotency key that a webhook's id is.
const PURPOSE: &str = "webhook";
/// How long a webhook's id is remembered. Senders of webhooks retry for hours, not for weeks.
const WEBHOOK_TTL: Duration = Duration::from_hours(7 * 24);

/// The kind of group that is a delivery.
const BY_DELIVERY: &str = "delivery";

/// The property of a response with the number of the button that was pressed.
const BUTTON_ORDER: &str = "button_order";

/// The result of recording a webhook's event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Experienced {
    /// It is recorded now.
    Now {
        /// Whether it is in the sums by which users are found: there is room for a limited number of names.
        is_summed: bool,
    },
    /// It was recorded before.
    Before,
}

/// The delivery that made an interaction begin, if one did.
fn delivery_of(group: &Group) -> Option<DeliveryId> {
    let id = group.id.as_ref().filter(|_| group.kind.as_deref() == Some(BY_DELIVERY));
    id?.parse().ok()
}

/// A step, with its values as they are stored.
enum Stored {
    Reached(InteractionState),
    Responded(AttributeValue),
}

impl Activities<'_> {
    /// Records a webhook's event, once. A profile that has only a uid or address and is new is created.
    ///
    /// # Errors
    /// `ProfileNotFound` for an unknown id, `Conflict` as in an upsert, `ItemTooLarge`, or those of the database.
    pub async fn record_experience(
        &self,
        account: AccountId,
        identity: &Identity,
        event: WebhookEvent,
        now: Timestamp,
    ) -> Result<Experienced, Error> {
        let random = Slot::from_random(rand::random());
        let WebhookEvent { webhook_id, model, step, group, sent_at } = event;
        // With the same id it is the same webhook, whatever its body.
        let key = IdempotencyKey { key: webhook_id, body: [0; 32], lasts: WEBHOOK_TTL };
        let (step, summed) = match step {
            Step::Reached(state) => (Stored::Reached(state), Summed::reached(&model, state)),
            Step::Responded(properties) => {
                let summed = Summed::responded(&model, properties.get(BUTTON_ORDER));
                let properties = properties.into_iter().map(|(name, value)| (name, to_attribute(value))).collect();
                (Stored::Responded(AttributeValue::M(properties)), summed)
            }
        };
        let add = |transaction: &mut Transaction, generation: Generation| {
            match &step {
                Stored::Reached(state) => {
                    let id = InteractionId::created_at(now, random);
                    transaction.add(self.reach(account, generation, &model, (*state, group.as_ref()), id, now))?;
                    if let Some(counted) = summaries::counted(*state) {
                        transaction.add(summaries::add(self.database, account, &model, generation.profile, counted, now))?;
                    }
                }
                Stored::Responded(properties) => {
                    let id = ResponseId::created_at(now, random);
                    transaction.add(self.respond(account, generation, &model, properties.clone(), id, now))?;
                }
            }
            Ok(())
        };
        let record_key =
            RecordKey { key: ActivityKey { key: &key, purpose: PURPOSE }, record: ResponseId::created_at(now, random).to_string() };
        let begins = matches!(step, Stored::Reached(InteractionState::Started));
        let delivery = group.as_ref().filter(|_| begins).and_then(delivery_of);
        let settles = delivery.map(|delivery| Settled { delivery, model: &model, at: sent_at });
        let record = NewRecord { key: Some(record_key), add: &add, summed, settles };
        Ok(match self.record(account, identity, record, now).await? {
            Recorded::Now { is_summed } => Experienced::Now { is_summed },
            Recorded::Before(_) => Experienced::Before,
        })
    }

    /// The action that brings an interaction to a state, and counts it there.
    fn reach(
        &self,
        account: AccountId,
        generation: Generation,
        model: &Model,
        (state, group): (InteractionState, Option<&Group>),
        id: InteractionId,
        now: Timestamp,
    ) -> UpdateBuilder {
        let counted = summaries::counted(state).map_or(DEFERRALS, |(count, _)| count);
        let mut set_group = String::new();
        let mut update = Update::builder();
        for (name, value) in group.into_iter().flat_map(|group| [(GROUP_KIND, &group.kind), (GROUP_ID, &group.id)]) {
            if let Some(value) = value {
                set_group.push_str(&format!(", {name} = :{name}"));
                update = update.expression_attribute_values(format!(":{name}"), text(value));
            }
        }
        update
            .table_name(&self.database.tables.activities)
            .set_key(Some(generation.key(account, RecordKind::Interaction, keys::interaction_name(model.kind, &model.id))))
            .update_expression(format!(
                "SET {ID} = if_not_exists({ID}, :id), {CREATED_AT} = if_not_exists({CREATED_AT}, :now), {UPDATED_AT} = :now, \
                 {MODEL} = :model, {MODEL_KIND} = :kind, {MODEL_ID} = :model_id, #state = :state{set_group} ADD {counted} :one"
            ))
            // One of DynamoDB's reserved words.
            .expression_attribute_names("#state", STATE)
            .expression_attribute_values(":id", text(id))
            .expression_attribute_values(":now", text(now))
            .expression_attribute_values(
                ":model",
                text(model_key(account, RecordKind::Interaction, &model.id, generation.profile.slot().shard())),
            )
            .expression_attribute_values(":kind", text(model.kind.as_str()))
            .expression_attribute_values(":model_id", text(&model.id))
            .expression_attribute_values(":state", text(state.as_str()))
            .expression_attribute_values(":one", number(1_u64))
    }

    /// The action that stores a response.
    fn respond(
        &self,
        account: AccountId,
        generation: Generation,
        survey: &Model,
        properties: AttributeValue,
        id: ResponseId,
        now: Timestamp,
    ) -> PutBuilder {
        Put::builder()
            .table_name(&self.database.tables.activities)
            .set_item(Some(generation.key(account, RecordKind::Response, id)))
            .item(ID, text(id))
            .item(CREATED_AT, text(now))
            .item(MODEL, text(model_key(account, RecordKind::Response, &survey.id, generation.profile.slot().shard())))
            .item(MODEL_ID, text(&survey.id))
            .item(PROPERTIES, properties)
    }
}
