//! What is stored at one time, to be compared with another.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::local::table;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// Every item of some tables.
#[derive(Default)]
pub(crate) struct Stored(HashMap<String, HashMap<Vec<String>, Item>>);

impl Stored {
    /// The item with this key; `key` may hold more than that.
    pub(crate) fn at(&self, table: &str, key: &Item) -> Option<&Item> {
        self.0.get(table)?.get(&self::key(table, key))
    }
}

/// An item's key; all of them are strings.
fn key(name: &str, item: &Item) -> Vec<String> {
    table(name).key.attributes().map(|attribute| item[attribute].as_s().expect("a string").clone()).collect()
}
