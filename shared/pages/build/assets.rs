//! Writes the table of everything that is served.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// A part of a page.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) content_type: &'static str,
    pub(crate) content: Vec<u8>,
}

/// The table, and the directory of what it includes.
pub(crate) struct Assets {
    out: PathBuf,
    table: String,
}

impl Assets {
    pub(crate) fn new(out: PathBuf) -> Self {
        Self { out, table: "&[\n".to_owned() }
    }

    /// Adds a page, and the files that it names in the directory of its own name. One hash is in the addresses of all of them, because
    /// modules name each other without any.
    pub(crate) fn add_page(&mut self, name: &str, policy: &str, page: &str, mut files: Vec<File>) -> io::Result<()> {
        files.sort();
        let mut all = Sha256::new();
        for file in &files {
            all.update(&file.name);
            all.update(&file.content);
        }
        let version = short(&all.finalize());
        let page = page.replace(&format!("\"{name}/"), &format!("\"{name}/{version}/"));
        self.add(&format!("/{name}"), "text/html; charset=utf-8", policy, page.as_bytes(), false)?;
        for file in &files {
            self.add(&format!("/{name}/{version}/{}", file.name), file.content_type, policy, &file.content, true)?;
        }
        Ok(())
    }

    /// Compresses a file, and adds it.
    pub(crate) fn add(&mut self, path: &str, content_type: &str, policy: &str, content: &[u8], is_immutable: bool) -> io::Result<()> {
        let hash = short(&Sha256::digest(content));
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content)?;
        let compressed = self.out.join(format!("{hash}.gz"));
        fs::write(&compressed, encoder.finish()?)?;
        writeln!(
            self.table,
            "Asset {{ path: {path:?}, content_type: {content_type:?}, policy: {policy}, etag: {etag:?}, is_immutable: {is_immutable}, \
             gzip: include_bytes!({compressed:?}) }},",
            etag = format!("W/\"{hash}\""),
        )
        .map_err(io::Error::other)
    }

    /// Writes the table.
    pub(crate) fn write(mut self) -> io::Result<()> {
        self.table.push(']');
        fs::write(self.out.join("assets.rs"), self.table)
    }
}

/// Returns the first digits of a hash: enough to tell versions apart.
fn short(hash: &[u8]) -> String {
    hash.iter().take(8).fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"))
}
