//! Compresses the files of `console/`, once, and puts a hash of them all into their addresses.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// The types of files that are served. Others, such as the settings of the type checker, are not.
const TYPES: [(&str, &str); 3] = [("css", "text/css; charset=utf-8"), ("js", "text/javascript; charset=utf-8"), ("svg", "image/svg+xml")];
/// The page that loads the others.
const PAGE: &str = "index.html";

fn main() -> io::Result<()> {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let console = manifest.join("../../console");
    println!("cargo::rerun-if-changed={}", console.display());
    println!("cargo::rerun-if-changed=build.rs");

    let mut files = Vec::new();
    for entry in fs::read_dir(&console)? {
        let path = entry?.path();
        let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        if let Some((_, content_type)) = TYPES.iter().find(|(known, _)| *known == extension) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.push((name, *content_type, fs::read(&path)?));
        }
    }
    files.sort();
    // One hash for all, because the modules name each other without any.
    let mut all = Sha256::new();
    for (name, _, content) in &files {
        all.update(name);
        all.update(content);
    }
    let version = short(&all.finalize());

    let page = fs::read_to_string(console.join(PAGE))?.replace("\"console/", &format!("\"console/{version}/"));
    let mut table = String::from("&[\n");
    write_asset(&mut table, &out, "/console", "text/html; charset=utf-8", page.as_bytes(), false)?;
    for (name, content_type, content) in &files {
        write_asset(&mut table, &out, &format!("/console/{version}/{name}"), content_type, content, true)?;
    }
    table.push(']');
    fs::write(out.join("assets.rs"), table)
}

/// Compresses a file, and adds it to the table.
fn write_asset(table: &mut String, out: &Path, path: &str, content_type: &str, content: &[u8], is_immutable: bool) -> io::Result<()> {
    let hash = short(&Sha256::digest(content));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content)?;
    let compressed = out.join(format!("{hash}.gz"));
    fs::write(&compressed, encoder.finish()?)?;
    writeln!(
        table,
        "Asset {{ path: {path:?}, content_type: {content_type:?}, etag: {etag:?}, is_immutable: {is_immutable}, gzip: include_bytes!({compressed:?}) }},",
        etag = format!("W/\"{hash}\""),
    )
    .map_err(io::Error::other)
}

/// Returns the first digits of a hash: enough to tell versions apart.
fn short(hash: &[u8]) -> String {
    hash.iter().take(8).fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"))
}
