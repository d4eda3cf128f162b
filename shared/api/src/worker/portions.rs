//! Applies the plan of a chunk portion by portion. While one is written, the next one is read.

use std::future::poll_fn;
use std::pin::{Pin, pin};

use futures_util::future::{BoxFuture, FutureExt, MaybeDone, maybe_done};
use profiles_domain::Error;
use profiles_storage::batches::{Ahead, Applied, Plan, Portion, Progress, Report};

use super::turn::Turn;
use crate::batch::{ProblemText, Problems};
use crate::context::Context;
use crate::warnings::{self, company_is_too_large};

/// Blocked items that a line of the log names at most.
const MAX_BLOCKED_LOGGED: usize = 20;

/// The end of a turn.
#[derive(Clone, Copy)]
pub(super) enum Ended {
    /// The whole chunk is applied.
    Complete,
    /// Time is up.
    TimeIsUp {
        /// Whether anything was written.
        has_written: bool,
    },
}

/// A plan that is applied for a turn.
pub(super) struct Application<'a> {
    pub(super) context: &'a Context,
    pub(super) plan: &'a Plan,
    pub(super) turn: &'a Turn<'a>,
    pub(super) progress: &'a mut Progress,
    pub(super) problems: &'a mut Problems,
}

/// The reading of a portion, if there is one. It goes on whenever it is polled.
type Reading<'a> = MaybeDone<BoxFuture<'a, Result<Option<Ahead>, Error>>>;

impl<'a> Application<'a> {
    /// Applies the plan from the first group that is not done; then the groups that were blocked, or that wait for an address which another
    /// profile had.
    pub(super) async fn run(mut self) -> Result<Ended, Error> {
        let mut reading = self.read(self.next_after(self.progress.groups));
        while let Some(portion) = self.next_after(self.progress.groups) {
            if self.turn.run(&mut reading).await.is_none() {
                return Ok(self.time_is_up());
            }
            let ahead = Pin::new(&mut reading).take_output().transpose()?.flatten();
            // The one after it, and no more, so that two portions are in memory at most.
            reading = self.read(self.next_after(portion.end));
            let Some(blocked) = self.apply(&portion, ahead, &mut reading).await? else { return Ok(self.time_is_up()) };
            self.progress.blocked.extend(blocked);
            self.progress.groups = portion.end;
        }
        self.run_blocked().await
    }

    async fn run_blocked(mut self) -> Result<Ended, Error> {
        if self.progress.blocked.is_empty() {
            return Ok(Ended::Complete);
        }
        let mut groups = std::mem::take(&mut self.progress.blocked);
        groups.sort_unstable();
        let mut left = groups.as_slice();
        let ended = loop {
            let (portion, rest) = self.plan.portion_of(left);
            // Not read ahead: these depend on each other.
            match self.apply(&portion, None, &mut self.read(None)).await {
                Ok(Some(blocked)) => self.progress.blocked.extend(blocked),
                other => break other,
            }
            left = rest;
            if left.is_empty() {
                break Ok(Some(Vec::new()));
            }
        };
        self.progress.blocked.extend(left);
        let Some(_) = ended? else { return Ok(self.time_is_up()) };
        if self.progress.blocked.is_empty() {
            return Ok(Ended::Complete);
        }
        let items: Vec<_> = self.plan.items(&self.progress.blocked).take(MAX_BLOCKED_LOGGED).collect();
        tracing::warn!(?items, "items are blocked and wait while the others go on");
        Err(Error::Contended)
    }

    fn time_is_up(&self) -> Ended {
        Ended::TimeIsUp { has_written: self.plan.writes() > 0 }
    }

    /// The portion after the groups that are seen to.
    fn next_after(&self, seen_to: u32) -> Option<Portion> {
        self.plan.portion_after(seen_to, &self.progress.blocked)
    }

    /// Begins to read a portion.
    fn read(&self, portion: Option<Portion>) -> Reading<'a> {
        let (storage, plan, now) = (&self.context.storage, self.plan, self.context.clock.now());
        let read = async move {
            match portion {
                Some(portion) => storage.read_ahead(plan, &portion, now).await.map(Some),
                None => Ok(None),
            }
        };
        maybe_done(read.boxed())
    }

    /// Applies a portion, counts its items and records their problems. Returns the groups that are blocked; `None` when time is up.
    async fn apply(&mut self, portion: &Portion, ahead: Option<Ahead>, reading: &mut Reading<'_>) -> Result<Option<Vec<u32>>, Error> {
        let now = self.context.clock.now();
        // Writes that took place when time is up are in the applied log, and are not repeated.
        // Boxed, like others on this path: nested futures of this depth take more than the stack of a thread.
        let apply = Box::pin(self.context.storage.apply(self.plan, portion, ahead, now));
        let Some(report) = self.turn.run(beside(apply, reading)).await else { return Ok(None) };
        let Report { items, blocked, company_is_too_large: too_large, company_was_deleted } = report?;
        for Applied { index, result } in items {
            match result {
                Ok(outcome) => self.progress.counts.count(outcome),
                Err(error) => {
                    if let Error::Defect(what) = &error {
                        tracing::error!(what, "a defect kept an item from being applied");
                    }
                    self.progress.counts.failed = self.progress.counts.failed.saturating_add(1);
                    self.problems.add(index, ProblemText::of_error(&error));
                }
            }
        }
        for index in too_large {
            self.problems.add(index, ProblemText::of_warning(company_is_too_large()));
        }
        for index in company_was_deleted {
            self.problems.add(index, ProblemText::of_warning(warnings::company_was_deleted()));
        }
        Ok(Some(blocked))
    }
}

/// Runs `work` to its end, and lets `other` go on meanwhile, which may end sooner or later.
async fn beside<T>(work: impl Future<Output = T>, other: &mut (impl Future + Unpin)) -> T {
    let mut work = pin!(work);
    poll_fn(|context| {
        let polled = work.as_mut().poll(context);
        if polled.is_pending() {
            let _ = other.poll_unpin(context);
        }
        polled
    })
    .await
}
