//! Why `profiles forget` could not do what it should.

use std::io;
use std::path::PathBuf;

/// Why users of a CSV are not, or not all, forgotten. Each text says what to do; none holds the secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the account's secret is missing: put it into the environment variable ACCOUNT_SECRET")]
    NoSecret,
    #[error(
        "the account's secret can't be sent in a header: check ACCOUNT_SECRET for line ends and other characters that are not visible ASCII"
    )]
    Secret,
    #[error(
        "--url must be the address of the API, such as https://abc.execute-api.us-east-1.amazonaws.com, without a user, a query or a fragment"
    )]
    Url,
    #[error("no HTTP client can be set up")]
    Client(#[source] reqwest::Error),
    #[error("Ctrl-C can't be listened for")]
    Signals(#[source] io::Error),

    #[error("{path} can't be read as a CSV")]
    Input { path: PathBuf, source: csv::Error },
    #[error("{0} is in UTF-16: save it as CSV in UTF-8")]
    Utf16(PathBuf),
    #[error("{0} is empty: its first row must name the columns")]
    NoHeader(PathBuf),
    #[error("{path} has no column `{column}`. Its columns are {columns}. Pass one of them with --column, spelled exactly so")]
    NoColumn { path: PathBuf, column: String, columns: String },
    #[error("{path} has {count} columns named `{column}`: rename all but the one that is meant")]
    AmbiguousColumn { path: PathBuf, column: String, count: usize },

    #[error("{path} can't be used for the result")]
    Result { path: PathBuf, source: io::Error },
    #[error("{0} is being written by another run of this command: wait until it has ended, or name another file with --result")]
    InUse(PathBuf),
    #[error("{path} is not the result of this command for this CSV: {reason}. Name another file with --result, or move this one away")]
    OtherResult { path: PathBuf, reason: String },

    #[error(
        "the API refused the account's secret ({status}), and nothing more was asked: check ACCOUNT_SECRET, and that --url is the host of this account. The same command goes on from here"
    )]
    Unauthorized { status: u16 },
    #[error(
        "this host has no endpoint to forget a profile (404): check --url, and that the version deployed there has `DELETE /v3/edit/profiles/forget`. The same command goes on from here"
    )]
    NoEndpoint,
    #[error("this host has no endpoint to retrieve a profile (404): check --url")]
    NoRetrieval,
    #[error("this host leads elsewhere ({status}): pass the address that it leads to with --url, for instance with https instead of http")]
    Redirect { status: u16 },
    #[error("what answers at --url is not this API (a {status} without the expected ids): check --url")]
    NotTheApi { status: u16 },
    #[error(
        "{rows} rows in succession got no answer, the last since {why}: check --url and the network. The same command goes on from here"
    )]
    Unreachable { rows: u32, why: String },
    #[error("interrupted: the same command goes on from here")]
    Interrupted,

    #[error("{failed} rows failed: the column `message` of {result} says why. The same command tries them again")]
    RowsFailed { failed: u64, result: PathBuf },
    #[error("{failed} rows could not be looked up, the last since {why}. The same command tries again")]
    LookupsFailed { failed: u64, why: String },
}
