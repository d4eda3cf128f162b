//! Makes batches of rows.

use std::io::{self, Write};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use zstd::stream::write::Encoder;

use super::error::Error;
use super::item::{self, Item};
use super::kind::{Kind, Missing};
use super::mapping::Mapping;
use super::rows::Rows;
use crate::csv_file::Source;

/// The most bytes of a batch before it is compressed.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// The most bytes after that. Lambda takes 6 MB, in which they are base64, with the request's headers beside them.
const MAX_COMPRESSED_BYTES: usize = 4_600_000;
/// The most bytes that the encoder has taken and not put out yet.
const MAX_WITHHELD_BYTES: usize = 256 * 1024;
/// Compresses JSON to a tenth, faster than anybody can send it.
const LEVEL: i32 = 3;

/// What an empty cell means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Empty {
    /// Nothing: the property stays as it is
    Skip,
    /// The property becomes `null`
    Null,
}

/// Makes the batches of a CSV.
pub(super) struct Batches {
    /// The CSV.
    pub(super) source: Source,
    /// What its columns become.
    pub(super) mapping: Mapping,
    /// What its rows are.
    pub(super) kind: Kind,
    /// What becomes of those that do not exist.
    pub(super) on_model_missing: Missing,
    /// What an empty cell means.
    pub(super) empty: Empty,
    /// The most rows in a batch.
    pub(super) most_rows: u64,
}

/// A batch, and the rows that it is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Extent {
    /// The byte at which its first row begins.
    pub(super) start: u64,
    /// The byte at which the next batch begins.
    pub(super) end: u64,
    /// The items in it.
    pub(super) items: u64,
    /// The rows whose cells are empty, which are not sent.
    pub(super) blank: u64,
    /// The rows that are too large to be sent.
    pub(super) too_large: u64,
}

impl Extent {
    /// Returns the number of rows.
    pub(super) fn rows(&self) -> u64 {
        self.items + self.blank + self.too_large
    }
}

/// A batch that is ready to be sent.
pub(super) struct Batch {
    /// The rows that it is made of.
    pub(super) extent: Extent,
    /// The compressed body.
    pub(super) body: Vec<u8>,
}

impl Batches {
    /// Makes the batch that begins at this byte: of as many rows as fit, or of exactly so many. The same rows are always the same batch.
    ///
    /// # Errors
    /// If the CSV can't be read.
    pub(super) fn make(&self, start: u64, exactly: Option<u64>) -> Result<Batch, Error> {
        let mut rows = Rows::open(&self.source, start)?;
        let mut body = Body::begin(self.kind, self.on_model_missing).map_err(Error::Compression)?;
        let mut extent = Extent { start, end: start, items: 0, blank: 0, too_large: 0 };
        let mut bytes = Vec::new();
        while extent.rows() < exactly.unwrap_or(self.most_rows) {
            let Some(row) = rows.next()? else { break };
            match item::write(&mut bytes, row, self.mapping.tree(), self.empty) {
                Item::Sent if exactly.is_none() && !body.fits(&bytes) => break,
                Item::Sent => {
                    body.add(&bytes).map_err(Error::Compression)?;
                    extent.items += 1;
                }
                Item::Blank => extent.blank += 1,
                Item::TooLarge => extent.too_large += 1,
            }
            extent.end = rows.at();
        }
        Ok(Batch { extent, body: body.end().map_err(Error::Compression)? })
    }
}

/// The body of a batch while it is compressed.
struct Body {
    encoder: Encoder<'static, Vec<u8>>,
    /// The bytes before compression.
    bytes: usize,
    is_empty: bool,
}

impl Body {
    const END: &'static [u8] = b"]}";

    fn begin(kind: Kind, on_model_missing: Missing) -> io::Result<Self> {
        let mut body = Self { encoder: Encoder::new(Vec::new(), LEVEL)?, bytes: 0, is_empty: true };
        body.write(format!(r#"{{"on_model_missing":"{}","{}":["#, on_model_missing.name(), kind.field()).as_bytes())?;
        Ok(body)
    }

    /// Tells whether an item has a place. In an empty batch, every item has one.
    fn fits(&self, item: &[u8]) -> bool {
        let compressed = self.encoder.get_ref().len() + MAX_WITHHELD_BYTES + item.len();
        self.bytes + item.len() + 1 + Self::END.len() <= MAX_BYTES && compressed <= MAX_COMPRESSED_BYTES
    }

    fn add(&mut self, item: &[u8]) -> io::Result<()> {
        if !std::mem::take(&mut self.is_empty) {
            self.write(b",")?;
        }
        self.write(item)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.bytes += bytes.len();
        self.encoder.write_all(bytes)
    }

    fn end(mut self) -> io::Result<Vec<u8>> {
        self.write(Self::END)?;
        self.encoder.finish()
    }
}
