//! The actions that transactions are made of, each with the condition it depends on.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use profiles_domain::{Error, ProfileId};
use profiles_normalization::Timestamp;

use super::Terms;
use crate::dynamo::database::{Database, incomplete};
use crate::dynamo::item::{Item, Key};
use crate::dynamo::value::{expiry, number, text};
use crate::schema::applied_log::Traces;
use crate::schema::attributes::{APPLIED, DELETION, EXPIRES_AT, ID, REV};

/// How long a released claim stays before DynamoDB deletes it: as long as a tombstone or trace may be asked for that is in it.
const RELEASED_FOR: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// The condition that a slot is as it was seen, and the values it needs.
fn unchanged(seen: &Item) -> (String, Option<HashMap<String, AttributeValue>>) {
    match seen.revision() {
        None => (format!("attribute_not_exists({REV})"), None),
        Some(revision) => (format!("{REV} = :seen"), Some(HashMap::from([(":seen".to_owned(), number(revision))]))),
    }
}

/// Replaces an item, unless it changed since it was seen.
pub(crate) fn put_alone(database: &Database, key: Key, seen: &Item, new: Item) -> PutItemFluentBuilder {
    let (condition, values) = unchanged(seen);
    let item = new.0.into_iter().chain(key).collect();
    database
        .client
        .put_item()
        .table_name(&database.tables.profiles)
        .set_item(Some(item))
        .condition_expression(condition)
        .set_expression_attribute_values(values)
}

/// The same as part of a transaction.
pub(super) fn put(database: &Database, key: Key, seen: &Item, new: Item) -> Result<TransactWriteItem, Error> {
    let (condition, values) = unchanged(seen);
    let put = Put::builder()
        .table_name(&database.tables.profiles)
        .set_item(Some(new.0.into_iter().chain(key).collect()))
        .condition_expression(condition)
        .set_expression_attribute_values(values)
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build()
        .map_err(incomplete)?;
    Ok(TransactWriteItem::builder().put(put).build())
}

/// Takes an address that nobody holds.
pub(super) fn claim(database: &Database, key: Key, holder: ProfileId, terms: Option<&Terms>) -> Result<TransactWriteItem, Error> {
    let mut condition = format!("attribute_not_exists({ID})");
    let mut values = HashMap::from([(":holder".to_owned(), text(holder))]);
    if let Some((fence, of_fence)) = terms.map(Terms::condition_on_claim) {
        condition.push_str(&format!(" AND {fence}"));
        values.extend(of_fence);
    }
    on_claim(database, key, format!("SET {ID} = :holder REMOVE {EXPIRES_AT}, {DELETION}"), condition, values)
}

/// Hands an address from one holder to another.
pub(super) fn hand_over(database: &Database, key: Key, from: ProfileId, to: ProfileId) -> Result<TransactWriteItem, Error> {
    let values = HashMap::from([(":from".to_owned(), text(from)), (":to".to_owned(), text(to))]);
    on_claim(database, key, format!("SET {ID} = :to"), format!("{ID} = :from"), values)
}

/// Lets go of an address. The claim is emptied rather than deleted: it may carry the mark of a forgotten one, and keeps the traces of
/// batches that were written into its holder. Items that name the address are known by them, whoever it leads to then.
pub(super) fn release(
    database: &Database,
    key: Key,
    holder: ProfileId,
    traces: &Traces,
    now: Timestamp,
) -> Result<TransactWriteItem, Error> {
    let mut values = HashMap::from([(":holder".to_owned(), text(holder)), (":expires".to_owned(), expiry(now, RELEASED_FOR))]);
    let mut update = format!("SET {EXPIRES_AT} = :expires REMOVE {ID}");
    let traces = traces.each();
    if !traces.is_empty() {
        // Those of earlier holders stay.
        update.push_str(&format!(" ADD {APPLIED} :traces"));
        values.insert(":traces".to_owned(), AttributeValue::Ss(traces));
    }
    on_claim(database, key, update, format!("{ID} = :holder"), values)
}

fn on_claim(
    database: &Database,
    key: Key,
    update: String,
    condition: String,
    values: HashMap<String, AttributeValue>,
) -> Result<TransactWriteItem, Error> {
    let update = Update::builder()
        .table_name(&database.tables.identities)
        .set_key(Some(key))
        .update_expression(update)
        .condition_expression(condition)
        .set_expression_attribute_values(Some(values))
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build()
        .map_err(incomplete)?;
    Ok(TransactWriteItem::builder().update(update).build())
}
