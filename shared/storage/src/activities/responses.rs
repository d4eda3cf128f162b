//! Responses to Microsurveys: what a webhook changes of one, and deleting one by its id.
//!
//! A response has the id that its webhook tells, so the same response is stored once, however many webhooks tell of it.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::builders::PutBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put};
use profiles_domain::{AccountId, Error, Model, ModelKind, ProfileId, ResponseId, SurveyResponse};
use profiles_normalization::{Timestamp, Value};

use super::Activities;
use super::attributes::PROPERTIES;
use super::experiences::{Experienced, Next, Plan};
use super::locate::Located;
use crate::dynamo::item::Item;
use crate::dynamo::transaction::Transaction;
use crate::dynamo::value::{from_attribute, number, text, to_attribute};
use crate::schema::activity_head::{ActivityHeads, generations, is_of};
use crate::schema::attributes::{BY_CHANGE, BY_CREATION, CREATED_AT, ID, MODEL, MODEL_ID, REV, SENT_AT, SK, UPDATED_AT};
use crate::schema::generation::{Generation, RecordKind};
use crate::schema::keys;
use crate::schema::pointer::{Pointed, Pointers, is_deleted, pointed};
use crate::schema::revision::if_unchanged;
use crate::schema::sums::{Answered, Summed};

/// The property of a response with the number of the button that was pressed.
const BUTTON_ORDER: &str = "button_order";

/// A webhook that tells of a response.
#[derive(Clone, Copy)]
pub(super) struct Responding<'a> {
    pub(super) account: AccountId,
    pub(super) id: ResponseId,
    pub(super) survey: &'a Model,
    pub(super) properties: &'a BTreeMap<String, Value>,
    pub(super) sent_at: Timestamp,
    pub(super) now: Timestamp,
}

impl Responding<'_> {
    fn summed(self) -> Summed {
        Summed::responded(self.survey, self.properties.get(BUTTON_ORDER))
    }
}

impl Activities<'_> {
    /// Looks where the response of this id is, and plans what the webhook makes of it.
    pub(super) async fn plan_response<'a>(&'a self, responding: Responding<'a>, located: Option<&Located>) -> Result<Next<'a>, Error> {
        let Responding { account, id, now, .. } = responding;
        let pointer = self.response_pointers(account).get(id).await?;
        if is_deleted(&pointer, now) {
            return Ok(Next::Answer(Experienced::Deleted));
        }
        if let Some(place) = pointed(&pointer) {
            let is_mine = located.is_some_and(|located| Generation::all(&located.item).contains(&place.generation));
            if is_mine {
                let record = self.database.get(&self.database.tables.activities, place.key(account)).await?;
                if record.0.contains_key(ID) {
                    return self.change(responding, place, record).map(Next::Write);
                }
            } else if let Some(holder) = self.holder(account, place.generation).await? {
                // It may be the user's own profile, which was merged meanwhile.
                let is_same = located.is_some_and(|located| holder.id() == Some(located.generation.profile));
                return Ok(if is_same { Next::ReadAgain } else { Next::Answer(Experienced::OfAnother) });
            }
            // Its user is gone, and it is about to be removed.
        }
        let add = move |transaction: &mut Transaction, generation: Generation| {
            let (record, sort) = record(responding, generation, now, &Item::default());
            let put = transaction.add(self.put_response(record, &Item::default()))?;
            let claim = self.response_pointers(account).put(id, (generation.profile, &sort), now, &pointer);
            Ok(vec![put, transaction.add(claim)?])
        };
        Ok(Next::Write(Plan { summed: Some(responding.summed()), inherited: None, add: Box::new(add) }))
    }

    /// Plans the change of a response that is there. An older webhook changes nothing.
    fn change<'a>(&'a self, responding: Responding<'a>, place: Pointed, seen: Item) -> Result<Plan<'a>, Error> {
        let is_late = seen.text(SENT_AT).is_some_and(|at| at > responding.sent_at.to_string().as_str());
        if is_late || seen.text(MODEL_ID) != Some(&responding.survey.id) {
            let add = |_: &mut Transaction, _: Generation| Ok(Vec::new());
            return Ok(Plan { summed: None, inherited: None, add: Box::new(add) });
        }
        let created_at = seen.text(CREATED_AT).and_then(Timestamp::parse_canonical).unwrap_or(responding.now);
        let (record, _) = record(responding, place.generation, created_at, &seen);
        let mut changed = Transaction::default();
        let put = changed.add(self.put_response(record, &seen))?;
        let add = move |transaction: &mut Transaction, _: Generation| Ok(vec![transaction.append(changed.clone(), put)]);
        Ok(Plan { summed: Some(responding.summed()), inherited: None, add: Box::new(add) })
    }

    /// Deletes a response by its id, and takes it out of the sums of its user. False: there is none.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn delete_response(&self, account: AccountId, id: ResponseId, now: Timestamp) -> Result<bool, Error> {
        let pointers = self.response_pointers(account);
        let mut retries = self.database.race_retries();
        let mut unread = 0;
        loop {
            retries.wait_for_next().await?;
            let pointer = pointers.get(id).await?;
            let Some(place) = pointed(&pointer) else { return Ok(false) };
            let Some(profile) = self.holder(account, place.generation).await? else { return Ok(false) };
            let Some(current) = Generation::current(&profile) else { continue };
            let head = self.database.get(&self.database.tables.activities, keys::head(account, current.profile)).await?;
            let record = self.database.get(&self.database.tables.activities, place.key(account)).await?;
            let Some(survey) = record.text(MODEL_ID).map(|id| Model { kind: ModelKind::Survey, id: id.to_owned() }) else { continue };
            let mut transaction = Transaction::default();
            let heads = ActivityHeads { database: self.database, account };
            if is_of(&head, current) && Answered::in_head(&head, &survey).is_some() {
                let mut all = Generation::all(&profile);
                let of_head = generations(&head, current);
                all.extend(of_head.into_iter().filter(|generation| !Generation::all(&profile).contains(generation)));
                let (mut with, mut without) = (Answered::default(), Answered::default());
                for generation in all {
                    for other in generation.records(self.database, account, RecordKind::Response).await? {
                        if other.text(MODEL_ID) == Some(&survey.id) {
                            let answered = answered(&other);
                            with.add(answered.clone());
                            if other.text(ID) != Some(&id.to_string()) {
                                without.add(answered);
                            }
                        }
                    }
                }
                // Another response may be on its way: its head is written, its record not seen yet.
                if Answered::in_head(&head, &survey) != Some(with) && unread < MAX_UNREAD {
                    unread += 1;
                    continue;
                }
                transaction.add(heads.answered(current, &head, &survey, without))?;
            } else {
                transaction.add(heads.add(current, (None, None), now))?;
            }
            let delete = Delete::builder()
                .table_name(&self.database.tables.activities)
                .set_key(Some(place.key(account)))
                .condition_expression(format!("{REV} = :seen"))
                .expression_attribute_values(":seen", number(record.revision().unwrap_or(0)));
            transaction.add(delete)?;
            transaction.add(pointers.put_deleted(id, &pointer, now))?;
            if self.database.commit(transaction).await?.is_done() {
                return Ok(true);
            }
        }
    }

    fn response_pointers(&self, account: AccountId) -> Pointers<'_> {
        Pointers { database: self.database, account, kind: RecordKind::Response }
    }

    /// The action that stores the record of a response, on condition that it is as it was seen.
    fn put_response(&self, record: Item, seen: &Item) -> PutBuilder {
        if_unchanged(Put::builder().table_name(&self.database.tables.activities).set_item(Some(record.0)), seen)
    }
}

/// How often a deletion waits for a response that is being recorded. A restore may have left a head that is wrong for good.
const MAX_UNREAD: u32 = 3;

/// The record of a response, and its sort key.
fn record(responding: Responding<'_>, generation: Generation, created_at: Timestamp, seen: &Item) -> (Item, String) {
    let Responding { account, id, survey, properties, sent_at, now } = responding;
    let mut record = Item(generation.key(account, RecordKind::Response, id));
    let sort = record.text(SK).unwrap_or_default().to_owned();
    let kind = RecordKind::Response.as_str();
    let properties = properties.iter().map(|(name, value)| (name.clone(), to_attribute(value.clone()))).collect();
    let all = [
        (REV, number(seen.next_revision())),
        (ID, text(id)),
        (CREATED_AT, text(created_at)),
        (UPDATED_AT, text(now)),
        (SENT_AT, text(sent_at)),
        (MODEL, text(keys::of_model(account, kind, &survey.id, generation.profile.slot().shard()))),
        (BY_CREATION, text(keys::place(created_at, id))),
        (BY_CHANGE, text(keys::place(now, id))),
        (MODEL_ID, text(&survey.id)),
        (PROPERTIES, AttributeValue::M(properties)),
    ];
    record.0.extend(all.map(|(name, value)| (name.to_owned(), value)));
    (record, sort)
}

/// What a stored response adds to the sums of its user.
fn answered(record: &Item) -> Answered {
    let millis = |name: &str| record.text(name).and_then(Timestamp::parse_canonical).map(Timestamp::unix_millis);
    let button = match record.0.get(PROPERTIES) {
        Some(AttributeValue::M(properties)) => properties.get(BUTTON_ORDER).and_then(|button| button.as_n().ok().cloned()),
        _ => None,
    };
    Answered { first: millis(CREATED_AT), last: millis(UPDATED_AT), button }
}

/// Reads the record of a response; `None` when it is malformed.
pub(super) fn read(record: &Item, profile: ProfileId) -> Option<SurveyResponse> {
    let time = |name: &str| record.text(name).and_then(Timestamp::parse_canonical);
    let properties = match record.0.get(PROPERTIES) {
        Some(AttributeValue::M(properties)) => properties.clone(),
        _ => return None,
    };
    Some(SurveyResponse {
        id: record.text(ID)?.parse().ok()?,
        profile,
        created_at: time(CREATED_AT)?,
        updated_at: time(UPDATED_AT)?,
        survey_id: record.text(MODEL_ID)?.to_owned(),
        properties: properties.into_iter().map(|(name, value)| (name, from_attribute(value))).collect(),
    })
}
