//! Normalized values as DynamoDB's attribute values, and back.

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_normalization::{Number, Value};

/// The attribute value that holds `value`.
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

/// The value that `attribute` holds. Types that this service never writes become the nearest value of those it does.
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
