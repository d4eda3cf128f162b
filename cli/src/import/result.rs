//! The lines of the result: a row that failed or was warned of in each.

use csv::{ByteRecord, Writer};

use super::mapping::Mapping;

/// The outcome of a row that is in the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is not applied.
    Failed,
    /// It is applied, but something of it is not stored as sent.
    Warned,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Warned => "warned",
        }
    }
}

/// Returns the header.
pub(super) fn header(mapping: &Mapping) -> Vec<u8> {
    let identifiers = mapping.identifiers().map(|(name, _)| name.as_bytes());
    let cells = [&b"row"[..]].into_iter().chain(identifiers).chain([&b"outcome"[..], b"message"]);
    line(&cells.collect())
}

/// Returns the line of a row, with its identifiers.
pub(super) fn row(mapping: &Mapping, number: u64, row: &ByteRecord, outcome: Outcome, message: &str) -> Vec<u8> {
    let number = number.to_string();
    let identifiers = mapping.identifiers().map(|(_, column)| row.get(column).unwrap_or_default());
    let cells = [number.as_bytes()].into_iter().chain(identifiers).chain([outcome.name().as_bytes(), message.as_bytes()]);
    line(&cells.collect())
}

fn line(cells: &ByteRecord) -> Vec<u8> {
    let mut writer = Writer::from_writer(Vec::new());
    // Writing into memory does not fail.
    let _ = writer.write_byte_record(cells);
    writer.into_inner().unwrap_or_default()
}
