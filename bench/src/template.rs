//! The project's `template.yaml`.

use std::sync::LazyLock;

use profiles_template::{Function, Template};

const TEXT: &str = include_str!("../../template.yaml");

/// Its tables.
pub(crate) static TEMPLATE: LazyLock<Template> = LazyLock::new(|| Template::parse(TEXT).expect("a valid template"));

/// Its functions.
pub(crate) static FUNCTIONS: LazyLock<Vec<Function>> = LazyLock::new(|| Function::read_all(TEXT).expect("a valid template"));
