//! Giving properties to a company that is there.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::{AccountId, CompanyId, Error};
use profiles_normalization::{Timestamp, Value};

use crate::dynamo::database::{Database, MAX_EXPRESSION_PROPERTIES, Write, set_each};
use crate::dynamo::item::Item;
use crate::dynamo::value::{holds, number, to_attribute};
use crate::schema::attributes::{ID, REV, UPDATED_AT};
use crate::schema::keys;

/// Gives a company the properties that it does not have yet. False: it would be too large with them.
///
/// The company is read for that. All of its members' upserts may name its properties, which hardly ever change, and one item takes far fewer
/// writes than reads.
pub(crate) async fn give_properties(
    database: &Database,
    account: AccountId,
    id: CompanyId,
    properties: BTreeMap<String, Value>,
    now: Timestamp,
) -> Result<bool, Error> {
    if properties.is_empty() {
        return Ok(true);
    }
    let stored = database.get(&database.tables.companies, keys::slot(account, id.slot())).await?;
    set_properties(database, account, id, differing(&stored, properties), stored.next_update(now)).await
}

/// Leaves out the properties that a stored company has already.
pub(crate) fn differing(stored: &Item, properties: BTreeMap<String, Value>) -> BTreeMap<String, Value> {
    properties.into_iter().filter(|(name, value)| !stored.0.get(name).is_some_and(|stored| holds(stored, value))).collect()
}

/// Sets properties of a company; the others stay. One that was deleted meanwhile gets none. False: the company would be too large with them.
///
/// More than one expression can hold takes several updates, which a repeated request completes. Each takes place on condition that it has
/// no earlier time than the one before it. So an attempt that arrives late undoes nothing.
pub(crate) async fn set_properties(
    database: &Database,
    account: AccountId,
    id: CompanyId,
    properties: BTreeMap<String, Value>,
    now: Timestamp,
) -> Result<bool, Error> {
    let mut properties = properties.into_iter().map(|(name, value)| (name, to_attribute(value))).peekable();
    let mut now = now;
    while properties.peek().is_some() {
        let some: Vec<_> = properties.by_ref().take(MAX_EXPRESSION_PROPERTIES).collect();
        let mut retries = database.race_retries();
        loop {
            retries.wait_for_next().await?;
            let seen = match database.update(update(database, account, id, some.iter().cloned(), now)).await {
                Ok(Write::Done(_)) => break,
                Ok(Write::Refused(seen)) => seen,
                Ok(Write::Raced) => continue,
                Err(Error::ItemTooLarge) => return Ok(false),
                Err(error) => return Err(error),
            };
            if seen.text(ID) != Some(id.to_string().as_str()) {
                return Ok(true);
            }
            now = seen.next_update(now);
        }
    }
    Ok(true)
}

fn update(
    database: &Database,
    account: AccountId,
    id: CompanyId,
    properties: impl Iterator<Item = (String, AttributeValue)>,
    now: Timestamp,
) -> UpdateItemFluentBuilder {
    let mut set = format!("SET {UPDATED_AT} = :now");
    let request = database
        .client
        .update_item()
        .table_name(&database.tables.companies)
        .set_key(Some(keys::slot(account, id.slot())))
        .condition_expression(format!("{ID} = :id AND {UPDATED_AT} <= :now"))
        .expression_attribute_values(":id", AttributeValue::S(id.to_string()))
        .expression_attribute_values(":now", AttributeValue::S(now.to_string()))
        .expression_attribute_values(":one", number(1_u64));
    set_each(request, &mut set, properties).update_expression(format!("{set} ADD {REV} :one"))
}
