//! The error of `profiles forget`.

use std::io;
use std::path::PathBuf;

/// The reason why the users of a CSV are not all forgotten. Each text says what to do; none contains the secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Http(#[from] crate::http::Error),
    #[error("can't listen for Ctrl-C")]
    Signals(#[source] io::Error),

    #[error(transparent)]
    Csv(#[from] crate::csv_file::Error),
    #[error("{path} has no column `{column}`. Its columns are {columns}{hint}. Pass one of them with --column, in exactly this spelling")]
    NoColumn { path: PathBuf, column: String, columns: String, hint: &'static str },
    #[error("{path} has {count} columns named `{column}`: rename all but the one that is meant")]
    AmbiguousColumn { path: PathBuf, column: String, count: usize },

    #[error("name the file for the result with --result: there is none to write it beside")]
    NoResult,
    #[error("{path} can't be used for the result")]
    Result { path: PathBuf, source: io::Error },
    #[error("{0} is being written by another run of this command: wait until it has ended, or name another file with --result")]
    InUse(PathBuf),
    #[error("{path} is not the result of this command for this CSV: {reason}. Name another file with --result, or move this one away")]
    OtherResult { path: PathBuf, reason: String },

    #[error(
        "the API refused the account's secret ({status}), which ended the run: check ACCOUNT_SECRET, and that --url is the API of this account. Run the same command again to continue"
    )]
    Unauthorized { status: u16 },
    #[error(
        "this host has no endpoint to forget a profile (404): check --url, and that the version deployed there has `DELETE /v3/edit/profiles/forget`. Run the same command again to continue"
    )]
    NoEndpoint,
    #[error("this host has no endpoint to retrieve a profile (404): check --url")]
    NoRetrieval,
    #[error(
        "this host redirects elsewhere ({status}): pass the address that it redirects to with --url, for instance with https instead of http"
    )]
    Redirect { status: u16 },
    #[error("the server at --url is not this API (status {status} without the expected ids): check --url")]
    NotTheApi { status: u16 },
    #[error("{rows} rows in succession got no response ({why}): check --url and the network. Run the same command again to continue")]
    Unreachable { rows: u32, why: String },
    #[error("interrupted: run the same command again to continue")]
    Interrupted,

    #[error("{failed} rows failed: see the column `message` of {result}. Run the same command again to retry them")]
    RowsFailed { failed: u64, result: PathBuf },
    #[error("{failed} rows could not be looked up ({why}). Run the same command again to retry them")]
    LookupsFailed { failed: u64, why: String },
}
