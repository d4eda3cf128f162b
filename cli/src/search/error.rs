//! The error of `profiles search`, `count` and `export`.

use std::io;
use std::path::PathBuf;

use super::filter::Misread;
use super::rows::NotAProfile;

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

    #[error("the API refuses this: {0}")]
    Refused(String),
    #[error("the API refused the account's secret ({status}): check ACCOUNT_SECRET, and that --url is the API of this account")]
    Unauthorized { status: u16 },
    #[error("this host has no `{path}` (404): check --url, and that the version deployed there has it")]
    NoEndpoint { path: &'static str },
    #[error(
        "this host redirects elsewhere ({status}): pass the address that it redirects to with --url, for instance with https instead of http"
    )]
    Redirect { status: u16 },
    #[error("the server at --url is not this API (its answer with status {status} is none of the API's): check --url")]
    NotTheApi { status: u16 },
    #[error("the server at --url answers with what are no profiles or companies of this API: check --url")]
    NotProfiles(#[from] NotAProfile),
    #[error("no answer after {attempts} attempts ({why}): try again later, or check --url and the network")]
    GaveUp { attempts: u32, why: String },

    #[error("the output can't be written")]
    Output(#[source] io::Error),
    #[error("{path} can't be written")]
    File { path: PathBuf, source: io::Error },
    #[error("{0} is there already, and is not overwritten: move it away, or name another file with --out")]
    Exists(PathBuf),
    #[error("{0} is being written by another run of this command: wait until it has ended, or name another file with --out")]
    InUse(PathBuf),
    #[error(
        "{path} is not the beginning of this export: {reason}. Name another file with --out, or remove {path} and {path}.state to begin anew"
    )]
    OtherExport { path: PathBuf, reason: &'static str },
    #[error("can't listen for Ctrl-C")]
    Signals(#[source] io::Error),
    #[error("interrupted")]
    Interrupted,
    #[error("{reason}. So far {written} {what} are written; run the same command again to continue")]
    Unfinished { written: u64, what: &'static str, reason: String },
}
