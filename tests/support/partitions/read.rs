//! The reads of a call, and the units that each takes from which partition.

use serde_json::Value;

use super::item::{Item, size};
use super::place::Place;
use super::write::{ItemName, item_name};

/// A read of one item, or a query of the items of one partition key.
pub(super) struct Read {
    pub(super) item: ItemName,
    pub(super) place: Place,
    is_consistent: bool,
}

/// Returns the reads of a call. A query counts as one read of its first item.
pub(super) fn of(operation: &str, sent: &Value) -> Vec<Read> {
    match operation {
        "GetItem" => vec![Read::new(sent["TableName"].as_str().unwrap(), &sent["Key"], sent)],
        "BatchGetItem" => {
            let tables = sent["RequestItems"].as_object().into_iter().flatten();
            tables
                .flat_map(|(table, wanted)| wanted["Keys"].as_array().into_iter().flatten().map(move |key| Read::new(table, key, wanted)))
                .collect()
        }
        "Query" => of_query(sent).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn of_query(sent: &Value) -> Option<Read> {
    let table = sent["TableName"].as_str()?;
    let table_or_index = sent["IndexName"].as_str().map_or_else(|| table.to_owned(), |index| format!("{table}/{index}"));
    let key = sent["KeyConditionExpression"].as_str()?.split_once('=')?.1.split_whitespace().next()?;
    let place = Place::new(table_or_index, &sent["ExpressionAttributeValues"][key], None);
    Some(Read { item: Default::default(), place, is_consistent: is_consistent(sent) })
}

fn is_consistent(sent: &Value) -> bool {
    sent["ConsistentRead"].as_bool().unwrap_or(false)
}

impl Read {
    fn new(table: &str, key: &Value, sent: &Value) -> Self {
        Self {
            item: item_name(table, key),
            place: Place::new(table.to_owned(), &key["PK"], key.get("SK")),
            is_consistent: is_consistent(sent),
        }
    }

    /// Returns whether this reads that key of a `BatchGetItem`.
    pub(super) fn is_of(&self, table: &str, key: &Value) -> bool {
        self.item == item_name(table, key)
    }

    /// Returns the units that the read takes: one for each started 4 KB, and half of that if it need not be consistent.
    pub(super) fn units(&self, stored: Option<&Item>) -> f64 {
        // No item has more than 400 KB.
        let units = f64::from(u32::try_from(stored.map_or(0, size).div_ceil(4096).max(1)).unwrap());
        if self.is_consistent { units } else { units / 2.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_read_takes_a_unit_for_each_four_kilobytes_or_half_of_it() {
        let item = json!({"x": {"S": "x".repeat(5_000)}}).as_object().unwrap().clone();
        let units = |operation, sent, stored| of(operation, &sent).iter().map(|read| read.units(stored)).collect::<Vec<_>>();
        let key = json!({"PK": {"S": "p"}, "SK": {"S": "s"}});
        assert_eq!(units("GetItem", json!({"TableName": "profiles", "Key": key, "ConsistentRead": true}), Some(&item)), [2.0]);
        assert_eq!(units("GetItem", json!({"TableName": "profiles", "Key": key}), None), [0.5]);
        let wanted = json!({"RequestItems": {"profiles": {"Keys": [key, key], "ConsistentRead": true}}});
        assert_eq!(units("BatchGetItem", wanted, None), [1.0, 1.0]);
        let query = json!({"TableName": "profiles", "IndexName": "uid-index", "KeyConditionExpression": "PK = :pk AND uid > :after",
            "ExpressionAttributeValues": {":pk": {"S": "p"}}});
        assert_eq!(of("Query", &query)[0].place.table_or_index, "profiles/uid-index");
        assert_eq!(units("Query", query, None), [0.5]);
    }
}
