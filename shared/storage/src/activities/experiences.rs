//! Recording what users did in tours and surveys, from webhooks.

use std::time::Duration;

use profiles_domain::{AccountId, Error, Identity, InteractionState, ResponseId, Slot, Step, WebhookEvent};
use profiles_normalization::Timestamp;

use super::Activities;
use super::interactions::Reaching;
use super::record::{RecordKey, Recorded, Recorder};
use super::responses::Responding;
use crate::dynamo::transaction::{Action, Transaction};
use crate::idempotency::{ActivityKey, IdempotencyKey};
use crate::schema::generation::Generation;
use crate::schema::sums::Summed;

/// The purpose of the idempotency key that a webhook's id is.
pub(super) const PURPOSE: &str = "webhook";
/// How long a webhook's id is remembered. Senders of webhooks retry for hours, not for weeks.
const WEBHOOK_TTL: Duration = Duration::from_hours(7 * 24);

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
    /// It is not recorded: another user has the response of this id.
    OfAnother,
    /// It is not recorded: the response of this id was deleted.
    Deleted,
}

/// Adds the actions of a plan, as `Add` does.
pub(super) type AddPlanned<'a> = Box<dyn Fn(&mut Transaction, Generation) -> Result<Vec<Action>, Error> + Send + Sync + 'a>;

/// What is written in the next attempt, as the database was read for it.
pub(super) struct Plan<'a> {
    /// What the head sums up.
    pub(super) summed: Option<Summed>,
    /// The generations that the head must name as inherited, if that matters.
    pub(super) inherited: Option<Vec<String>>,
    /// Adds the actions to a transaction, and returns those that depend on what was read.
    pub(super) add: AddPlanned<'a>,
}

/// The next step of recording.
pub(super) enum Next<'a> {
    Write(Plan<'a>),
    /// What was read is of different moments.
    ReadAgain,
    /// Nothing is to be recorded.
    Answer(Experienced),
}

/// The key under which a webhook is known. With the same id it is the same webhook, whatever its body.
pub(super) fn key_of(webhook_id: &str) -> IdempotencyKey {
    IdempotencyKey { key: webhook_id.to_owned(), body: [0; 32], lasts: WEBHOOK_TTL }
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
        let recorded = self.record_step(account, identity, &event, now).await?;
        // A webhook that was recorded before may come again because this failed.
        if matches!(recorded, Experienced::Now { .. } | Experienced::Before) {
            self.learn(account, &event.model, &event.about, event.sent_at, now).await?;
        }
        Ok(recorded)
    }

    async fn record_step(
        &self,
        account: AccountId,
        identity: &Identity,
        event: &WebhookEvent,
        now: Timestamp,
    ) -> Result<Experienced, Error> {
        let random = Slot::from_random(rand::random());
        let key = key_of(&event.webhook_id);
        let record = ResponseId::created_at(now, random).to_string();
        let record_key = RecordKey { key: ActivityKey { key: &key, purpose: PURPOSE }, record };
        let mut recorder = Recorder::new(self, account, identity, Some(record_key), None, now);
        let mut retries = self.database.race_retries();
        loop {
            retries.wait_for_next().await?;
            let located = recorder.locate().await?;
            let next = match &event.step {
                Step::Reached(state) => {
                    let reaching = Reaching { account, state: *state, webhook: event, random, now };
                    self.plan_interaction(reaching, located.as_ref()).await?
                }
                Step::Responded { id, properties } => {
                    let id = id.unwrap_or_else(|| ResponseId::created_at(now, random));
                    let responding = Responding { account, id, survey: &event.model, properties, sent_at: event.sent_at, now };
                    self.plan_response(responding, located.as_ref()).await?
                }
            };
            let plan = match next {
                Next::Write(plan) => plan,
                Next::ReadAgain => continue,
                Next::Answer(answer) => return Ok(answer),
            };
            recorder.ask_for(plan.summed, plan.inherited);
            let settled = match (&located, &event.group) {
                (Some(located), Some(group)) if event.step == Step::Reached(InteractionState::Started) => {
                    self.settled(account, located, group, (&event.model, event.sent_at)).await?
                }
                _ => None,
            };
            let add = |transaction: &mut Transaction, generation: Generation| {
                let mut as_read = (plan.add)(transaction, generation)?;
                if let Some(settled) = &settled {
                    as_read.extend(self.settle(transaction, account, settled)?);
                }
                Ok(as_read)
            };
            let recorded = match &located {
                Some(located) => recorder.add_to(located.generation, &add).await?,
                None => recorder.create(&add).await?,
            };
            match recorded {
                Some(Recorded::Now { is_summed }) => return Ok(Experienced::Now { is_summed }),
                Some(Recorded::Before(_)) => return Ok(Experienced::Before),
                // What was read has changed since.
                None => {}
            }
        }
    }
}
