//! The writes of a call, and the units that each takes from which partitions.

use serde_json::{Map, Value};

use super::item::{Item, size, update};
use super::place::Place;
use crate::world::template;

/// The table and key of an item.
pub(super) type ItemName = (String, String);

/// A write of one item.
pub(super) struct Write {
    pub(super) item: ItemName,
    table: String,
    key: Map<String, Value>,
    kind: Kind,
}

/// What is written.
enum Kind {
    Put(Item),
    /// An `Update`, as it was sent.
    Update(Value),
    Delete,
    /// Only a condition is checked.
    Check,
}

/// Returns the writes of a call. A call that only reads has none.
pub(super) fn of(operation: &str, sent: &Value) -> Vec<Write> {
    match operation {
        "PutItem" | "UpdateItem" | "DeleteItem" => vec![Write::read(operation, sent)],
        "TransactWriteItems" => {
            let actions = sent["TransactItems"].as_array().into_iter().flatten().filter_map(Value::as_object).flatten();
            actions.map(|(name, action)| Write::read(name, action)).collect()
        }
        "BatchWriteItem" => {
            let tables = sent["RequestItems"].as_object().into_iter().flatten();
            tables.flat_map(|(table, writes)| writes.as_array().into_iter().flatten().map(|write| of_batch(table, write))).collect()
        }
        _ => Vec::new(),
    }
}

/// Reads one write of a `BatchWriteItem`.
fn of_batch(table: &str, write: &Value) -> Write {
    match write["PutRequest"]["Item"].as_object() {
        Some(item) => Write::new(table, item, Kind::Put(item.clone())),
        None => Write::new(table, write["DeleteRequest"]["Key"].as_object().unwrap(), Kind::Delete),
    }
}

/// Returns the name of the item with these attributes, of which its key is among.
pub(super) fn item_name(table: &str, attributes: &Value) -> ItemName {
    (table.to_owned(), format!("{:?}{:?}", attributes.get("PK"), attributes.get("SK")))
}

impl Write {
    fn read(operation: &str, sent: &Value) -> Self {
        let table = sent["TableName"].as_str().unwrap();
        let named = |name: &str| sent[name].as_object().unwrap();
        match operation.trim_end_matches("Item") {
            "Put" => Self::new(table, named("Item"), Kind::Put(named("Item").clone())),
            "Update" => Self::new(table, named("Key"), Kind::Update(sent.clone())),
            "Delete" => Self::new(table, named("Key"), Kind::Delete),
            _ => Self::new(table, named("Key"), Kind::Check),
        }
    }

    fn new(table: &str, attributes: &Map<String, Value>, kind: Kind) -> Self {
        let mut key = attributes.clone();
        key.retain(|name, _| matches!(name.as_str(), "PK" | "SK"));
        Self { item: item_name(table, &Value::Object(attributes.clone())), table: table.to_owned(), key, kind }
    }

    /// Returns whether this is that write of a `BatchWriteItem`.
    pub(super) fn is_of_batch(&self, table: &str, write: &Value) -> bool {
        self.item == of_batch(table, write).item
    }

    /// Returns the item after the write; `None` when there is none.
    pub(super) fn applied(&self, stored: Option<&Item>) -> Option<Item> {
        match &self.kind {
            Kind::Put(item) => Some(item.clone()),
            Kind::Update(sent) => {
                let mut item = stored.cloned().unwrap_or_else(|| self.key.clone());
                update(&mut item, sent);
                Some(item)
            }
            Kind::Delete => None,
            Kind::Check => stored.cloned(),
        }
    }

    /// Returns the units that the write takes: one for each started KB of the item, before or after it, and twice as many in a
    /// transaction; one for each entry of an index that it removes or adds.
    pub(super) fn units(&self, stored: Option<&Item>, is_transaction: bool) -> Vec<(Place, f64)> {
        let applied = self.applied(stored);
        let bytes = stored.map_or(0, size).max(applied.as_ref().map_or(0, size));
        let times = if is_transaction { 2.0 } else { 1.0 };
        // No item has more than 400 KB.
        let units = f64::from(u32::try_from(bytes.div_ceil(1024).max(1)).unwrap()) * times;
        let mut all = vec![(Place::new(self.table.clone(), &self.key["PK"], self.key.get("SK")), units)];
        let Some(table) = template().tables().iter().find(|table| table.name() == self.table) else { return all };
        for index in &table.indexes {
            let entry = |item: Option<&Item>| {
                let item = item?;
                let key: Option<Vec<Value>> = index.key.attributes().map(|name| item.get(name).cloned()).collect();
                key
            };
            let (before, after) = (entry(stored), entry(applied.as_ref()));
            if before != after {
                let changed = before.into_iter().chain(after);
                all.extend(changed.map(|key| (Place::new(format!("{}/{}", self.table, index.name), &key[0], key.get(1)), 1.0)));
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn units(operation: &str, sent: &Value, stored: Option<&Value>) -> Vec<(String, f64)> {
        let writes = of(operation, sent);
        let units = writes
            .iter()
            .flat_map(|write| write.units(stored.map(|stored| stored.as_object().unwrap()), operation == "TransactWriteItems"));
        units.map(|(partition, units)| (partition.table_or_index, units)).collect()
    }

    #[test]
    fn a_new_profile_takes_a_unit_for_each_kilobyte_and_one_in_each_index_that_it_is_in() {
        let item = json!({"PK": {"S": "p"}, "SK": {"S": "s"}, "id": {"S": "i"}, "uid": {"S": "u"}, "x": {"S": "x".repeat(1100)}});
        let of_indexes = [("profiles/created-index".to_owned(), 1.0), ("profiles/uid-index".to_owned(), 1.0)];
        let with = |units| [vec![("profiles".to_owned(), units)], of_indexes.to_vec()].concat();
        let put = json!({"TableName": "profiles", "Item": item});
        assert_eq!(units("PutItem", &put, None), with(2.0));
        assert_eq!(units("TransactWriteItems", &json!({"TransactItems": [{"Put": put}]}), None), with(4.0));
        // Nothing of the indexes changes.
        let update = json!({"TableName": "profiles", "Key": {"PK": {"S": "p"}, "SK": {"S": "s"}}, "UpdateExpression": "SET x = :x",
            "ExpressionAttributeValues": {":x": {"S": "short"}}});
        assert_eq!(units("UpdateItem", &update, Some(&item)), [("profiles".to_owned(), 2.0)]);
    }
}
