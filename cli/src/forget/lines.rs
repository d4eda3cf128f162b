//! Reads the lines of a CSV in any order.

use std::fs::File;
use std::path::Path;

use csv::{ByteRecord, Position, Reader, ReaderBuilder};

/// The lines of a file, from its beginning or from any position. The header is a line like the others.
pub(crate) struct Lines {
    reader: Reader<File>,
    record: ByteRecord,
}

impl Lines {
    /// Opens a file at its beginning.
    pub(crate) fn open(path: &Path) -> csv::Result<Self> {
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_path(path)?;
        Ok(Self { reader, record: ByteRecord::new() })
    }

    /// Returns the position of the next line, in bytes.
    pub(crate) fn position(&self) -> u64 {
        self.reader.position().byte()
    }

    /// Returns the next line, or `None` at the end.
    pub(crate) fn next(&mut self) -> csv::Result<Option<&ByteRecord>> {
        Ok(self.reader.read_byte_record(&mut self.record)?.then_some(&self.record))
    }

    /// Returns the line that begins at this byte, or `None` at the end. This is cheap for the next line.
    pub(crate) fn at(&mut self, byte: u64) -> csv::Result<Option<&ByteRecord>> {
        let mut position = Position::new();
        position.set_byte(byte);
        self.reader.seek(position)?;
        self.next()
    }
}
