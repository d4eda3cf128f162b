//! Sends all batches, one after the other, and keeps how their rows ended.
//!
//! A batch is sent when the one before is applied, because batches have no order among each other, and rows of one user do. Meanwhile the
//! next one is made.
//!
//! The state is kept before a batch is sent, when it is accepted, and when its rows have their outcome. Wherever a run ends, the next one
//! makes the same batch of the same rows and sends it under the same key, which applies it once.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;

use super::api::{Api, Status};
use super::batch::{Batch, Batches, Extent};
use super::error::Error;
use super::item::{self, Item, TOO_LARGE};
use super::message;
use super::result::{self, Outcome};
use super::rows::Rows;
use super::state::{Counts, State, UnderWay, Wanted};
use crate::causes::with_causes;
use crate::http::CallError;
use crate::part::{Kind, Part};
use crate::progress;

const IMPORT: Kind = Kind { what: "import", option: "--result" };
/// The warnings that the API keeps of a part of a batch.
const WARNINGS_KEPT: u64 = 1_000;
/// The bytes of lines that are written at once.
const MANY_BYTES: usize = 1 << 20;

/// A run over a CSV.
pub(super) struct Run {
    pub(super) api: Api,
    pub(super) batches: Arc<Batches>,
}

impl Run {
    /// Sends every row that has no outcome yet, and prints the number of rows with each outcome.
    ///
    /// # Errors
    /// If the files can't be used, the API refuses or does not answer, the run is interrupted, or a row failed.
    pub(super) async fn run(&self, result: &Path, wanted: Wanted) -> Result<(), Error> {
        let mut part = Part::open(IMPORT, result, State::new(wanted))?;
        if part.is_empty() {
            part.write(&result::header(&self.batches.mapping))?;
            part.keep(part.progress().clone())?;
        } else if part.progress().counts.rows() > 0 {
            eprintln!("continuing after {} rows", part.progress().counts.rows());
        }
        let mut interrupts = signal(SignalKind::interrupt()).map_err(Error::Signals)?;
        let ended = tokio::select! {
            ended = self.send_all(&mut part) => ended,
            Some(()) = interrupts.recv() => Err(Error::Interrupted),
        };
        let counts = part.progress().counts;
        match ended {
            Ok(()) => part.finish()?,
            Err(error) if part.progress().is_new() => {
                part.discard();
                return Err(error);
            }
            Err(error) => return Err(Error::Unfinished { rows: counts.rows(), reason: with_causes(&error) }),
        }
        self.api.caller.bar.finish_and_clear();
        conclude(counts, result)
    }

    async fn send_all(&self, part: &mut Part<State>) -> Result<(), Error> {
        let mut next = None;
        loop {
            let state = part.progress().clone();
            self.api.caller.bar.set_position(state.counts.rows());
            let (extent, id) = match state.under_way.clone() {
                Some(UnderWay { extent, id: Some(id) }) => (extent, id),
                under_way => {
                    let making = match under_way {
                        Some(UnderWay { extent, .. }) => self.make(extent.start, Some(extent.rows())),
                        None => next.take().unwrap_or_else(|| self.make(state.at, None)),
                    };
                    let batch = making.await.map_err(Error::Task)??;
                    if batch.extent.rows() == 0 {
                        return Ok(());
                    }
                    self.send(part, state, batch).await?
                }
            };
            next = Some(self.make(extent.end, None));
            self.settle(part, &extent, &id).await?;
        }
    }

    /// Makes a batch, beside what is done meanwhile.
    fn make(&self, start: u64, exactly: Option<u64>) -> JoinHandle<Result<Batch, Error>> {
        let batches = Arc::clone(&self.batches);
        tokio::task::spawn_blocking(move || batches.make(start, exactly))
    }

    /// Sends a batch, and returns its rows and its id. A batch without items has none, and is not sent.
    async fn send(&self, part: &mut Part<State>, mut state: State, batch: Batch) -> Result<(Extent, String), Error> {
        let Batch { extent, body } = batch;
        state.under_way = Some(UnderWay { extent: extent.clone(), id: None });
        part.keep(state.clone())?;
        let id = if extent.items == 0 { String::new() } else { self.api.send(&state.key(), &body).await? };
        state.under_way = Some(UnderWay { extent: extent.clone(), id: Some(id.clone()) });
        part.keep(state)?;
        Ok((extent, id))
    }

    /// Waits until a batch is applied, and keeps how its rows ended.
    async fn settle(&self, part: &mut Part<State>, extent: &Extent, id: &str) -> Result<(), Error> {
        let mut counts = Counts { blank: extent.blank, failed: extent.too_large, ..Counts::default() };
        let mut problems = Problems { api: &self.api, id, known: VecDeque::new(), warnings: 0, next: (id.is_empty(), None) };
        if !id.is_empty() {
            let status = self.completed(id, part.progress().counts.rows()).await?;
            let applied = status.counts();
            let counted = applied.rows().min(status.total());
            if status.total() != extent.items || counted != extent.items {
                return Err(Error::Miscounted { sent: extent.items, counted });
            }
            counts = counts.plus(applied);
        }
        problems.more().await?;
        if extent.too_large > 0 || !problems.known.is_empty() {
            counts.warned = self.write_lines(part, extent, &mut problems).await?;
        }
        counts.cut_off = u64::from(problems.warnings >= WARNINGS_KEPT);
        let mut state = part.progress().clone();
        state.batches += 1;
        state.at = extent.end;
        state.counts = state.counts.plus(counts);
        state.under_way = None;
        Ok(part.keep(state)?)
    }

    /// Waits until a batch is applied. So many rows have their outcome already.
    async fn completed(&self, id: &str, rows: u64) -> Result<Status, Error> {
        let since = Instant::now();
        let mut told = false;
        loop {
            let status = self.api.status(id).await?;
            if status.is_completed() {
                return Ok(status);
            }
            self.api.caller.bar.set_position(rows + status.counts().rows());
            if status.stalled_chunks_count > 0 && !std::mem::replace(&mut told, true) {
                eprintln!("a part of the batch {id} has failed ten times or more; the API tries it again all the same");
            }
            tokio::time::sleep(self.api.pause(since.elapsed())).await;
        }
    }

    /// Writes the lines of a batch's rows, and returns the number of those that were warned of.
    async fn write_lines(&self, part: &mut Part<State>, extent: &Extent, problems: &mut Problems<'_>) -> Result<u64, Error> {
        let Batches { source, mapping, empty, .. } = &*self.batches;
        let mut rows = Rows::open(source, extent.start)?;
        let (mut lines, mut scratch) = (Vec::new(), Vec::new());
        let (mut index, mut warned) = (0, 0);
        let first = part.progress().counts.rows() + 1;
        for number in (first..).take(usize::try_from(extent.rows()).unwrap_or(usize::MAX)) {
            let Some(row) = rows.next()? else { break };
            match item::write(&mut scratch, row, mapping.tree(), *empty) {
                Item::Blank => {}
                Item::TooLarge => lines.extend(result::row(mapping, number, row, Outcome::Failed, TOO_LARGE)),
                Item::Sent => {
                    if let Some(found) = problems.of(index).await? {
                        let outcome = if found.is_failed { Outcome::Failed } else { Outcome::Warned };
                        let texts: Vec<_> = found.texts.iter().map(|text| message::of_row(text, index, number)).collect();
                        lines.extend(result::row(mapping, number, row, outcome, &texts.join("; ")));
                        warned += u64::from(found.is_warned);
                    }
                    index += 1;
                }
            }
            if lines.len() > MANY_BYTES {
                part.write(&lines)?;
                lines.clear();
            }
        }
        part.write(&lines)?;
        // Problems of items that were not sent.
        if problems.known.is_empty() { Ok(warned) } else { Err(CallError::NotTheApi { status: 200 }.into()) }
    }
}

/// What is wrong with an item.
#[derive(Default)]
struct Found {
    is_failed: bool,
    is_warned: bool,
    texts: Vec<String>,
}

/// Reads what is wrong with the items of a batch, page by page, in their order.
struct Problems<'a> {
    api: &'a Api,
    id: &'a str,
    /// Those of the page, by the index of their item.
    known: VecDeque<(u64, Found)>,
    /// The warnings so far.
    warnings: u64,
    /// Whether the last page is read, and where the next one begins.
    next: (bool, Option<u64>),
}

impl Problems<'_> {
    /// Returns what is wrong with an item. It must be asked for item by item.
    async fn of(&mut self, index: u64) -> Result<Option<Found>, Error> {
        let found = self.known.pop_front_if(|(first, _)| *first == index);
        if self.known.is_empty() {
            self.more().await?;
        }
        Ok(found.map(|(_, found)| found))
    }

    /// Reads the next page, if there is one.
    async fn more(&mut self) -> Result<(), Error> {
        let (false, after) = self.next else { return Ok(()) };
        let (errors, warnings, after) = self.api.problems(self.id, after).await?.into_parts();
        self.next = (after.is_none(), after);
        self.warnings += warnings.len() as u64;
        let shown = |text: &str| self.api.caller.client.shown(text);
        let mut known: BTreeMap<u64, Found> = BTreeMap::new();
        for error in errors {
            let found = known.entry(error.index).or_default();
            found.is_failed = true;
            found.texts.push(shown(&error.message));
        }
        for warning in warnings {
            let found = known.entry(warning.index).or_default();
            found.is_warned = true;
            let text = warning.prop.map_or_else(|| warning.message.clone(), |prop| format!("`{prop}`: {}", warning.message));
            found.texts.push(shown(&text));
        }
        self.known.extend(known);
        Ok(())
    }
}

fn conclude(counts: Counts, result: &Path) -> Result<(), Error> {
    let Counts { created, updated, unchanged, ignored, blank, failed, warned, cut_off } = counts;
    let shown = [("created", created), ("updated", updated), ("unchanged", unchanged), ("ignored", ignored), ("blank", blank)];
    progress::print_counts(&shown, false);
    progress::print_counts(&[("failed", failed), ("with warnings", warned)], false);
    println!("result {}", result.display());
    if cut_off > 0 {
        eprintln!("the API keeps {WARNINGS_KEPT} warnings of some 5,000 rows: more rows may have been warned of");
    }
    if failed == 0 { Ok(()) } else { Err(Error::RowsFailed { failed, result: result.to_owned() }) }
}
