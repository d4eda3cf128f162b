//! `profiles forget`: permanently deletes the users in a CSV, over HTTP.
//!
//! ```text
//! source ──► check: is it in doubt? (once, to the end)
//! input ──► identifier ──► attempts ──► client ──► the API
//!   a row     its user      until one    one request
//!                           is final
//!                 └────────────┴──► results: a line for each step, from which a later run continues
//! ```

mod attempts;
mod client;
mod error;
mod identifier;
mod input;
mod lines;
mod outcome;
mod results;
mod run;
mod tally;

use std::path::PathBuf;

use clap::Args;

use self::client::{Client, Question};
pub(crate) use self::error::Error;
use self::identifier::By;
use self::run::Run;
use crate::csv_file::{self, Source, beside};
use crate::http::Api;

/// The arguments of `profiles forget`.
#[derive(Args)]
pub(crate) struct Forget {
    /// The CSV, with one user in each row. Its first row names the columns. `-` is standard input.
    #[arg(long, value_name = "FILE")]
    csv: PathBuf,
    /// The column that identifies the user, spelled as in the CSV.
    #[arg(long, value_name = "NAME")]
    column: String,
    /// The kind of identifier in that column.
    #[arg(long, value_enum)]
    by: By,
    /// The most requests under way at once.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    at_once: u16,
    /// Accepts what is in doubt in other columns, such as a stray quote. Without this, any doubt refuses the whole CSV, because a quote or
    /// comma in the wrong place may turn cells and rows into others. What may be about the identifiers is never accepted.
    #[arg(long)]
    accept_doubts_in_other_columns: bool,
    /// The file for the outcome of each row, from which a later run continues. By default the CSV's name followed by `.result.csv`.
    #[arg(long, value_name = "FILE")]
    result: Option<PathBuf>,
    /// Only counts the users that the API knows: deletes nothing, and writes no file.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    api: Api,
}

/// Runs the command. The result is `Ok` if every row has an outcome, and none failed.
pub(crate) async fn run(arguments: Forget) -> Result<(), Error> {
    let question = if arguments.dry_run { Question::Exists } else { Question::Forget };
    let client = Client::new(arguments.api.client()?, arguments.by, question);
    let backoff = arguments.api.backoff();
    let result = match arguments.result {
        _ if arguments.dry_run => None,
        None if !Source::is_file(&arguments.csv) => return Err(Error::NoResult),
        result => Some(result.unwrap_or_else(|| beside(&arguments.csv, ".result.csv"))),
    };
    let source = Source::open(&arguments.csv);
    let source = source.map_err(|error| csv_file::Error::Input { path: arguments.csv.clone(), source: error.into() })?;
    Run {
        client: &client,
        backoff,
        source: &source,
        column: &arguments.column,
        lenient: arguments.accept_doubts_in_other_columns,
        by: arguments.by,
        result: result.as_deref(),
        at_once: usize::from(arguments.at_once),
    }
    .run()
    .await
}
