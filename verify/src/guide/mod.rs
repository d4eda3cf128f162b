//! The commands of the README and of the guide, run in a shell as a reader would run them, and their answers compared with those shown.

mod documents;
mod identifiers;
mod names;
mod reader;
mod shell;

pub use documents::{Example, examples};
pub use identifiers::{Identifier, Sort, identifiers};
pub use names::{Names, stored_form};
pub use reader::Reader;
pub use shell::run_in_shell;

/// The account secret in the documents, which is that of `make dev`.
pub const SECRET: &str = "dev-secret";
