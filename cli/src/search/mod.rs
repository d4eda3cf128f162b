//! `profiles search`, `count` and `export`: users, or companies, by what is known of them, over HTTP.
//!
//! ```text
//! --filter ──► filter ──► query ──► api ──► the API
//! --filters ─────────────┘           a page until there is no next one
//! --columns ──► columns ──────────────┴──► rows: lines of a table, of JSON or of a CSV ──► standard output, or the part of an export
//! ```

mod api;
mod columns;
mod error;
mod export;
mod filter;
mod query;
mod rows;
mod table;

use std::io::{self, Write};

use clap::Args;
use indicatif::ProgressBar;

use self::api::{Api, MAX_PAGE, Pages};
use self::columns::{Columns, Expand};
pub(crate) use self::error::Error;
pub(crate) use self::export::Export;
use self::query::Who;
use self::rows::{Format, Rows};
use crate::http::{self, Caller};
use crate::progress;

/// The text about filters, at the end of the help.
pub(crate) const ABOUT_FILTERS: &str = "\
Filters:
  Put each into single quotes, so that the shell leaves it as it is.

  role=admin               is exactly this           role!=admin               is not, or has none
  invited_users_count>=3   also >, <, <=
  last_seen_at<30d         less than 30 days ago     last_seen_at>30d          more than 30 days ago
  email~@acme.co           contains this             email!~@acme.co           does not
  name~*kim                the same, whatever the case; !~*
  email^=kim               begins with this
  role in admin,owner      is one of these           role not in admin,owner   is none of them
  tags has vip             a list that has this      tags lacks vip            does not
  plan?                    has it, also null         !plan?                    does not have it
  company.name=Acme Inc.   a property of the company

  event:report_exported                  did this    !event:report_exported    never did
  event:report_exported>=3 within 30d    so often, in the last 30 days
  tour:ID completed                      or started, exited, snoozed; any, if none is named
  survey:ID>=9 before 30d                the number of the button, from 0; more than 30 days ago

  A value goes on to the end; blanks around it do not count. Names and values with other characters, or that look like an operator,
  are put into quotes: '\"Plan Name\"=\"=x\"', and in lists values with commas: 'city in \"Paris, Texas\",Rome'. In double quotes, write
  \\\" for \" and \\\\ for \\. Only null without quotes is null. Several filters must all fit; with --any, one of them.";

/// The arguments of `profiles search`.
#[derive(Args)]
pub(crate) struct Search {
    #[command(flatten)]
    who: Who,
    /// The most profiles, or companies, to print.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
    /// What is printed, in this order: properties, with commas between them; `company.name` for one of the company's. Unless told,
    /// id,uid,email,created_at,updated_at,company_id, of companies id,uid,name,created_at,updated_at, and for JSON lines everything.
    #[arg(long, value_name = "NAMES")]
    columns: Option<String>,
    /// The form.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    api: http::Api,
}

/// The arguments of `profiles count`.
#[derive(Args)]
pub(crate) struct Count {
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    api: http::Api,
}

/// Runs `profiles search`.
pub(crate) async fn search(arguments: Search) -> Result<(), Error> {
    let kind = arguments.who.kind();
    let columns = arguments.columns.as_deref().map(Columns::parse).transpose()?;
    let columns = columns.or_else(|| (arguments.format != Format::Jsonl).then(|| Columns::usual(kind)));
    let query = arguments.who.read()?;
    let api = open(&arguments.api, progress::counter(kind.name()))?;
    let expand = columns.as_ref().map_or(Expand::whole(kind), |columns| columns.expand(kind));
    let rows = Rows { format: arguments.format, columns, for_spreadsheets: false };
    let mut pages = Pages::new(&api, &query, expand, MAX_PAGE, None);
    let mut left = arguments.limit;
    let mut lines = Vec::new();
    rows.header(&mut lines);
    loop {
        let page = pages.next(u32::try_from(left).unwrap_or(MAX_PAGE)).await?;
        rows.add(&page.found, &mut lines)?;
        match print(&lines) {
            // Whoever read it has seen enough, as `head` does.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            printed => printed.map_err(Error::Output)?,
        }
        lines.clear();
        api.0.bar.inc(page.found.len() as u64);
        left = left.saturating_sub(page.found.len() as u64);
        match page.before {
            None => return Ok(()),
            Some(_) if left == 0 => {
                eprintln!("there are more: pass a higher --limit, or write all into a file with `profiles export`");
                return Ok(());
            }
            Some(_) => {}
        }
    }
}

/// Runs `profiles count`.
pub(crate) async fn count(arguments: Count) -> Result<(), Error> {
    let query = arguments.who.read()?;
    let count = open(&arguments.api, ProgressBar::hidden())?.count(&query).await?;
    println!("{count}");
    Ok(())
}

/// Runs `profiles export`.
pub(crate) async fn export(arguments: Export) -> Result<(), Error> {
    export::run(arguments).await
}

fn open(arguments: &http::Api, bar: ProgressBar) -> Result<Api, Error> {
    Ok(Api(Caller { client: arguments.client()?, backoff: arguments.backoff(), bar }))
}

fn print(lines: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(lines)?;
    out.flush()
}
