//! Where an item, or an entry of an index, is.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

/// The key of an item in its table, or of an entry in its index.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) table_or_index: String,
    key: String,
    sort: String,
}

/// The order in which a table or index holds its items: by the hash of the partition key, then by the sort key.
pub(super) type Position = (u64, String);

impl Place {
    pub(super) fn new(table_or_index: String, key: &Value, sort: Option<&Value>) -> Self {
        Self { table_or_index, key: key.to_string(), sort: sort.map(Value::to_string).unwrap_or_default() }
    }

    pub(super) fn is_index(&self) -> bool {
        self.table_or_index.contains('/')
    }

    pub(super) fn position(&self) -> Position {
        // The same in every run.
        let mut hasher = DefaultHasher::new();
        self.key.hash(&mut hasher);
        (hasher.finish(), self.sort.clone())
    }
}
