//! `profiles export`: all who fit, in a file that is either whole or continued.

mod part;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use self::part::{Part, Wanted};
use super::api::{Api, MAX_PAGE, Pages};
use super::columns::{Columns, Expand};
use super::error::Error;
use super::query::{Query, Who};
use super::rows::{Format, Rows};
use crate::causes::with_causes;
use crate::http::{self, Caller};
use crate::progress;

/// The arguments of `profiles export`.
#[derive(Args)]
pub(crate) struct Export {
    #[command(flatten)]
    who: Who,
    /// The file to write. Until it is complete, its name ends in `.part`.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The format, unless the file's name ends in .csv or .jsonl.
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// The columns, in this order: properties, with commas between them; `company.name` for one of the company's. Unless told, a CSV has
    /// id,uid,email,created_at,updated_at,company_id, one of companies id,uid,name,created_at,updated_at, and JSON lines have everything.
    #[arg(long, value_name = "NAMES")]
    columns: Option<String>,
    /// Puts a `'` before texts in a CSV that a spreadsheet would take for formulas: those that begin with =, +, -, @, a tab or a line end.
    #[arg(long)]
    for_spreadsheets: bool,
    #[command(flatten)]
    api: http::Api,

    // For tests, which have few profiles.
    #[arg(long, hide = true, default_value_t = MAX_PAGE, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_PAGE)))]
    page: u32,
}

/// The format of a file.
#[derive(Clone, Copy, clap::ValueEnum)]
enum FileFormat {
    /// Comma-separated values, the names in the first line.
    Csv,
    /// A JSON object in each line.
    Jsonl,
}

/// Runs the command.
pub(super) async fn run(arguments: Export) -> Result<(), Error> {
    let format = format(arguments.format, &arguments.out)?;
    if arguments.for_spreadsheets && format != Format::Csv {
        return Err(Error::NoCells);
    }
    let kind = arguments.who.kind();
    let columns = arguments.columns.as_deref().map(Columns::parse).transpose()?;
    let columns = columns.or_else(|| (format == Format::Csv).then(|| Columns::usual(kind)));
    let query = arguments.who.read()?;
    let rows = Rows { format, columns, for_spreadsheets: arguments.for_spreadsheets };
    let bar = progress::counter(kind.name());
    let api = Api(Caller { client: arguments.api.client()?, backoff: arguments.api.backoff(), bar: bar.clone() });

    let written = write(&api, &query, &rows, &arguments.out, arguments.page).await;
    bar.finish_and_clear();
    println!("{:<22} {:>9}", "exported", written?);
    println!("file {}", arguments.out.display());
    Ok(())
}

/// Writes the file, and returns the number of profiles in it.
async fn write(api: &Api, query: &Query, rows: &Rows, out: &Path, page: u32) -> Result<u64, Error> {
    let wanted = Wanted {
        account: api.0.account().await?,
        format: rows.format.name().to_owned(),
        columns: rows.columns.as_ref().map(|columns| columns.names().map(ToOwned::to_owned).collect()),
        for_spreadsheets: rows.for_spreadsheets,
        filters: query.fingerprint(),
    };
    let mut part = Part::open(out, wanted)?;
    if part.profiles() > 0 {
        eprintln!("continuing after {} {}", part.profiles(), query.kind.name());
    }
    match write_pages(api, query, rows, &mut part, page).await {
        Ok(()) => {
            let profiles = part.profiles();
            part.finish()?;
            Ok(profiles)
        }
        Err(error) if part.is_new() => {
            part.discard();
            Err(error)
        }
        Err(error) => Err(Error::Unfinished { written: part.profiles(), what: query.kind.name(), reason: with_causes(&error) }),
    }
}

async fn write_pages(api: &Api, query: &Query, rows: &Rows, part: &mut Part, most: u32) -> Result<(), Error> {
    let mut interrupts = signal(SignalKind::interrupt()).map_err(Error::Signals)?;
    let expand = rows.columns.as_ref().map_or(Expand::whole(query.kind), |columns| columns.expand(query.kind));
    let mut pages = Pages::new(api, query, expand, most, part.before().map(ToOwned::to_owned));
    let mut lines = Vec::new();
    while !part.is_whole() {
        api.0.bar.set_position(part.profiles());
        let page = tokio::select! {
            page = pages.next(most) => page?,
            Some(()) = interrupts.recv() => return Err(Error::Interrupted),
        };
        lines.clear();
        if part.is_new() {
            rows.header(&mut lines);
        }
        rows.add(&page.found, &mut lines)?;
        part.add(&lines, page.found.len() as u64, page.before)?;
    }
    Ok(())
}

/// Returns the format that is told, or that the file's name tells.
fn format(told: Option<FileFormat>, out: &Path) -> Result<Format, Error> {
    let extension = out.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
    match (told, extension.as_deref()) {
        (Some(FileFormat::Csv), _) | (None, Some("csv")) => Ok(Format::Csv),
        (Some(FileFormat::Jsonl), _) | (None, Some("jsonl" | "ndjson")) => Ok(Format::Jsonl),
        (None, _) => Err(Error::NoFormat(out.to_owned())),
    }
}
