//! The project's directory and its `template.yaml`.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use profiles_template::{Function, Template};

const TEXT: &str = include_str!("../../template.yaml");

/// The template's tables and routes.
pub(crate) static TEMPLATE: LazyLock<Template> = LazyLock::new(|| Template::parse(TEXT).expect("a valid template"));

/// The template's functions.
pub(crate) static FUNCTIONS: LazyLock<Vec<Function>> = LazyLock::new(|| Function::read_all(TEXT).expect("a valid template"));

/// Returns a binary that `cargo build` left beside this program.
pub(crate) fn beside_this_program(name: &str) -> PathBuf {
    let path = std::env::current_exe().expect("this program's path").with_file_name(name);
    assert!(path.is_file(), "{} is not there; `cargo build --workspace --bins` makes it", path.display());
    path
}

/// Returns the directory of the workspace.
pub(crate) fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}
