//! The project's directory and its `template.yaml`.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use profiles_template::{Function, Template};

const TEXT: &str = include_str!("../../template.yaml");

/// The template's tables and routes.
pub(crate) static TEMPLATE: LazyLock<Template> = LazyLock::new(|| Template::parse(TEXT).expect("a valid template"));

/// The template's functions.
pub(crate) static FUNCTIONS: LazyLock<Vec<Function>> = LazyLock::new(|| Function::read_all(TEXT).expect("a valid template"));

/// Returns the directory of the workspace.
pub(crate) fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}
