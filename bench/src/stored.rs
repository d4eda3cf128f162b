//! What is stored at one time, to be compared with another.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::local::table;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// Every item of some tables.
#[derive(Default)]
pub(crate) struct Stored(HashMap<String, HashMap<Vec<String>, Item>>);

impl Stored {
    /// All that is in these tables now.
    pub(crate) async fn now<'a>(client: &Client, tables: impl IntoIterator<Item = &'a String>) -> Self {
        let mut stored = Self::default();
        for table in tables {
            let items = client.scan().table_name(table).consistent_read(true).into_paginator().items().send();
            let items = items.collect::<Result<Vec<Item>, _>>().await.expect("all items");
            stored.0.insert(table.clone(), items.into_iter().map(|item| (key(table, &item), item)).collect());
        }
        stored
    }

    /// The item with this key; `key` may hold more than that.
    pub(crate) fn at(&self, table: &str, key: &Item) -> Option<&Item> {
        self.0.get(table)?.get(&self::key(table, key))
    }

    /// How many items are in a table.
    pub(crate) fn count(&self, table: &str) -> usize {
        self.0.get(table).map_or(0, HashMap::len)
    }
}

/// An item's key; all of them are strings.
fn key(name: &str, item: &Item) -> Vec<String> {
    table(name).key.attributes().map(|attribute| item[attribute].as_s().expect("a string").clone()).collect()
}
