//! Reads the CSV row by row.

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::error::Error;
use crate::csv_file::{self, Accepted, Bytes, Care, Source, headers, other_separator, quoted};

/// An open CSV, positioned after its header.
pub(crate) struct Input<'s> {
    source: &'s Source,
    reader: Reader<Bytes>,
    column: usize,
    number: u64,
    record: ByteRecord,
}

/// A row below the header.
pub(crate) struct Row {
    /// The row's number. The row below the header is 1, and empty lines do not count.
    pub(crate) number: u64,
    /// The bytes in the column.
    pub(crate) cell: Vec<u8>,
}

impl<'s> Input<'s> {
    /// Opens a CSV and finds the column.
    ///
    /// # Errors
    /// If it can't be read, or does not have exactly one column of this name.
    pub(crate) fn open(source: &'s Source, column: &str) -> Result<Self, Error> {
        let column = find(source, column)?;
        let bytes = source.bytes().map_err(|error| unreadable(source, error.into()))?;
        // Rows of another length are for the scanner. The reader skips a byte order mark.
        let reader = ReaderBuilder::new().flexible(true).from_reader(bytes);
        Ok(Self { source, reader, column, number: 0, record: ByteRecord::new() })
    }

    /// Returns the next row, or `None` at the end.
    ///
    /// # Errors
    /// If the file can't be read.
    pub(crate) fn next(&mut self) -> Result<Option<Row>, Error> {
        if !self.reader.read_byte_record(&mut self.record).map_err(|error| unreadable(self.source, error))? {
            return Ok(None);
        }
        self.number += 1;
        let cell = self.record.get(self.column).unwrap_or_default().to_owned();
        Ok(Some(Row { number: self.number, cell }))
    }
}

/// Reads a CSV to its end, and returns the number of its rows. With `lenient`, doubts about other columns than this one are passed over.
///
/// # Errors
/// If it can't be read, does not have exactly one column of this name, or is in doubt anywhere.
pub(crate) fn check(source: &Source, column: &str, lenient: bool) -> Result<u64, Error> {
    let identifiers = vec![find(source, column)?];
    let accepted = if lenient { Accepted::SparesIdentifiers } else { Accepted::Nothing };
    let care = Care { texts: identifiers.clone(), identifiers, accepted, acceptable: Accepted::SparesIdentifiers };
    Ok(csv_file::check(source, &care, |_| {})?)
}

/// Returns the index of the column of this name.
fn find(source: &Source, column: &str) -> Result<usize, Error> {
    let path = source.path().to_owned();
    let columns = headers(source)?;
    let found: Vec<_> = (0..).zip(&columns).filter(|(_, name)| *name == column.as_bytes()).map(|(index, _)| index).collect();
    match found.as_slice() {
        [index] => Ok(*index),
        [] => Err(Error::NoColumn { path, column: column.to_owned(), hint: other_separator(&columns), columns: quoted(&columns) }),
        several => Err(Error::AmbiguousColumn { path, column: column.to_owned(), count: several.len() }),
    }
}

fn unreadable(source: &Source, error: csv::Error) -> Error {
    csv_file::Error::Input { path: source.path().to_owned(), source: error }.into()
}
