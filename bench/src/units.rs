//! What a transaction consumes, of which DynamoDB Local reports too little.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsInput;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::local::table;
use crate::stored::{Item, Stored};

/// Write units of a transaction: two for each KB of each item, the larger of what it was and what it became, and two for each entry
/// that it puts into an index or takes out. Nobody else may have changed these items between `before` and `after`.
pub(crate) fn of(transaction: &TransactWriteItemsInput, before: &Stored, after: &Stored) -> f64 {
    let units = transaction.transact_items().iter().map(|action| {
        let (table, was, is) = if let Some(put) = action.put() {
            (put.table_name(), before.at(put.table_name(), put.item()), Some(put.item()))
        } else if let Some(delete) = action.delete() {
            (delete.table_name(), before.at(delete.table_name(), delete.key()), None)
        } else if let Some(update) = action.update() {
            let [was, is] = [before, after].map(|stored| stored.at(update.table_name(), update.key()));
            (update.table_name(), was, is)
        } else {
            panic!("nothing measured here makes this action: {action:?}");
        };
        let kilobytes = [was, is].into_iter().flatten().map(|item| size(item).div_ceil(1024)).max().unwrap_or(1);
        2 * (kilobytes + entries(table, was, is))
    });
    f64::from(u32::try_from(units.sum::<usize>()).expect("a transaction's units"))
}

/// Entries written to a table's indexes and removed from them. All of them hold keys only, and small ones.
fn entries(name: &str, was: Option<&Item>, is: Option<&Item>) -> usize {
    let of_index = |key: &profiles_template::Key| {
        // Who lacks an attribute is not in the index.
        let entry = |item: &Item| key.attributes().map(|attribute| item.get(attribute).cloned()).collect::<Option<Vec<_>>>();
        let [was, is] = [was, is].map(|item| item.and_then(entry));
        if was == is { 0 } else { [was, is].into_iter().flatten().count() }
    };
    table(name).indexes.iter().map(|index| of_index(&index.key)).sum()
}

/// The size of an item, as DynamoDB counts it.
fn size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + bytes(value)).sum()
}

fn bytes(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
        AttributeValue::B(blob) => blob.as_ref().len(),
        AttributeValue::Bool(_) | AttributeValue::Null(_) => 1,
        AttributeValue::L(values) => 3 + values.iter().map(|value| 1 + bytes(value)).sum::<usize>(),
        AttributeValue::M(values) => 3 + values.len() + size(values),
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        other => panic!("nothing measured here stores this: {other:?}"),
    }
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
        let indexed = put(&[("PK", 10), ("SK", 1), ("QUEUE", 1), ("SINCE", 1)]);
        let actions = vec![put(&[("PK", 1019), ("SK", 1)]), put(&[("PK", 1020), ("SK", 1)]), indexed];
        let transaction = TransactWriteItemsInput::builder().set_transact_items(Some(actions)).build().unwrap();
        let nothing = Stored::default();
        assert_eq!(of(&transaction, &nothing, &nothing), 2.0 + 4.0 + 4.0);
    }

    #[test]
    fn an_entry_that_stays_takes_nothing_and_one_that_moves_takes_two() {
        let item = |queue: &[&str]| {
            let attributes = ["PK", "SINCE"].into_iter().map(|name| (name, "x")).chain(queue.iter().map(|queue| ("QUEUE", *queue)));
            attributes.map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned()))).collect::<Item>()
        };
        let (absent, here, there) = (item(&[]), item(&["1"]), item(&["2"]));
        let entries = |was, is| entries("deletions", was, is);
        assert_eq!(entries(Some(&here), Some(&here)), 0);
        assert_eq!(entries(Some(&absent), Some(&absent)), 0);
        assert_eq!(entries(Some(&here), Some(&absent)), 1);
        assert_eq!(entries(Some(&here), None), 1);
        assert_eq!(entries(None, Some(&here)), 1);
        assert_eq!(entries(Some(&here), Some(&there)), 2);
    }
}
