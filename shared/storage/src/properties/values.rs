//! Removing the values of owners that are gone.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use profiles_domain::{AccountId, Error, PropertyKind};

use super::item::{OWNERS, VALUES, attributes_of, values_of};
use crate::dynamo::database::{Database, Write};
use crate::dynamo::item::{Item, Key};
use crate::dynamo::value::{number, text};
use crate::schema::attributes::{PK, REV, SK};
use crate::schema::keys;

/// Owners that one query looks for: an expression has a limited size.
const OWNERS_AT_ONCE: usize = 50;

/// Removes the values that these owners have in properties of these kinds. None is added while it is under way, since the owners are gone.
pub(crate) async fn remove_values(
    database: &Database,
    account: AccountId,
    kinds: &[PropertyKind],
    owners: impl IntoIterator<Item = impl ToString>,
) -> Result<(), Error> {
    let owners: Vec<String> = owners.into_iter().map(|owner| owner.to_string()).collect();
    for kind in kinds {
        for some in owners.chunks(OWNERS_AT_ONCE) {
            remove_of_kind(database, account, *kind, some).await?;
        }
    }
    Ok(())
}

async fn remove_of_kind(database: &Database, account: AccountId, kind: PropertyKind, owners: &[String]) -> Result<(), Error> {
    let filters: Vec<_> = (0..owners.len()).map(|place| format!("contains({OWNERS}, :{place})")).collect();
    let mut query = database
        .client
        .query()
        .table_name(&database.tables.properties)
        .key_condition_expression(format!("{PK} = :properties"))
        .expression_attribute_values(":properties", text(keys::partition_of_properties(account, kind)))
        .filter_expression(filters.join(" OR "))
        .projection_expression(format!("{PK}, {SK}, {REV}, {OWNERS}, #values"))
        .expression_attribute_names("#values", VALUES)
        .consistent_read(true);
    for (place, owner) in owners.iter().enumerate() {
        query = query.expression_attribute_values(format!(":{place}"), text(owner));
    }
    let mut next = None;
    loop {
        let page = database.query(query.clone().set_exclusive_start_key(next)).await?;
        for found in page.items.unwrap_or_default() {
            remove_from(database, Item(found), owners).await?;
        }
        next = page.last_evaluated_key;
        if next.is_none() {
            return Ok(());
        }
    }
}

/// Removes the values from one property, whatever else is written there meanwhile.
async fn remove_from(database: &Database, mut seen: Item, owners: &[String]) -> Result<(), Error> {
    let key: Key = [PK, SK].into_iter().filter_map(|name| Some((name.to_owned(), seen.0.get(name)?.clone()))).collect();
    let mut retries = database.race_retries();
    while seen.set(OWNERS).iter().any(|owner| owners.contains(owner)) {
        retries.wait_for_next().await?;
        match database.update(without_values_of(database, &key, &seen, owners)).await? {
            Write::Done(_) => return Ok(()),
            Write::Refused(stored) => seen = stored,
            Write::Raced => seen = database.get(&database.tables.properties, key.clone()).await?,
        }
    }
    Ok(())
}

fn without_values_of(database: &Database, key: &Key, seen: &Item, owners: &[String]) -> UpdateItemFluentBuilder {
    let mut left = values_of(seen);
    left.retain(|value| !owners.contains(&value.owner));
    let (values, owners) = attributes_of(&left);
    let request = database
        .client
        .update_item()
        .table_name(&database.tables.properties)
        .set_key(Some(key.clone()))
        .condition_expression(format!("{REV} = :seen"))
        .expression_attribute_names("#values", VALUES)
        .expression_attribute_values(":values", values)
        .expression_attribute_values(":seen", number(seen.revision().unwrap_or(0)))
        .expression_attribute_values(":one", number(1_u64));
    match owners {
        Some(owners) => request
            .update_expression(format!("SET #values = :values, {OWNERS} = :owners ADD {REV} :one"))
            .expression_attribute_values(":owners", owners),
        None => request.update_expression(format!("SET #values = :values REMOVE {OWNERS} ADD {REV} :one")),
    }
}
