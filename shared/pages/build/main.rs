//! Compresses the pages, once, and puts hashes of their files into their addresses.

mod archive;
mod assets;
mod swagger_ui;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use self::assets::{Assets, File};

/// The types of files that are served. Others, such as the settings of the type checker, are not.
const TYPES: [(&str, &str); 3] = [("css", "text/css; charset=utf-8"), ("js", "text/javascript; charset=utf-8"), ("svg", "image/svg+xml")];

fn main() -> Result<(), Box<dyn Error>> {
    let own = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let (console, docs, openapi) = (own.join("../../console"), own.join("docs"), own.join("../../openapi.yaml"));
    for path in [&console, &docs, &openapi, &own.join("build")] {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    let mut assets = Assets::new(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()));
    assets.add_page("console", "CONSOLE", &fs::read_to_string(console.join("index.html"))?, files(&console)?)?;
    let mut of_docs = files(&docs)?;
    of_docs.extend(swagger_ui::files()?);
    assets.add_page("docs", "DOCS", &fs::read_to_string(docs.join("index.html"))?, of_docs)?;

    let yaml = fs::read_to_string(&openapi)?;
    let document: serde_json::Value = serde_saphyr::from_str(&yaml)?;
    assets.add("/openapi.yaml", "application/yaml", "DOCS", yaml.as_bytes(), false)?;
    assets.add("/openapi.json", "application/json", "DOCS", &serde_json::to_vec(&document)?, false)?;
    assets.write()?;
    Ok(())
}

/// Reads the files of a directory that are served.
fn files(directory: &Path) -> Result<Vec<File>, Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if let Some(content_type) = content_type(&path) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.push(File { name, content_type, content: fs::read(&path)? });
        }
    }
    Ok(files)
}

/// The type of a file that is served, by its name.
fn content_type(path: &Path) -> Option<&'static str> {
    let extension = path.extension()?.to_str()?;
    TYPES.iter().find(|(known, _)| *known == extension).map(|(_, content_type)| *content_type)
}
