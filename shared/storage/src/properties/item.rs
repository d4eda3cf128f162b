//! A property as it is stored.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::{Property, PropertyId, PropertyKind, PropertyTypes};
use profiles_normalization::{Timestamp, Value};

use super::lesson::Sample;
use crate::dynamo::item::Item;
use crate::dynamo::value::{from_attribute, text, to_attribute};
use crate::schema::attributes::{CREATED_AT, ID, UPDATED_AT};

pub(super) const KIND: &str = "kind";
pub(super) const PROP: &str = "prop";
/// Two of DynamoDB's reserved words, as `values` is.
pub(super) const NAME: &str = "name";
pub(super) const DESCRIPTION: &str = "description";
pub(super) const TYPES: &str = "types";
/// A list of values, the latest first, each with the id of its owner.
pub(super) const VALUES: &str = "values";
/// The ids of the owners of its values, as a set, by which they are found.
pub(super) const OWNERS: &str = "OWNERS";
pub(super) const LAST_SEEN_AT: &str = "last_seen_at";
pub(super) const TRUNCATED_AT: &str = "truncated_at";
/// In the item that counts an account's properties: how many there are.
pub(super) const LISTED: &str = "LISTED";

/// In a stored value: the value itself.
const VALUE: &str = "value";
/// In a stored value: the id of its owner.
const OWNER: &str = "owner";

/// A value as it is stored, and the id of its owner.
#[derive(Clone, PartialEq)]
pub(super) struct StoredValue {
    pub(super) value: Value,
    pub(super) owner: String,
}

impl From<&Sample> for StoredValue {
    fn from(sample: &Sample) -> Self {
        Self { value: sample.value.clone(), owner: sample.owner.id() }
    }
}

/// The attributes of values: them, and their owners, if there are any.
pub(super) fn attributes_of(values: &[StoredValue]) -> (AttributeValue, Option<AttributeValue>) {
    let mut owners: Vec<String> = values.iter().map(|value| value.owner.clone()).collect();
    owners.sort_unstable();
    owners.dedup();
    let stored = values.iter().map(|StoredValue { value, owner }| {
        let parts = [(VALUE, to_attribute(value.clone())), (OWNER, text(owner))];
        AttributeValue::M(parts.into_iter().map(|(name, part)| (name.to_owned(), part)).collect())
    });
    (AttributeValue::L(stored.collect()), (!owners.is_empty()).then_some(AttributeValue::Ss(owners)))
}

/// The values in an item, the latest first.
pub(super) fn values_of(item: &Item) -> Vec<StoredValue> {
    let Some(AttributeValue::L(values)) = item.0.get(VALUES) else { return Vec::new() };
    let parts = |value: &AttributeValue| -> Option<StoredValue> {
        let parts: &HashMap<_, _> = value.as_m().ok()?;
        Some(StoredValue { value: from_attribute(parts.get(VALUE)?.clone()), owner: parts.get(OWNER)?.as_s().ok()?.clone() })
    };
    values.iter().filter_map(parts).collect()
}

pub(super) fn types_of(item: &Item) -> PropertyTypes {
    PropertyTypes::from_words(item.set(TYPES).iter().map(String::as_str))
}

/// The time in an attribute of an item.
pub(super) fn time_of(item: &Item, name: &str) -> Option<Timestamp> {
    item.text(name).and_then(Timestamp::parse_canonical)
}

/// Reads a property; `None` when it is malformed or not there.
pub(super) fn read(item: &Item) -> Option<Property> {
    let owned = |name: &str| item.text(name).map(str::to_owned);
    Some(Property {
        id: item.text(ID)?.parse::<PropertyId>().ok()?,
        kind: PropertyKind::from_word(item.text(KIND)?)?,
        prop: owned(PROP)?,
        name: owned(NAME)?,
        description: owned(DESCRIPTION),
        types: types_of(item),
        values: values_of(item).into_iter().map(|stored| stored.value).collect(),
        last_seen_at: owned(LAST_SEEN_AT),
        truncated_at: owned(TRUNCATED_AT),
        created_at: owned(CREATED_AT)?,
        updated_at: owned(UPDATED_AT)?,
    })
}
