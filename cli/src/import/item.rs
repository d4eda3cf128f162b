//! A row as an item of a batch.

use csv::ByteRecord;

use super::batch::Empty;
use super::mapping::Node;

/// The most bytes of an item: those of a single upsert.
const MAX_ITEM_BYTES: usize = 1024 * 1024;

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// It is sent.
    Sent,
    /// All cells that are used are empty.
    Blank,
    /// It is too large to be sent.
    TooLarge,
}

/// The message of a row that is too large.
pub(super) const TOO_LARGE: &str = "not sent: the row is larger than 1 MiB";

/// Writes a row as JSON, in place of what is in `out`. Cells are strings: the API itself finds numbers and times in properties, and
/// identifiers stay as they are.
pub(super) fn write(out: &mut Vec<u8>, row: &ByteRecord, nodes: &[Node], empty: Empty) -> Item {
    out.clear();
    out.push(b'{');
    let has_text = members(out, row, nodes, empty);
    out.push(b'}');
    if !has_text {
        Item::Blank
    } else if out.len() > MAX_ITEM_BYTES {
        Item::TooLarge
    } else {
        Item::Sent
    }
}

/// Writes the members of an object, and tells whether a cell in it has a text.
fn members(out: &mut Vec<u8>, row: &ByteRecord, nodes: &[Node], empty: Empty) -> bool {
    let mut has_text = false;
    let start = out.len();
    for node in nodes {
        let before = out.len();
        if before > start {
            out.push(b',');
        }
        match node {
            Node::Cell { name, column, is_identifier } => {
                let cell = row.get(*column).unwrap_or_default();
                if !cell.is_empty() {
                    out.extend_from_slice(name.as_bytes());
                    out.push(b':');
                    string(out, cell);
                    has_text = true;
                } else if empty == Empty::Null && !is_identifier {
                    out.extend_from_slice(name.as_bytes());
                    out.extend_from_slice(b":null");
                } else {
                    out.truncate(before);
                }
            }
            Node::Hash { name, nodes } => {
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(b":{");
                let inside = out.len();
                has_text |= members(out, row, nodes, empty);
                if out.len() == inside {
                    out.truncate(before);
                } else {
                    out.push(b'}');
                }
            }
        }
    }
    has_text
}

/// Writes a JSON string. The cells were checked to be UTF-8.
fn string(out: &mut Vec<u8>, cell: &[u8]) {
    // Writing into memory does not fail.
    let _ = serde_json::to_writer(out, &String::from_utf8_lossy(cell));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;

    fn nodes() -> Vec<Node> {
        let cell = |name: &str, column| Node::Cell { name: Value::from(name).to_string(), column, is_identifier: column == 0 };
        vec![cell("u\"id", 0), Node::Hash { name: "\"company\"".to_owned(), nodes: vec![cell("a", 1), cell("b", 2)] }, cell("c", 3)]
    }

    /// The object of a row with these cells.
    fn object(cells: &[String], empty: Empty) -> Value {
        let cell = |index: usize| match (cells[index].as_str(), empty) {
            ("", Empty::Null) if index > 0 => Some(Value::Null),
            ("", _) => None,
            (text, _) => Some(Value::from(text)),
        };
        let members = |names: &[(&str, usize)]| -> Map<String, Value> {
            names.iter().filter_map(|(name, index)| Some(((*name).to_owned(), cell(*index)?))).collect()
        };
        let mut object = members(&[("u\"id", 0), ("c", 3)]);
        let company = members(&[("a", 1), ("b", 2)]);
        if !company.is_empty() {
            object.insert("company".to_owned(), company.into());
        }
        object.into()
    }

    proptest! {
        #[test]
        fn an_item_has_each_cell_as_it_is(cells in proptest::collection::vec("|.{0,9}|[\"\\\\\u{0}-\u{1f}é]{0,9}", 4)) {
            let row = ByteRecord::from(cells.clone());
            let mut out = b"before".to_vec();
            for empty in [Empty::Skip, Empty::Null] {
                let item = write(&mut out, &row, &nodes(), empty);
                prop_assert_eq!(serde_json::from_slice::<Value>(&out).unwrap(), object(&cells, empty));
                let is_blank = cells.iter().all(String::is_empty);
                prop_assert_eq!(item, if is_blank { Item::Blank } else { Item::Sent });
            }
        }
    }
}
