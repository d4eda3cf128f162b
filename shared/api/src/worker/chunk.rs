//! Applying the chunk of a ticket: leases it, applies it portion by portion, saves how far it got, and finishes it.

use std::convert::Infallible;
use std::time::Duration;

use profiles_domain::{BatchItem, Error};
use profiles_storage::batches::{Applied, Lease, LeaseHold, Plan, Portion, Progress, Report, Ticket, TicketKey};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

use super::stop::Until;
use crate::batch::{Notes as Problems, What as ProblemText, chunks};
use crate::context::Context;
use crate::request::{Parameters, half_a_pair, read_upsert};
use crate::telemetry::ChunkApplied;
use crate::warnings::company_is_too_large;

/// A lease that was not renewed for this long has lapsed: its worker died.
const LEASE_DURATION: Duration = Duration::from_secs(15);
/// A few renewals may fail before the lease lapses.
const LEASE_RENEWED_AFTER: Duration = Duration::from_secs(4);
/// Blocked items that a line of the log names.
const MAX_BLOCKED_LOGGED: usize = 20;
/// Warnings that are kept of a chunk. They are for finding a mistake that is the same in many items.
const MAX_WARNINGS: usize = 1_000;

/// How an attempt at a ticket ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Its chunk is applied, or what is left of it was saved for somebody else.
    Over,
    /// Somebody else is at it, and may be known to have given it up after this time.
    Held(Duration),
}

/// Applies what is left of one ticket's chunk, unless somebody else is at it. When `stop` is cancelled, it saves how far it got.
///
/// # Errors
/// What kept it from being applied; it may be tried again.
pub async fn apply_ticket(context: &Context, key: TicketKey, stop: &CancellationToken) -> Result<Attempt, Error> {
    let attempt = async {
        let now = context.clock.now();
        match context.storage.batches().acquire_lease(key, now.minus(LEASE_DURATION), now).await? {
            Lease::Done => Ok(Attempt::Over),
            Lease::Held(since) => Ok(Attempt::Held(LEASE_DURATION.saturating_sub(since.until(now)))),
            Lease::Acquired(ticket) => {
                let hold = ticket.hold();
                let until = Until::Stopped(stop);
                tokio::select! {
                    applied = Box::pin(apply(context, ticket, &until)) => applied.map(|()| Attempt::Over),
                    never = keep_lease(context, hold) => match never {},
                }
            }
        }
    };
    noting_failure(context, key, attempt).instrument(span(key)).await
}

/// Whatever is logged in it names the chunk.
pub(crate) fn span(key: TicketKey) -> Span {
    tracing::error_span!("chunk", batch_id = %key.batch(), chunk = key.chunk())
}

/// Renews a lease again and again.
async fn keep_lease(context: &Context, hold: LeaseHold) -> Infallible {
    loop {
        tokio::time::sleep(LEASE_RENEWED_AFTER).await;
        // If it fails, somebody else may do the same work too.
        let _ = context.storage.batches().renew_lease(hold, context.clock.now()).await;
    }
}

/// Makes an attempt at a ticket's chunk, and notes in the ticket if it fails.
pub(crate) async fn noting_failure<T>(
    context: &Context,
    key: TicketKey,
    attempt: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let ended = attempt.await;
    if let Err(error) = &ended {
        match error {
            Error::Defect(what) => tracing::error!(what, "a defect kept a chunk from being applied"),
            Error::Denied(what) => tracing::error!(what, "the database denied a call, and kept a chunk from being applied"),
            _ => {}
        }
        // Only for whoever looks at the batch: if this fails too, the chunk is tried again all the same.
        let _ = context.storage.batches().note_failure(key).await;
    }
    ended
}

/// How an attempt at a chunk ended.
enum Ended {
    /// All of it is applied.
    Complete,
    /// Time is up, and somebody else goes on.
    HandedOver,
}

/// Applies what is left of a ticket's chunk.
pub(crate) async fn apply(context: &Context, mut ticket: Ticket, until: &Until<'_>) -> Result<(), Error> {
    let batches = context.storage.batches();
    if !ticket.progress.is_complete {
        let mut progress = ticket.progress.clone();
        let ended = Box::pin(go_on(context, &ticket, &mut progress, until)).await;
        // What was done is saved however it ended: the next attempt need not look at it again.
        let handed_over = matches!(ended, Ok(Ended::HandedOver));
        let went_on = progress.groups > ticket.progress.groups || progress.blocked != ticket.progress.blocked;
        if handed_over || went_on || progress.is_complete {
            match batches.save(ticket, progress, handed_over, context.clock.now()).await? {
                Some(saved) => ticket = saved,
                None => return ended.map(drop),
            }
        }
        if let Ended::HandedOver = ended? {
            return Ok(());
        }
    }
    batches.finish(&ticket, context.clock.now()).await?;
    ChunkApplied::write(ticket.key.batch(), ticket.progress.counts, ticket.source.accepted_at.until(context.clock.now()));
    Ok(())
}

/// Applies the groups that are left, portion by portion, and records in `progress` how far it got.
async fn go_on(context: &Context, ticket: &Ticket, progress: &mut Progress, until: &Until<'_>) -> Result<Ended, Error> {
    let Some(bytes) = context.storage.batches().chunk(ticket).await? else {
        // The batch was never accepted after all, or the chunk has expired.
        tracing::error!(items = ticket.items, "a chunk is gone before it was applied");
        progress.counts.failed = progress.counts.failed.saturating_add(ticket.items.saturating_sub(progress.counts.total()));
        progress.is_complete = true;
        return Ok(Ended::Complete);
    };
    let text = chunks::text(&bytes)?;
    drop(bytes);
    let Sent { items, problems: found } = read(ticket, &text)?;
    drop(text);
    let is_first = progress.groups == 0;
    let mut problems = match &progress.problems {
        Some(packed) => Problems::unpack(packed)?,
        None if is_first => found,
        None => Problems::default(),
    };
    if is_first {
        progress.counts.failed = problems.errors();
    }
    let plan = context.storage.plan(ticket.source, items).await?;
    let ended = apply_plan(context, &plan, until, progress, &mut problems).await;
    progress.is_complete = progress.blocked.is_empty() && progress.groups == plan.groups();
    if progress.groups == 0 && !progress.is_complete {
        // Nothing is done, so nothing is saved either: the next attempt begins at the beginning.
        *progress = ticket.progress.clone();
    } else {
        progress.problems = problems.pack()?;
    }
    ended
}

/// Applies the portions of a plan that are left; in the end, once more the groups that were blocked.
async fn apply_plan(
    context: &Context,
    plan: &Plan,
    until: &Until<'_>,
    progress: &mut Progress,
    problems: &mut Problems,
) -> Result<Ended, Error> {
    while let Some(portion) = plan.portion_after(progress.groups, &progress.blocked) {
        let Some(blocked) = apply_portion(context, plan, &portion, until, (progress, problems)).await? else {
            return Ok(Ended::HandedOver);
        };
        progress.blocked.extend(blocked);
        progress.groups = portion.end;
    }
    if progress.blocked.is_empty() {
        return Ok(Ended::Complete);
    }
    let portion = plan.portion_of(&progress.blocked);
    let Some(blocked) = apply_portion(context, plan, &portion, until, (progress, problems)).await? else {
        return Ok(Ended::HandedOver);
    };
    progress.blocked = blocked;
    if progress.blocked.is_empty() {
        return Ok(Ended::Complete);
    }
    let items: Vec<_> = plan.items(&progress.blocked).take(MAX_BLOCKED_LOGGED).collect();
    tracing::warn!(?items, "items are blocked and wait while the others go on");
    Err(Error::Contended)
}

/// Applies a portion, counts its items and records their problems. Returns its blocked groups; `None` when it is time to stop.
async fn apply_portion(
    context: &Context,
    plan: &Plan,
    portion: &Portion,
    until: &Until<'_>,
    (progress, problems): (&mut Progress, &mut Problems),
) -> Result<Option<Vec<u32>>, Error> {
    let now = context.clock.now();
    // Items that are written when it is time to stop are in the applied log, and are not written again.
    // Boxed, as other futures here: nested this deep, they take more than the stack of a thread.
    let apply = Box::pin(context.storage.apply(plan, portion, now));
    let Some(report) = until.run(now, apply).await else { return Ok(None) };
    let Report { items, blocked, company_is_too_large: too_large } = report?;
    for Applied { index, result } in items {
        match result {
            Ok(outcome) => progress.counts.count(outcome),
            Err(error) => {
                if let Error::Defect(what) = &error {
                    tracing::error!(what, "a defect kept an item from being applied");
                }
                progress.counts.failed = progress.counts.failed.saturating_add(1);
                problems.add(index, ProblemText::of_error(&error));
            }
        }
    }
    for index in too_large {
        problems.add(index, ProblemText::of_warning(company_is_too_large()));
    }
    Ok(Some(blocked))
}

/// What a chunk holds.
struct Sent {
    items: Vec<BatchItem>,
    /// Of items that cannot be applied, and of what is not stored as sent.
    problems: Problems,
}

fn read(ticket: &Ticket, text: &str) -> Result<Sent, Error> {
    let (mut items, mut problems, mut warned) = (Vec::new(), Problems::default(), 0_usize);
    for (index, json) in chunks::items(text)? {
        let parameters = Parameters::of_object(json.get()).map_err(|_| half_a_pair("a name"));
        // `$now` and the like mean the time of the request, however late its items are applied.
        let upsert = parameters.and_then(|parameters| read_upsert(ticket.source.account, &parameters, ticket.source.accepted_at));
        match upsert {
            Ok((upsert, warnings)) => {
                let kept = MAX_WARNINGS.saturating_sub(warned);
                warned = warned.saturating_add(warnings.len());
                warnings.into_iter().take(kept).for_each(|warning| problems.add(index, ProblemText::of_warning(warning)));
                items.push(BatchItem { index, upsert });
            }
            Err(error) => problems.add(index, ProblemText::of_error(&error)),
        }
    }
    Ok(Sent { items, problems })
}
