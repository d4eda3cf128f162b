//! What a transaction consumes, of which DynamoDB Local reports too little.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsInput;
use aws_sdk_dynamodb::types::AttributeValue;

/// The attribute that puts an item into the table's index, which holds keys only.
const INDEXED_BY: &str = "QUEUE";

/// Write units of a transaction that puts items which are new: two for each KB of each item, and two for its entry in the index.
pub(super) fn of(transaction: &TransactWriteItemsInput) -> f64 {
    let puts = transaction.transact_items().iter().filter_map(|action| action.put());
    let units = puts.map(|put| {
        let kilobytes = size(put.item()).div_ceil(1024);
        let entries = usize::from(put.item().contains_key(INDEXED_BY));
        2 * (kilobytes + entries)
    });
    f64::from(u32::try_from(units.sum::<usize>()).expect("a transaction's units"))
}

/// The size of an item of strings, numbers and bytes, as DynamoDB counts it.
fn size(item: &HashMap<String, AttributeValue>) -> usize {
    let bytes = |value: &AttributeValue| match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
        AttributeValue::B(blob) => blob.as_ref().len(),
        other => panic!("a batch's items hold no {other:?}"),
    };
    item.iter().map(|(name, value)| name.len() + bytes(value)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::types::{Put, TransactWriteItem};

    #[test]
    fn a_kilobyte_takes_two_units_and_so_does_an_entry_in_the_index() {
        let text = |bytes| AttributeValue::S("x".repeat(bytes));
        let put = |attributes: &[(&str, usize)]| {
            let item = attributes.iter().map(|(name, bytes)| ((*name).to_owned(), text(*bytes))).collect();
            let put = Put::builder().table_name("batches").set_item(Some(item)).build().unwrap();
            TransactWriteItem::builder().put(put).build()
        };
        let actions = vec![put(&[("PK", 1022)]), put(&[("PK", 1023)]), put(&[("PK", 10), (INDEXED_BY, 1)])];
        let transaction = TransactWriteItemsInput::builder().set_transact_items(Some(actions)).build().unwrap();
        assert_eq!(of(&transaction), 2.0 + 4.0 + 4.0);
    }
}
