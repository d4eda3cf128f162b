//! All rows, so many at once.

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
use super::input::{Input, Row};
use super::outcome::{Outcome, Told};
use super::results::Results;
use super::tally::Tally;
use super::waits::Waits;
use crate::progress;

/// So many rows in succession without any answer end a run: the network or the host is gone, and the others would fare no better.
const UNANSWERED_ROWS: u32 = 8;

/// A run over a CSV.
pub(crate) struct Run<'a> {
    /// Whom to ask, and what.
    pub(crate) client: &'a Client,
    /// How often and how long.
    pub(crate) waits: Waits,
    /// The CSV.
    pub(crate) input: &'a Path,
    /// The column that tells who the user is.
    pub(crate) column: &'a str,
    /// What it holds.
    pub(crate) by: By,
    /// Where the outcomes go; nowhere in a dry run.
    pub(crate) result: Option<&'a Path>,
    /// How many requests may be under way.
    pub(crate) at_once: usize,
}

impl Run<'_> {
    /// Asks for every row that has no outcome yet, and prints how many came to what.
    ///
    /// # Errors
    /// When anything is wrong with the files, before the first request; when all requests would fail alike; when it is interrupted;
    /// when a row failed.
    pub(crate) async fn run(&self) -> Result<(), Error> {
        // Whatever is wrong with the file is to be known before the first deletion.
        let rows = self.open()?.count()?;
        let results = self.result.map(|path| Results::open(path, self.by, self.client.url(), rows)).transpose()?;
        if let Some(results) = &results {
            results.check(self.open()?)?;
        }
        let (stop, stopping) = watch::channel(false);
        let bar = progress::bar(rows, "rows");
        let attempts = Attempts { client: self.client, waits: self.waits, bar: bar.clone(), stopping };
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

    fn open(&self) -> Result<Input, Error> {
        Input::open(self.input, self.column)
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

/// The rows, each understood.
struct Rows {
    input: Input,
    by: By,
    /// The first row of each identifier.
    seen: HashMap<Fingerprint, u64>,
}

/// What there is to do for a row.
enum Todo {
    /// Nothing: it has come to this without a question.
    Told(Told),
    /// To ask for this identifier.
    Ask(String),
}

impl Rows {
    fn next(&mut self) -> Result<Option<(Row, Todo)>, Error> {
        let Some(row) = self.input.next()? else { return Ok(None) };
        let todo = match (&row.doubt, self.by.read(&row.cell)) {
            (Some(doubt), _) => Todo::Told(Told::failed(doubt.clone(), false)),
            (None, Cell::Blank) => Todo::Told(Told::new(Outcome::Blank, "")),
            (None, Cell::Unusable(why)) => Todo::Told(Told::failed(format!("not asked: {why}"), false)),
            (None, Cell::Names(name)) => match *self.seen.entry(Fingerprint::of(&name)).or_insert(row.number) {
                first if first == row.number => Todo::Ask(name),
                first => Todo::Told(Told::new(Outcome::Duplicate, format!("its outcome is that of row {first}"))),
            },
        };
        Ok(Some((row, todo)))
    }
}

/// Where outcomes are kept and shown.
struct Ledger {
    results: Option<Results>,
    tally: Tally,
    bar: ProgressBar,
    last_failure: String,
}

impl Ledger {
    /// Notes that a row is about to be asked.
    fn begin(&mut self, row: &Row) -> Result<(), Error> {
        self.add(row, &Told::new(Outcome::UnderWay, ""))
    }

    /// Notes what became of a row.
    fn settle(&mut self, row: &Row, told: &Told) -> Result<(), Error> {
        self.count(told.outcome);
        if told.outcome == Outcome::Failed {
            self.last_failure.clone_from(&told.message);
        }
        self.add(row, told)
    }

    /// Counts a row that has its outcome from an earlier run.
    fn count(&mut self, outcome: Outcome) {
        self.tally.add(outcome);
        self.bar.inc(1);
    }

    fn add(&mut self, row: &Row, told: &Told) -> Result<(), Error> {
        self.results.as_mut().map_or(Ok(()), |results| results.add(row.number, &row.cell, told))
    }
}

struct Progress<'a> {
    rows: Rows,
    ledger: Ledger,
    attempts: Attempts<'a>,
}

impl Progress<'_> {
    /// Asks for row after row. However it ends, the requests that were sent are waited for, unless it is interrupted twice.
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
                    self.attempts.bar.set_message("waits for the requests under way; Ctrl-C again ends at once");
                    stop.send_replace(true);
                    continue;
                }
            };
            let Asked { told, unanswered, stop: error } = asked;
            self.ledger.settle(&row, &told)?;
            unanswered_rows = if unanswered.is_some() { unanswered_rows + 1 } else { 0 };
            let unreachable = unanswered.filter(|_| unanswered_rows >= UNANSWERED_ROWS);
            if let Some(error) = error.or(unreachable.map(|why| Error::Unreachable { rows: unanswered_rows, why })) {
                stop.send_replace(true);
                stopped.get_or_insert(error);
            }
        }
    }

    /// The next row that has to be asked, with its identifier, and whether the user may have been deleted by an earlier run.
    fn next_to_ask(&mut self) -> Result<Option<(Row, String, bool)>, Error> {
        while let Some((row, todo)) = self.rows.next()? {
            let known = self.ledger.results.as_ref().and_then(|results| results.known(row.number));
            match (known, todo) {
                (Some(known), _) if known.outcome.is_settled() => self.ledger.count(known.outcome),
                (_, Todo::Told(told)) => self.ledger.settle(&row, &told)?,
                (known, Todo::Ask(name)) => return Ok(Some((row, name, known.is_some_and(|known| known.maybe_done)))),
            }
        }
        Ok(None)
    }
}

/// Room for all rows at once: growing step by step would need half as much again.
fn capacity(rows: u64) -> usize {
    usize::try_from(rows).unwrap_or_default()
}
