//! The rows of a CSV, from any of them on.

use csv::{ByteRecord, Position, Reader, ReaderBuilder};

use super::error::Error;
use crate::csv_file::{self, Bytes, Source};

/// An open CSV.
pub(super) struct Rows<'s> {
    source: &'s Source,
    reader: Reader<Bytes>,
    row: ByteRecord,
}

impl<'s> Rows<'s> {
    /// Opens a CSV before the row at this byte. 0: before the first row below the header.
    pub(super) fn open(source: &'s Source, at: u64) -> Result<Self, Error> {
        let bytes = source.bytes().map_err(|error| unreadable(source, error.into()))?;
        let mut reader = ReaderBuilder::new().flexible(true).buffer_capacity(1 << 16).from_reader(bytes);
        reader.byte_headers().map_err(|error| unreadable(source, error))?;
        if at > 0 {
            let mut position = Position::new();
            position.set_byte(at);
            reader.seek(position).map_err(|error| unreadable(source, error))?;
        }
        Ok(Self { source, reader, row: ByteRecord::new() })
    }

    /// Returns the byte at which the next row begins.
    pub(super) fn at(&self) -> u64 {
        self.reader.position().byte()
    }

    /// Returns the next row, or `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<&ByteRecord>, Error> {
        let is_there = self.reader.read_byte_record(&mut self.row).map_err(|error| unreadable(self.source, error))?;
        Ok(is_there.then_some(&self.row))
    }
}

fn unreadable(source: &Source, error: csv::Error) -> Error {
    csv_file::Error::Input { path: source.path().to_owned(), source: error }.into()
}
