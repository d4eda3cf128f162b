//! Reads a CSV once to its end, before anything is done with it.

use std::io::Read;

use csv::ReaderBuilder;

use super::doubt::{Doubt, Kind};
use super::error::Error;
use super::scanner::{Accepted, Care, Scanned, Scanner};
use super::source::Source;

/// Reads a CSV to its end, and returns the number of its rows. `care` tells what matters in it. `seen` gets all of its bytes.
///
/// # Errors
/// If it can't be read, or is in doubt anywhere.
pub(crate) fn check(source: &Source, care: &Care, seen: impl FnMut(&[u8])) -> Result<u64, Error> {
    let scanned = scan(source, Scanner::new(care), seen)?;
    match scanned {
        Ok(scanned) => Ok(scanned.rows),
        Err(doubt) => {
            let names = headers(source)?;
            Err(Error::in_doubt(source.path(), doubt, remedy(doubt, care, &names)))
        }
    }
}

/// Returns the names of a CSV's columns. Every doubt in its header counts.
///
/// # Errors
/// If it can't be read, has no header, or is in doubt there.
pub(crate) fn headers(source: &Source) -> Result<Vec<Vec<u8>>, Error> {
    let mut beginning = [0; 2];
    source.bytes().and_then(|mut bytes| bytes.read(&mut beginning)).map_err(|error| unreadable(source, error.into()))?;
    if beginning == *b"\xff\xfe" || beginning == *b"\xfe\xff" {
        return Err(Error::Utf16(source.path().to_owned()));
    }
    let scanned = scan(source, Scanner::of_header(), |_| {})?;
    let header = scanned.map_err(|doubt| Error::in_doubt(source.path(), doubt, ": mend the CSV".to_owned()))?;
    if !header.has_header {
        return Err(Error::NoHeader(source.path().to_owned()));
    }
    let bytes = source.bytes().map_err(|error| unreadable(source, error.into()))?;
    // The reader skips a byte order mark.
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(bytes);
    let names = reader.byte_headers().map_err(|error| unreadable(source, error))?;
    Ok(names.iter().map(ToOwned::to_owned).collect())
}

/// Writes names for a message.
pub(crate) fn quoted(names: &[Vec<u8>]) -> String {
    names.iter().map(|name| format!("`{}`", String::from_utf8_lossy(name))).collect::<Vec<_>>().join(", ")
}

/// Says what else may separate the cells, if the header has only one.
pub(crate) fn other_separator(names: &[Vec<u8>]) -> &'static str {
    match names {
        [only] if only.contains(&b';') => ". It seems to have semicolons: save it with commas",
        [only] if only.contains(&b'\t') => ". It seems to have tabs: save it with commas",
        _ => "",
    }
}

/// Scans a CSV as far as the scanner wants.
fn scan(source: &Source, mut scanner: Scanner, mut seen: impl FnMut(&[u8])) -> Result<Result<Scanned, Doubt>, Error> {
    let failed = |error: std::io::Error| unreadable(source, error.into());
    let mut bytes = source.bytes().map_err(failed)?;
    let mut block = vec![0; 1 << 16];
    while !scanner.is_done() {
        let read = bytes.read(&mut block).map_err(failed)?;
        if read == 0 {
            break;
        }
        let block = block.get(..read).unwrap_or_default();
        seen(block);
        if let Err(doubt) = scanner.feed(block) {
            return Ok(Err(doubt));
        }
    }
    Ok(scanner.end())
}

/// Says what to do about a doubt.
fn remedy(doubt: Doubt, care: &Care, names: &[Vec<u8>]) -> String {
    let name = || names.get(doubt.cell).map(|name| String::from_utf8_lossy(name).into_owned()).unwrap_or_default();
    let flag =
        [Accepted::SparesIdentifiers, Accepted::CellsOfSeveralLines].into_iter().find(|accepted| care.could_accept(*accepted, doubt));
    match (flag, doubt.kind) {
        (Some(Accepted::SparesIdentifiers), Kind::Cells { .. }) => {
            ": mend the CSV, or if all identifiers are right as they are, pass --accept-doubts-in-other-columns".to_owned()
        }
        (Some(Accepted::SparesIdentifiers), _) => {
            format!(": mend the CSV, or if only the column `{}` is wrong, pass --accept-doubts-in-other-columns", name())
        }
        (Some(Accepted::CellsOfSeveralLines), _) => {
            format!(": mend the CSV, or if the column `{}` does have such texts, pass --accept-cells-of-several-lines", name())
        }
        (Some(Accepted::Nothing) | None, _) => ": mend the CSV".to_owned(),
    }
}

fn unreadable(source: &Source, error: csv::Error) -> Error {
    Error::Input { path: source.path().to_owned(), source: error }
}
