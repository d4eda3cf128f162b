//! Takes what the document's page needs of Swagger UI out of the archive that a crate carries.

use std::error::Error;
use std::path::Path;

use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;

use crate::archive::Archive;
use crate::assets::File;
use crate::content_type;

/// The rest are other builds of the same, and pages that load it otherwise.
const NEEDED: [&str; 2] = ["swagger-ui.css", "swagger-ui-bundle.js"];

/// Reads the needed files.
pub(crate) fn files() -> Result<Vec<File>, Box<dyn Error>> {
    let archive = Archive::read(SWAGGER_UI_VENDORED).ok_or("the archive of Swagger UI is not readable")?;
    let file = |name: &&'static str| {
        let is_it = |path: &str| path.ends_with(&format!("/dist/{name}")) && !path.contains("/flavors/");
        let content = archive.content(is_it).ok_or_else(|| format!("the archive of Swagger UI has no {name}"))?;
        Ok(File { name: (*name).to_owned(), content_type: content_type(Path::new(name)).unwrap_or_default(), content })
    };
    NEEDED.iter().map(file).collect()
}
