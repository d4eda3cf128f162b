//! Reads the CSV row by row.

use std::io::Read;

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::doubt::Doubt;
use super::error::Error;
use super::scanner::{Scanned, Scanner};
use super::source::{Bytes, Source};

/// An open CSV, positioned after its header.
pub(crate) struct Input<'s> {
    source: &'s Source,
    reader: Reader<Bytes>,
    column: usize,
    columns: Vec<String>,
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
        let path = source.path().to_owned();
        let bytes = source.bytes().map_err(|error| unreadable(source, error.into()))?;
        // Rows of another length are for the scanner. The reader skips a byte order mark.
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(bytes);
        let header = reader.byte_headers().map_err(|error| unreadable(source, error))?.clone();
        let found: Vec<_> = (0..).zip(&header).filter(|(_, name)| *name == column.as_bytes()).map(|(index, _)| index).collect();
        let columns: Vec<_> = header.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        match found.as_slice() {
            [index] => Ok(Self { source, reader, column: *index, columns, number: 0, record: ByteRecord::new() }),
            [] => Err(Error::NoColumn { path, column: column.to_owned(), hint: other_separator(&columns), columns: quoted(&columns) }),
            several => Err(Error::AmbiguousColumn { path, column: column.to_owned(), count: several.len() }),
        }
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
    // The header first: in doubt, it says nothing about columns.
    let mut beginning = [0; 2];
    source.bytes().and_then(|mut bytes| bytes.read(&mut beginning)).map_err(|error| unreadable(source, error.into()))?;
    if beginning == *b"\xff\xfe" || beginning == *b"\xfe\xff" {
        return Err(Error::Utf16(source.path().to_owned()));
    }
    let in_doubt = |doubt| Error::in_doubt(source.path(), doubt, None);
    let header = scan(source, Scanner::of_header())?.map_err(in_doubt)?;
    if !header.has_header {
        return Err(Error::NoHeader(source.path().to_owned()));
    }
    let Input { column, columns, .. } = Input::open(source, column)?;
    let about_other = |doubt: Doubt| {
        let name = columns.get(doubt.cell).cloned().unwrap_or_default();
        Error::in_doubt(source.path(), doubt, doubt.spares(column).then_some(name))
    };
    Ok(scan(source, Scanner::new(column, lenient))?.map_err(about_other)?.rows)
}

/// Scans a CSV as far as the scanner wants.
fn scan(source: &Source, mut scanner: Scanner) -> Result<Result<Scanned, Doubt>, Error> {
    let failed = |error: std::io::Error| unreadable(source, error.into());
    let mut bytes = source.bytes().map_err(failed)?;
    let mut block = vec![0; 1 << 16];
    while !scanner.is_done() {
        let read = bytes.read(&mut block).map_err(failed)?;
        if read == 0 {
            break;
        }
        if let Err(doubt) = scanner.feed(block.get(..read).unwrap_or_default()) {
            return Ok(Err(doubt));
        }
    }
    Ok(scanner.end())
}

fn unreadable(source: &Source, error: csv::Error) -> Error {
    Error::Input { path: source.path().to_owned(), source: error }
}

fn quoted(columns: &[String]) -> String {
    columns.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Says what else may separate the cells, if the header has only one.
fn other_separator(columns: &[String]) -> &'static str {
    match columns {
        [only] if only.contains(';') => ". It seems to have semicolons: save it with commas",
        [only] if only.contains('\t') => ". It seems to have tabs: save it with commas",
        _ => "",
    }
}
