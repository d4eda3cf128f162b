//! The error of a CSV that can't be used.

use std::path::{Path, PathBuf};

use super::doubt::{Doubt, Kind};

/// The reason why a CSV can't be used. Each text says what to do; none contains what is in a cell.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{path} can't be read as a CSV")]
    Input { path: PathBuf, source: csv::Error },
    #[error("{0} is in UTF-16: save it as CSV in UTF-8")]
    Utf16(PathBuf),
    #[error("{0} is empty: its first row must name the columns")]
    NoHeader(PathBuf),
    #[error("{path}, line {line}: {kind}. Nothing was sent{remedy}")]
    InDoubt { path: PathBuf, line: u64, kind: Kind, remedy: String },
}

impl Error {
    /// The error of a CSV that is in doubt. `remedy` says what to do.
    pub(super) fn in_doubt(path: &Path, doubt: Doubt, remedy: String) -> Self {
        Self::InDoubt { path: path.to_owned(), line: doubt.line, kind: doubt.kind, remedy }
    }
}
