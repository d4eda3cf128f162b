//! The size of an item, as DynamoDB counts it.

use aws_sdk_dynamodb::types::AttributeValue;

use super::item::Item;

/// DynamoDB's limit of an item in bytes.
const MAX_BYTES: usize = 400 * 1024;
/// What the key of an item may add to its other attributes.
const KEY_BYTES: usize = 1024;

/// Whether DynamoDB may refuse the item because of its size. The count is never too low: for a number DynamoDB needs less than its digits.
pub(crate) fn may_be_too_large(item: &Item) -> bool {
    let attributes: usize = item.0.iter().map(|(name, value)| name.len() + bytes(value)).sum();
    attributes + KEY_BYTES > MAX_BYTES
}

fn bytes(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number.len() + 1,
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::L(items) => 3 + items.iter().map(|item| 1 + bytes(item)).sum::<usize>(),
        AttributeValue::M(fields) => 3 + fields.iter().map(|(name, field)| 1 + name.len() + bytes(field)).sum::<usize>(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(value: AttributeValue) -> Item {
        Item([("a".to_owned(), value)].into())
    }

    #[test]
    fn every_part_of_a_value_counts() {
        let text = || AttributeValue::S("é".into());
        let list = AttributeValue::L(vec![text(), AttributeValue::Bool(true), AttributeValue::N("-1.5".into())]);
        assert_eq!(bytes(&list), 3 + (1 + 2) + (1 + 1) + (1 + 5));
        assert_eq!(bytes(&AttributeValue::M([("name".to_owned(), text())].into())), 3 + 1 + 4 + 2);
    }

    #[test]
    fn the_limit_is_met_with_the_key() {
        let of = |bytes: usize| item(AttributeValue::S("x".repeat(bytes)));
        assert!(!may_be_too_large(&of(MAX_BYTES - KEY_BYTES - 1)));
        assert!(may_be_too_large(&of(MAX_BYTES - KEY_BYTES)));
    }
}
