//! Reads the CSV row by row.

use std::fs::File;
use std::path::{Path, PathBuf};

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::error::Error;

/// An open CSV, positioned after its header.
pub(crate) struct Input {
    reader: Reader<File>,
    path: PathBuf,
    column: usize,
    columns: usize,
    number: u64,
    record: ByteRecord,
}

/// A row below the header.
pub(crate) struct Row {
    /// The row's number. The row below the header is 1, and empty lines do not count.
    pub(crate) number: u64,
    /// The bytes in the column; empty if the row ends before it.
    pub(crate) cell: Vec<u8>,
    /// The reason why the cell may belong to another column, if so.
    pub(crate) doubt: Option<String>,
}

impl Input {
    /// Opens a CSV and finds the column.
    ///
    /// # Errors
    /// If it can't be read, or does not have exactly one column of this name.
    pub(crate) fn open(path: &Path, column: &str) -> Result<Self, Error> {
        let unreadable = |source| Error::Input { path: path.to_owned(), source };
        // Rows of another length are checked in `next`. The reader skips a byte order mark.
        let mut reader = ReaderBuilder::new().flexible(true).from_path(path).map_err(unreadable)?;
        let header = reader.byte_headers().map_err(unreadable)?.clone();
        if header.is_empty() {
            return Err(Error::NoHeader(path.to_owned()));
        }
        if header.iter().next().is_some_and(|name| name.starts_with(b"\xff\xfe") || name.starts_with(b"\xfe\xff")) {
            return Err(Error::Utf16(path.to_owned()));
        }
        let found: Vec<_> = (0..).zip(&header).filter(|(_, name)| *name == column.as_bytes()).map(|(index, _)| index).collect();
        match found.as_slice() {
            [index] => {
                Ok(Self { reader, path: path.to_owned(), column: *index, columns: header.len(), number: 0, record: ByteRecord::new() })
            }
            [] => {
                let columns: Vec<_> = header.iter().map(|name| format!("`{}`", String::from_utf8_lossy(name))).collect();
                Err(Error::NoColumn { path: path.to_owned(), column: column.to_owned(), columns: columns.join(", ") })
            }
            several => Err(Error::AmbiguousColumn { path: path.to_owned(), column: column.to_owned(), count: several.len() }),
        }
    }

    /// Returns the next row, or `None` at the end.
    ///
    /// # Errors
    /// If the file can't be read.
    pub(crate) fn next(&mut self) -> Result<Option<Row>, Error> {
        let unreadable = |source| Error::Input { path: self.path.clone(), source };
        if !self.reader.read_byte_record(&mut self.record).map_err(unreadable)? {
            return Ok(None);
        }
        self.number += 1;
        // Cells beyond the header often come from a comma without quotes. Then all cells after that comma are in the wrong column,
        // and a deletion by the wrong cell could not be undone.
        let is_too_long = self.record.iter().skip(self.columns).any(|cell| !cell.is_empty());
        let doubt = is_too_long.then(|| {
            let cells = self.record.len();
            format!("not sent: the row has {cells} cells and the header {}, perhaps because of a comma without quotes", self.columns)
        });
        let cell = self.record.get(self.column).unwrap_or_default().to_owned();
        Ok(Some(Row { number: self.number, cell, doubt }))
    }

    /// Counts the rows from here to the end.
    ///
    /// # Errors
    /// If the file can't be read to its end.
    pub(crate) fn count(mut self) -> Result<u64, Error> {
        while self.next()?.is_some() {}
        Ok(self.number)
    }
}
