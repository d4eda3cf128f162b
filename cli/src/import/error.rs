//! The error of `profiles import`.

use std::io;
use std::path::PathBuf;

use crate::http::CallError;
use crate::{csv_file, http, part};

/// The reason why the rows of a CSV are not all applied. Each text says what to do; none contains the secret or a cell.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Csv(#[from] csv_file::Error),
    #[error(transparent)]
    Http(#[from] http::Error),
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Part(#[from] part::Error),

    #[error("`{0}` is no mapping: write the column's name, `=` and the property, such as --map \"User ID=uid\"")]
    Map(String),
    #[error("{path} has no column `{column}`. Its columns are {columns}{hint}. Name one of them in --map, in exactly this spelling")]
    NoColumn { path: PathBuf, column: String, columns: String, hint: &'static str },
    #[error("{path} has {count} columns named `{column}`: rename all but the one that is meant")]
    AmbiguousColumn { path: PathBuf, column: String, count: usize },
    #[error("no column can become `{target}`: {reason}. Name another property in --map")]
    Target { target: String, reason: String },
    #[error(
        "{path}: the columns `{first}` and `{second}` would both become `{property}`: rename one of them, or pass --map for the columns that are meant"
    )]
    SameProperty { path: PathBuf, property: String, first: String, second: String },
    #[error("the first row of {0} is not UTF-8: save the CSV as UTF-8")]
    HeaderNotUtf8(PathBuf),
    #[error(
        "no column of {path} becomes one of {identifiers}, so nobody could tell whom a row is about. Its columns are {columns}{hint}. Pass the one that identifies the rows, such as --map \"User ID=uid\""
    )]
    NoIdentifier { path: PathBuf, identifiers: String, columns: String, hint: &'static str },
    #[error("name the file for the result with --result: there is none to write it beside")]
    NoResult,

    #[error("a batch can't be compressed")]
    Compression(#[source] io::Error),
    #[error(
        "the API no longer knows the batch that was under way ({0}): how its rows ended can't be told any more. Remove the result's .part and .part.state, and import the CSV anew"
    )]
    BatchGone(String),
    #[error("the API counts {counted} items of a batch of {sent}: check --url, and that no other program uses the keys of this import")]
    Miscounted { sent: u64, counted: u64 },
    #[error("a batch can't be made: the task that makes it ended")]
    Task(#[source] tokio::task::JoinError),
    #[error("can't listen for Ctrl-C")]
    Signals(#[source] io::Error),
    #[error("interrupted")]
    Interrupted,
    #[error("{reason}. So far {rows} rows have their outcome; run the same command again to continue")]
    Unfinished { rows: u64, reason: String },

    #[error("{failed} rows failed: see the column `message` of {result}")]
    RowsFailed { failed: u64, result: PathBuf },
}
