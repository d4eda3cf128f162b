//! The lines of a CSV that is read here and there.

use std::fs::File;
use std::path::Path;

use csv::{ByteRecord, Position, Reader, ReaderBuilder};

/// Lines, one after the other or from anywhere. The header is a line like the others.
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

    /// Where the next line begins, in bytes.
    pub(crate) fn position(&self) -> u64 {
        self.reader.position().byte()
    }

    /// The next line, or none at the end.
    pub(crate) fn next(&mut self) -> csv::Result<Option<&ByteRecord>> {
        Ok(self.reader.read_byte_record(&mut self.record)?.then_some(&self.record))
    }

    /// The line that begins at this byte, or none at the end. Costs little where it is the next one.
    pub(crate) fn at(&mut self, byte: u64) -> csv::Result<Option<&ByteRecord>> {
        let mut position = Position::new();
        position.set_byte(byte);
        self.reader.seek(position)?;
        self.next()
    }
}
