//! Asks for all rows, some of them at once.

use std::collections::HashMap;
use std::path::Path;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use indicatif::ProgressBar;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::attempts::{Asked, Attempts};
use super::client::{Client, Question};
use super::error::Error;
use super::identifier::{By, Cell, Fingerprint};
use super::input::{self, Input, Row};
use super::outcome::{Outcome, RowResult};
use super::results::Results;
use super::tally::Tally;
use crate::csv_file::Source;
use crate::http::Backoff;
use crate::progress;

/// The number of rows in succession without a response that ends a run: the network or the host is gone, and the others would fail too.
const UNANSWERED_ROWS: u32 = 8;

/// A run over a CSV.
pub(crate) struct Run<'a> {
    /// Sends the requests.
    pub(crate) client: &'a Client,
    /// The number of attempts for each row, and the pauses between.
    pub(crate) backoff: Backoff,
    /// The CSV.
    pub(crate) source: &'a Source,
    /// The column that identifies the user.
    pub(crate) column: &'a str,
    /// Whether doubts about other columns are passed over.
    pub(crate) lenient: bool,
    /// The kind of identifier in it.
    pub(crate) by: By,
    /// The result file; none in a dry run.
    pub(crate) result: Option<&'a Path>,
    /// The most requests under way at once.
    pub(crate) at_once: usize,
}

impl Run<'_> {
    /// Asks for every row that has no outcome yet, and prints the number of rows with each outcome.
    ///
    /// # Errors
    /// Before the first request, if anything is wrong with the files. Later, if all requests would fail, if the run is interrupted, or
    /// if a row failed.
    pub(crate) async fn run(&self) -> Result<(), Error> {
        // The whole file is checked before the first request.
        let rows = input::check(self.source, self.column, self.lenient)?;
        let results = self.result.map(|path| Results::open(path, self.by, self.client.url(), rows)).transpose()?;
        if let Some(results) = &results {
            results.check(self.open()?)?;
        }
        let (stop, stopping) = watch::channel(false);
        let bar = progress::bar(rows, "rows");
        let attempts = Attempts { client: self.client, backoff: self.backoff, bar: bar.clone(), stopping };
        let ledger = Ledger { results, tally: Tally::of(self.outcomes()), bar: bar.clone(), last_failure: String::new() };
        let mut progress =
            Progress { rows: Rows { input: self.open()?, by: self.by, seen: HashMap::with_capacity(capacity(rows)) }, ledger, attempts };
        let ended = progress.ask_all(self.at_once, &stop).await;
        bar.finish_and_clear();
        progress.ledger.tally.print();
        ended?;
        self.conclude(progress.ledger)
    }

    fn conclude(&self, ledger: Ledger) -> Result<(), Error> {
        let failed = ledger.tally.count(Outcome::Failed);
        match (ledger.results, self.result) {
            (Some(results), Some(path)) => {
                results.finish()?;
                println!("result {}", path.display());
                if failed == 0 { Ok(()) } else { Err(Error::RowsFailed { failed, result: path.to_owned() }) }
            }
            _ => {
                println!("nothing was deleted");
                if failed == 0 { Ok(()) } else { Err(Error::LookupsFailed { failed, why: ledger.last_failure }) }
            }
        }
    }

    fn open(&self) -> Result<Input<'_>, Error> {
        Input::open(self.source, self.column)
    }

    fn outcomes(&self) -> &'static [Outcome] {
        match self.client.question() {
            Question::Exists => &[Outcome::Exists, Outcome::NotFound, Outcome::Blank, Outcome::Duplicate, Outcome::Failed],
            Question::Forget => {
                &[Outcome::Forgotten, Outcome::ForgottenOrNotFound, Outcome::NotFound, Outcome::Blank, Outcome::Duplicate, Outcome::Failed]
            }
        }
    }
}

/// Reads the rows, and decides what to do for each.
struct Rows<'a> {
    input: Input<'a>,
    by: By,
    /// The first row of each identifier.
    seen: HashMap<Fingerprint, u64>,
}

/// The action for a row.
enum Todo {
    /// No request: the row has this result.
    Settled(RowResult),
    /// A request for this identifier.
    Ask(String),
}

impl Rows<'_> {
    fn next(&mut self) -> Result<Option<(Row, Todo)>, Error> {
        let Some(row) = self.input.next()? else { return Ok(None) };
        let todo = match self.by.read(&row.cell) {
            Cell::Blank => Todo::Settled(RowResult::new(Outcome::Blank, "")),
            Cell::Unusable(why) => Todo::Settled(RowResult::failed(format!("not sent: {why}"), false)),
            Cell::Names(name) => match *self.seen.entry(Fingerprint::of(&name)).or_insert(row.number) {
                first if first == row.number => Todo::Ask(name),
                first => Todo::Settled(RowResult::new(Outcome::Duplicate, format!("see the outcome of row {first}"))),
            },
        };
        Ok(Some((row, todo)))
    }
}

/// Stores and shows the outcomes.
struct Ledger {
    results: Option<Results>,
    tally: Tally,
    bar: ProgressBar,
    last_failure: String,
}

impl Ledger {
    /// Records that a request for a row is about to be sent.
    fn begin(&mut self, row: &Row) -> Result<(), Error> {
        self.add(row, &RowResult::new(Outcome::UnderWay, ""))
    }

    /// Records the result of a row.
    fn settle(&mut self, row: &Row, result: &RowResult) -> Result<(), Error> {
        self.count(result.outcome);
        if result.outcome == Outcome::Failed {
            self.last_failure.clone_from(&result.message);
        }
        self.add(row, result)
    }

    /// Counts a row that has its outcome from an earlier run.
    fn count(&mut self, outcome: Outcome) {
        self.tally.add(outcome);
        self.bar.inc(1);
    }

    fn add(&mut self, row: &Row, result: &RowResult) -> Result<(), Error> {
        self.results.as_mut().map_or(Ok(()), |results| results.add(row.number, &row.cell, result))
    }
}

struct Progress<'a> {
    rows: Rows<'a>,
    ledger: Ledger,
    attempts: Attempts<'a>,
}

impl Progress<'_> {
    /// Asks for all rows. However the run ends, it waits for the requests that were sent, unless it is interrupted twice.
    async fn ask_all(&mut self, at_once: usize, stop: &watch::Sender<bool>) -> Result<(), Error> {
        let mut interrupts = signal(SignalKind::interrupt()).map_err(Error::Signals)?;
        let mut under_way = FuturesUnordered::new();
        let mut stopped: Option<Error> = None;
        let mut unanswered_rows = 0;
        loop {
            while stopped.is_none() && under_way.len() < at_once {
                let Some((row, name, maybe_done)) = self.next_to_ask()? else { break };
                self.ledger.begin(&row)?;
                let attempts = self.attempts.clone();
                under_way.push(async move { (row, attempts.ask(name, maybe_done).await) });
            }
            let (row, asked) = tokio::select! {
                next = under_way.next() => match next {
                    Some(next) => next,
                    None => return stopped.map_or(Ok(()), Err),
                },
                Some(()) = interrupts.recv() => {
                    if let Some(error) = stopped.replace(Error::Interrupted) {
                        return Err(error);
                    }
                    self.attempts.bar.set_message("waiting for the requests under way; press Ctrl-C again to end at once");
                    stop.send_replace(true);
                    continue;
                }
            };
            let Asked { result, unanswered, stop: error } = asked;
            self.ledger.settle(&row, &result)?;
            unanswered_rows = if unanswered.is_some() { unanswered_rows + 1 } else { 0 };
            let unreachable = unanswered.filter(|_| unanswered_rows >= UNANSWERED_ROWS);
            if let Some(error) = error.or(unreachable.map(|why| Error::Unreachable { rows: unanswered_rows, why })) {
                stop.send_replace(true);
                stopped.get_or_insert(error);
            }
        }
    }

    /// Returns the next row that needs a request, its identifier, and whether an earlier run may have deleted the user.
    fn next_to_ask(&mut self) -> Result<Option<(Row, String, bool)>, Error> {
        while let Some((row, todo)) = self.rows.next()? {
            let known = self.ledger.results.as_ref().and_then(|results| results.known(row.number));
            match (known, todo) {
                (Some(known), _) if known.outcome.is_settled() => self.ledger.count(known.outcome),
                (_, Todo::Settled(result)) => self.ledger.settle(&row, &result)?,
                (known, Todo::Ask(name)) => return Ok(Some((row, name, known.is_some_and(|known| known.maybe_done)))),
            }
        }
        Ok(None)
    }
}

/// Returns the capacity for all rows. Growing step by step would need half as much memory again.
fn capacity(rows: u64) -> usize {
    usize::try_from(rows).unwrap_or_default()
}
