//! What users did in tours and surveys, as webhooks tell it.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};
use profiles_domain::{AccountId, Error, Happening, Identity, InteractionId, InteractionState, Model, ResponseId, Slot, What};
use profiles_normalization::Timestamp;

use super::attributes::{DEFERRALS, MODEL_ID, MODEL_KIND, PROPERTIES, STATE};
use super::lists::model_key;
use super::recording::{Key, Recorded};
use super::{Records, summaries};
use crate::dynamo::database::incomplete;
use crate::dynamo::value::{number, text, to_attribute};
use crate::idempotency::IdempotencyKey;
use crate::schema::attributes::{CREATED_AT, ID, MODEL, UPDATED_AT};
use crate::schema::generation::{Home, Kind};
use crate::schema::keys;

/// What a webhook's id is remembered as.
const OF: &str = "webhook";
/// How long it is: whoever sends webhooks tries them again for hours, not for weeks.
const WEBHOOK_IS_KNOWN_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// What becomes of it.
enum Record {
    Reached(InteractionState),
    Answered(AttributeValue),
}

impl Records<'_> {
    /// Records what a webhook tells, unless it told it before. False: it did. Who has only a uid or address and is new is created.
    ///
    /// # Errors
    /// `ProfileNotFound` for an unknown id, `Conflict` as in an upsert, `ItemTooLarge`, or what the database says.
    pub async fn happened(&self, account: AccountId, identity: &Identity, happening: Happening, now: Timestamp) -> Result<bool, Error> {
        let random = Slot::from_random(rand::random());
        // Whatever it says the second time, it is the same webhook.
        let key = IdempotencyKey { key: happening.webhook_id, body: [0; 32], lasts: WEBHOOK_IS_KNOWN_FOR };
        let model = happening.model;
        let what = match happening.what {
            What::Reached(state) => Record::Reached(state),
            What::Answered(properties) => {
                Record::Answered(AttributeValue::M(properties.into_iter().map(|(name, value)| (name, to_attribute(value))).collect()))
            }
        };
        let actions = |home: Home| {
            let mut actions = Vec::with_capacity(2);
            match &what {
                Record::Reached(state) => {
                    actions.push(self.reach(account, home, &model, *state, InteractionId::created_at(now, random), now)?);
                    if let Some(counted) = summaries::counted(*state) {
                        actions.push(summaries::add(self.database, account, &model, home.profile, counted, now)?);
                    }
                }
                Record::Answered(properties) => {
                    actions.push(self.answer(account, home, &model, properties.clone(), ResponseId::created_at(now, random), now)?);
                }
            }
            Ok(actions)
        };
        let known_by = Key { key: &key, of: OF, record: ResponseId::created_at(now, random).to_string() };
        Ok(matches!(self.record(account, identity, Some(known_by), &actions, now).await?, Recorded::Now))
    }

    /// The action that brings an interaction to a state, and counts that in it.
    fn reach(
        &self,
        account: AccountId,
        home: Home,
        model: &Model,
        state: InteractionState,
        id: InteractionId,
        now: Timestamp,
    ) -> Result<TransactWriteItem, Error> {
        let counted = summaries::counted(state).map_or(DEFERRALS, |(count, _)| count);
        let update = Update::builder()
            .table_name(&self.database.tables.activities)
            .set_key(Some(home.key(account, Kind::Interaction, keys::interaction_name(model.kind, &model.id))))
            .update_expression(format!(
                "SET {ID} = if_not_exists({ID}, :id), {CREATED_AT} = if_not_exists({CREATED_AT}, :now), {UPDATED_AT} = :now, \
                 {MODEL} = :model, {MODEL_KIND} = :kind, {MODEL_ID} = :model_id, #state = :state ADD {counted} :one"
            ))
            // One of DynamoDB's reserved words.
            .expression_attribute_names("#state", STATE)
            .expression_attribute_values(":id", text(id))
            .expression_attribute_values(":now", text(now))
            .expression_attribute_values(":model", text(model_key(account, Kind::Interaction, &model.id)))
            .expression_attribute_values(":kind", text(model.kind.as_str()))
            .expression_attribute_values(":model_id", text(&model.id))
            .expression_attribute_values(":state", text(state.as_str()))
            .expression_attribute_values(":one", number(1_u64))
            .build()
            .map_err(incomplete)?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// The action that stores an answer.
    fn answer(
        &self,
        account: AccountId,
        home: Home,
        survey: &Model,
        properties: AttributeValue,
        id: ResponseId,
        now: Timestamp,
    ) -> Result<TransactWriteItem, Error> {
        let put = Put::builder()
            .table_name(&self.database.tables.activities)
            .set_item(Some(home.key(account, Kind::Response, id)))
            .item(ID, text(id))
            .item(CREATED_AT, text(now))
            .item(MODEL, text(model_key(account, Kind::Response, &survey.id)))
            .item(MODEL_ID, text(&survey.id))
            .item(PROPERTIES, properties)
            .build()
            .map_err(incomplete)?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}
