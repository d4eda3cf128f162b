//! How DynamoDB's values are looked at.

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_filters::{Look, Stored};

/// Looks at DynamoDB's values.
pub(super) struct AttributeValues;

impl Stored for AttributeValues {
    type Value = AttributeValue;

    fn look(value: &AttributeValue) -> Look<'_, AttributeValue> {
        match value {
            AttributeValue::Null(_) => Look::Null,
            AttributeValue::Bool(truth) => Look::Bool(*truth),
            AttributeValue::N(number) => Look::Number(number),
            AttributeValue::S(text) => Look::Text(text),
            AttributeValue::L(items) => Look::Array(items),
            AttributeValue::M(members) => Look::Hash(members),
            _ => Look::Other,
        }
    }
}
