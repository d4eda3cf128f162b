//! Normalized values as DynamoDB's attribute values, and back.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_normalization::{Number, Timestamp, Value};

/// A string.
pub(crate) fn text(text: impl ToString) -> AttributeValue {
    AttributeValue::S(text.to_string())
}

/// A whole number.
pub(crate) fn number(number: impl Into<u64>) -> AttributeValue {
    AttributeValue::N(number.into().to_string())
}

/// A list of whole numbers.
pub(crate) fn numbers(numbers: &[u32]) -> AttributeValue {
    AttributeValue::L(numbers.iter().copied().map(number).collect())
}

/// The time `after` from now, in Unix seconds, as DynamoDB's time to live takes it.
pub(crate) fn expiry(now: Timestamp, after: Duration) -> AttributeValue {
    number(u64::try_from(now.unix_seconds()).unwrap_or(0).saturating_add(after.as_secs()))
}

/// Converts a value into an attribute value.
pub(crate) fn to_attribute(value: Value) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(truth) => AttributeValue::Bool(truth),
        Value::Number(number) => AttributeValue::N(number.as_str().to_owned()),
        Value::String(text) => AttributeValue::S(text),
        Value::Array(items) => AttributeValue::L(items.into_iter().map(to_attribute).collect()),
        Value::Hash(entries) => AttributeValue::M(entries.into_iter().map(|(name, value)| (name, to_attribute(value))).collect()),
    }
}

/// Converts an attribute value into a value. Types that this service never writes become the nearest one that it does.
pub(crate) fn from_attribute(attribute: AttributeValue) -> Value {
    match attribute {
        AttributeValue::Bool(truth) => Value::Bool(truth),
        AttributeValue::N(text) => Number::parse(&text).map_or(Value::String(text), Value::Number),
        AttributeValue::S(text) => Value::String(text),
        AttributeValue::L(items) => Value::Array(items.into_iter().map(from_attribute).collect()),
        AttributeValue::M(entries) => Value::Hash(entries.into_iter().map(|(name, value)| (name, from_attribute(value))).collect()),
        AttributeValue::Ss(texts) => Value::Array(texts.into_iter().map(Value::String).collect()),
        AttributeValue::Ns(texts) => Value::Array(texts.into_iter().map(|text| from_attribute(AttributeValue::N(text))).collect()),
        // Binary, and kinds that a later SDK may add.
        _ => Value::Null,
    }
}

/// Whether an attribute holds this value already.
pub(crate) fn holds(stored: &AttributeValue, value: &Value) -> bool {
    match (stored, value) {
        (AttributeValue::Null(_), Value::Null) => true,
        (AttributeValue::Bool(stored), Value::Bool(truth)) => stored == truth,
        (AttributeValue::S(stored), Value::String(text)) => stored == text,
        // DynamoDB may write it in another way.
        (AttributeValue::N(stored), Value::Number(number)) => {
            stored == number.as_str() || Number::parse(stored).is_some_and(|stored| stored == *number)
        }
        (AttributeValue::L(stored), Value::Array(items)) => {
            stored.len() == items.len() && stored.iter().zip(items).all(|(stored, item)| holds(stored, item))
        }
        (AttributeValue::M(stored), Value::Hash(entries)) => {
            stored.len() == entries.len() && entries.iter().all(|(name, value)| stored.get(name).is_some_and(|stored| holds(stored, value)))
        }
        _ => false,
    }
}
