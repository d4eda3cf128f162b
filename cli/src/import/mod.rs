//! `profiles import`: upserts a user or company for each row of a CSV, in batches, over HTTP.
//!
//! ```text
//! headers ──► mapping ──► check: is the CSV in doubt? (once, to the end)
//! rows ──► item ──► batch ──► api ──► the API
//!   from where      compressed   │     accepts it, applies it, and tells how each item ended
//!   it stopped                   └──► result: a line for each row that failed or was warned of, in the part of a file,
//!                                     whose state says which rows have their outcome
//! ```

mod api;
mod batch;
mod error;
mod item;
mod kind;
mod mapping;
mod message;
mod result;
mod rows;
mod run;
mod state;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use sha2::{Digest, Sha256};

use self::batch::{Batches, Empty};
pub(crate) use self::error::Error;
use self::kind::{Kind, Missing};
use self::mapping::Mapping;
use self::run::Run;
use self::state::Wanted;
use crate::csv_file::{self, Accepted, Care, Source, beside, headers};
use crate::http::{Api, Caller};
use crate::progress;

/// The arguments of `profiles import`.
#[derive(Args)]
pub(crate) struct Import {
    /// The CSV, with one user or company in each row. Its first row names the columns. `-` is standard input.
    #[arg(long, value_name = "FILE")]
    csv: PathBuf,
    /// What a column becomes: its name in the CSV, and the name of a property or an identifier (uid, email, id), such as "User ID=uid".
    /// A dot leads into a hash (`company.uid`). May be given several times; then the other columns are left out. Without it, each column
    /// becomes the property of its own name.
    #[arg(long = "map", value_name = "COLUMN=PROPERTY")]
    maps: Vec<String>,
    /// Takes the columns that no --map names too, each as the property of its own name.
    #[arg(long)]
    map_all: bool,
    /// The rows are companies.
    #[arg(long)]
    companies: bool,
    /// What becomes of rows whose user or company does not exist.
    #[arg(long, value_enum, default_value_t = Missing::Create)]
    on_model_missing: Missing,
    /// What an empty cell means. Those of identifiers are always left out.
    #[arg(long, value_enum, default_value_t = Empty::Skip)]
    empty: Empty,
    /// Accepts quoted cells of several lines of which one reads as a row of its own, in columns that identify nobody.
    #[arg(long)]
    accept_cells_of_several_lines: bool,
    /// The file for the rows that failed or were warned of. Until the end, its name ends in `.part`. By default the CSV's name followed by
    /// `.import.csv`.
    #[arg(long, value_name = "FILE")]
    result: Option<PathBuf>,
    /// Only checks the CSV, and prints what becomes of its columns: sends nothing, and writes no file.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    api: Api,

    // For tests, which have few rows.
    #[arg(long, hide = true, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..))]
    rows_in_batch: u64,
}

/// Runs the command. The result is `Ok` if every row is applied, or left out as asked.
pub(crate) async fn run(arguments: Import) -> Result<(), Error> {
    let kind = if arguments.companies { Kind::Companies } else { Kind::Profiles };
    let result = match arguments.result {
        None if !arguments.dry_run && !Source::is_file(&arguments.csv) => return Err(Error::NoResult),
        result => result.unwrap_or_else(|| beside(&arguments.csv, ".import.csv")),
    };
    let source = Source::open(&arguments.csv);
    let source = source.map_err(|error| csv_file::Error::Input { path: arguments.csv.clone(), source: error.into() })?;
    let mapping = Mapping::of(&source, &headers(&source)?, &arguments.maps, arguments.map_all, kind)?;
    for note in mapping.left_out() {
        eprintln!("{note}");
    }
    // The whole file is checked before the first request.
    let accepted = if arguments.accept_cells_of_several_lines { Accepted::CellsOfSeveralLines } else { Accepted::Nothing };
    let care = Care { identifiers: mapping.identifying(), texts: mapping.columns(), accepted, acceptable: Accepted::CellsOfSeveralLines };
    let mut hash = Sha256::new();
    let rows = csv_file::check(&source, &care, |bytes| hash.update(bytes))?;
    if arguments.dry_run {
        for line in mapping.described() {
            println!("{line}");
        }
        progress::print_counts(&[("rows", rows)], false);
        println!("nothing was sent");
        return Ok(());
    }
    let bar = progress::bar(rows, "rows");
    let caller = Caller { client: arguments.api.client()?, backoff: arguments.api.backoff(), bar: bar.clone() };
    let wanted = Wanted {
        account: caller.account().await?,
        csv: hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
        mapping: mapping.described(),
        kind,
        on_model_missing: arguments.on_model_missing,
        empty: arguments.empty,
    };
    let batches = Batches {
        source,
        mapping,
        kind,
        on_model_missing: arguments.on_model_missing,
        empty: arguments.empty,
        most_rows: arguments.rows_in_batch,
    };
    let ended = Run { api: api::Api { caller, kind, upload_timeout: arguments.api.timeout() * 4 }, batches: Arc::new(batches) }
        .run(&result, wanted)
        .await;
    bar.finish_and_clear();
    ended
}
