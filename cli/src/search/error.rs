//! The error of `profiles search`, `count` and `export`.

use std::io;
use std::path::PathBuf;

use super::filter::Misread;
use super::rows::NotAProfile;
use crate::http::CallError;
use crate::part;

/// The reason why a command has not found or written all. Each text says what to do; none contains the secret or a profile.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Http(#[from] crate::http::Error),
    #[error(transparent)]
    Filter(#[from] Misread),
    #[error("the filters in {path} can't be read")]
    FilterFile { path: PathBuf, source: io::Error },
    #[error(
        "{path} holds no filters: it must be a JSON array of them as the API takes it, such as [{{\"prop\":\"role\",\"op\":\"eq\",\"value\":\"admin\"}}]"
    )]
    NotFilters { path: PathBuf, source: serde_json::Error },
    #[error("`{0}` can't be a column: write names of properties with commas between them, such as `id,email,company.name`")]
    Column(String),
    #[error("the column `{0}` is named twice: write it once")]
    ColumnTwice(String),
    #[error("--for-spreadsheets is about cells of a CSV: pass --format csv, too")]
    NoCells,
    #[error("{0} doesn't say which format is meant: end the name with .csv or .jsonl, or pass --format")]
    NoFormat(PathBuf),

    #[error(transparent)]
    Call(#[from] CallError),
    #[error("the server at --url answers with what are no profiles or companies of this API: check --url")]
    NotProfiles(#[from] NotAProfile),

    #[error("the output can't be written")]
    Output(#[source] io::Error),
    #[error(transparent)]
    Part(#[from] part::Error),
    #[error("can't listen for Ctrl-C")]
    Signals(#[source] io::Error),
    #[error("interrupted")]
    Interrupted,
    #[error("{reason}. So far {written} {what} are written; run the same command again to continue")]
    Unfinished { written: u64, what: &'static str, reason: String },
}
