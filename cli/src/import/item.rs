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
