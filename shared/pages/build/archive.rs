//! Reads a zip archive whose files are stored or deflated. A crate for that would bring five more.

use std::io::Read;

use flate2::read::DeflateDecoder;

/// The lengths of the fixed parts of records, and their signatures.
const END: (usize, &[u8]) = (22, b"PK\x05\x06");
const ENTRY: (usize, &[u8]) = (46, b"PK\x01\x02");
const LOCAL: (usize, &[u8]) = (30, b"PK\x03\x04");
const STORED: usize = 0;
const DEFLATED: usize = 8;

/// An archive, and its directory.
pub(crate) struct Archive<'a> {
    bytes: &'a [u8],
    entries: Vec<Entry<'a>>,
}

struct Entry<'a> {
    name: &'a str,
    method: usize,
    compressed: usize,
    at: usize,
}

impl<'a> Archive<'a> {
    /// Reads the directory, which the record at the archive's end leads to.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let end = bytes.windows(END.1.len()).rposition(|window| window == END.1)?;
        let (count, mut at) = (number(bytes, end + 10, 2)?, number(bytes, end + 16, 4)?);
        let mut entries = Vec::new();
        for _ in 0..count {
            bytes.get(at..)?.starts_with(ENTRY.1).then_some(())?;
            let [name, extra, comment] = [number(bytes, at + 28, 2)?, number(bytes, at + 30, 2)?, number(bytes, at + 32, 2)?];
            let name_at = at + ENTRY.0;
            entries.push(Entry {
                name: str::from_utf8(bytes.get(name_at..name_at + name)?).ok()?,
                method: number(bytes, at + 10, 2)?,
                compressed: number(bytes, at + 20, 4)?,
                at: number(bytes, at + 42, 4)?,
            });
            at = name_at + name + extra + comment;
        }
        Some(Self { bytes, entries })
    }

    /// Returns the content of the first file whose path fits.
    pub(crate) fn content(&self, fits: impl Fn(&str) -> bool) -> Option<Vec<u8>> {
        let entry = self.entries.iter().find(|entry| fits(entry.name))?;
        self.bytes.get(entry.at..)?.starts_with(LOCAL.1).then_some(())?;
        let begin = entry.at + LOCAL.0 + number(self.bytes, entry.at + 26, 2)? + number(self.bytes, entry.at + 28, 2)?;
        let data = self.bytes.get(begin..begin + entry.compressed)?;
        match entry.method {
            STORED => Some(data.to_vec()),
            DEFLATED => {
                let mut content = Vec::new();
                DeflateDecoder::new(data).read_to_end(&mut content).ok()?;
                Some(content)
            }
            _ => None,
        }
    }
}

/// Reads a little-endian number of so many bytes.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    Some(bytes.get(at..at + length)?.iter().rev().fold(0, |number, byte| (number << 8) | usize::from(*byte)))
}
