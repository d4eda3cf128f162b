//! Applies a chunk of an accepted batch for a turn: lease, decode, apply, save, finish.

use std::time::Duration;

use profiles_domain::{BatchItem, BatchItems, BatchModel, Error};
use profiles_normalization::Warning;
use profiles_storage::batches::{Lease, LeaseHold, Progress, Source, Ticket, TicketKey, WorkerKind};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

use super::portions::{Application, Ended};
use super::turn::Turn;
use crate::batch::{ProblemText, Problems, chunks};
use crate::context::Context;
use crate::request::{Parameters, half_a_pair, read_company_upsert, read_upsert};
use crate::telemetry::ChunkApplied;

/// A lease on a ticket that was not renewed for this long has lapsed: the worker that held it died.
const LEASE_DURATION: Duration = Duration::from_secs(15);
/// The time between renewals of a lease. A few of them may fail before it lapses.
const LEASE_RENEWED_AFTER: Duration = Duration::from_secs(4);
/// Warnings that are kept of a chunk at most. They serve to find a mistake that is the same in many items.
const MAX_WARNINGS: usize = 1_000;

/// The end of an attempt at a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The chunk is applied, or another worker applies it.
    Over,
    /// The turn ended. The progress was saved, and the chunk goes on in another turn.
    Unfinished,
    /// The turn ended without any progress. That counts as a failure, and the chunk is tried again only after a while.
    Stalled,
    /// Another worker has the lease. It lapses after this time, unless it is renewed.
    Held(Duration),
}

/// Applies a ticket's chunk as a server, for a turn, unless another worker has the lease. When `stop` is cancelled, it saves the progress.
///
/// # Errors
/// The reason why the chunk could not be applied; it may be tried again.
pub async fn apply_ticket(context: &Context, key: TicketKey, stop: &CancellationToken) -> Result<Attempt, Error> {
    let turn = || Turn::unless_cancelled(&context.clock, stop);
    apply_in_turn(context, key, WorkerKind::Server, turn).instrument(span(key)).await
}

/// Applies a ticket's chunk for a turn, unless another worker has the lease. A failure is counted in the ticket.
///
/// # Errors
/// The reason why the chunk could not be applied; it may be tried again.
pub(crate) async fn apply_in_turn<'a>(
    context: &Context,
    key: TicketKey,
    kind: WorkerKind,
    turn: impl FnOnce() -> Turn<'a>,
) -> Result<Attempt, Error> {
    let now = context.clock.now();
    match context.storage.batches().acquire_lease(key, kind, now.minus(LEASE_DURATION), now).await {
        Ok(Lease::Done) => Ok(Attempt::Over),
        Ok(Lease::Held(since)) => Ok(Attempt::Held(LEASE_DURATION.saturating_sub(since.until(now)))),
        Ok(Lease::Acquired(ticket, hold)) => {
            let turn = turn();
            let ended = tokio::select! {
                attempt = Box::pin(apply(context, *ticket, &turn)) => attempt,
                () = keep_lease(context, &hold) => Ok(Attempt::Held(LEASE_DURATION)),
            };
            recording_failure(context, key, Some(&hold), ended).await
        }
        Err(error) => recording_failure(context, key, None, Err(error)).await,
    }
}

/// A span in which every log line names the chunk.
pub(crate) fn span(key: TicketKey) -> Span {
    tracing::error_span!("chunk", batch_id = %key.batch(), chunk = key.chunk())
}

/// Renews the lease on a ticket again and again. It returns when another worker has acquired the lease.
async fn keep_lease(context: &Context, hold: &LeaseHold) {
    let mut renewed = context.clock.now();
    loop {
        tokio::time::sleep(LEASE_RENEWED_AFTER).await;
        // No lease lapses while a test's clock stands still.
        let now = context.clock.now();
        if now == renewed {
            continue;
        }
        renewed = now;
        // If the call fails, another worker may do the same work too, which is safe.
        if let Ok(false) = context.storage.batches().renew_lease(hold, now).await {
            return;
        }
    }
}

/// Counts an attempt at a ticket's chunk in the ticket if it failed.
async fn recording_failure(
    context: &Context,
    key: TicketKey,
    hold: Option<&LeaseHold>,
    ended: Result<Attempt, Error>,
) -> Result<Attempt, Error> {
    match &ended {
        Ok(Attempt::Over | Attempt::Unfinished | Attempt::Held(_)) => return ended,
        Ok(Attempt::Stalled) => tracing::warn!("a chunk made no progress and waits while others go on"),
        Err(Error::Defect(what)) => tracing::error!(what, "a defect kept a chunk from being applied"),
        Err(Error::Denied(what)) => tracing::error!(what, "the database denied a call, and kept a chunk from being applied"),
        Err(_) => {}
    }
    // The count is only shown in the batch's status. If this fails too, the chunk is still tried again.
    let _ = context.storage.batches().note_failure(key, hold, context.clock.now()).await;
    ended
}

/// Applies a ticket's chunk for a turn, saves the progress, and finishes the chunk if it is complete.
async fn apply(context: &Context, mut ticket: Ticket, turn: &Turn<'_>) -> Result<Attempt, Error> {
    let batches = context.storage.batches();
    if !ticket.progress.is_complete {
        let mut progress = ticket.progress.clone();
        let ended = Box::pin(apply_from(context, &ticket, &mut progress, turn)).await;
        // The progress is saved in any case, so that the next attempt need not repeat it.
        let went_on = progress.groups > ticket.progress.groups || progress.blocked != ticket.progress.blocked;
        if matches!(ended, Ok(Ended::TimeIsUp { has_written: false })) && !(went_on || turn.is_cancelled()) {
            return Ok(Attempt::Stalled);
        }
        let requeue = matches!(ended, Ok(Ended::TimeIsUp { .. }));
        if requeue || went_on || progress.is_complete {
            match batches.save(ticket, progress, requeue, context.clock.now()).await? {
                Some(saved) => ticket = saved,
                None => return ended.map(|_| Attempt::Over),
            }
        }
        if let Ended::TimeIsUp { .. } = ended? {
            return Ok(Attempt::Unfinished);
        }
    }
    let Some(finished) = turn.another().run(batches.finish(&ticket, context.clock.now())).await else { return Ok(Attempt::Stalled) };
    finished?;
    ChunkApplied::write(ticket.key.batch(), ticket.progress.counts, ticket.source.accepted_at.until(context.clock.now()));
    Ok(Attempt::Over)
}

/// Decodes the chunk, and applies the groups that are not done yet. `progress` is updated.
async fn apply_from(context: &Context, ticket: &Ticket, progress: &mut Progress, turn: &Turn<'_>) -> Result<Ended, Error> {
    const NOTHING_WRITTEN: Ended = Ended::TimeIsUp { has_written: false };
    let Some(bytes) = turn.run(context.storage.batches().chunk(ticket)).await else { return Ok(NOTHING_WRITTEN) };
    let Some(bytes) = bytes? else {
        // The batch was never committed, or the chunk waited for so long that it expired.
        tracing::error!(items = ticket.items, "a chunk is gone before it was applied");
        progress.counts.failed = progress.counts.failed.saturating_add(ticket.items.saturating_sub(progress.counts.total()));
        progress.is_complete = true;
        return Ok(Ended::Complete);
    };
    let text = chunks::text(&bytes)?;
    drop(bytes);
    let DecodedChunk { items, problems: decoding_problems } = decode(ticket, &text)?;
    drop(text);
    let Some(plan) = turn.run(context.storage.plan(ticket.source, items)).await else { return Ok(NOTHING_WRITTEN) };
    let plan = plan?;
    let is_first = progress.groups == 0;
    let mut problems = match &progress.problems {
        Some(packed) => Problems::unpack(packed)?,
        None if is_first => decoding_problems,
        None => Problems::default(),
    };
    if is_first {
        progress.counts.failed = problems.errors();
    }
    let ended = Application { context, plan: &plan, turn, progress, problems: &mut problems }.run().await;
    progress.is_complete = progress.blocked.is_empty() && progress.groups == plan.groups();
    if progress.groups == 0 && !progress.is_complete {
        // Nothing is done, so no problems are kept either: the next attempt begins at the beginning.
        *progress = ticket.progress.clone();
    } else {
        progress.problems = problems.pack()?;
    }
    ended
}

/// The items of a chunk.
struct DecodedChunk<Items> {
    items: Items,
    /// The errors of items that cannot be applied, and the warnings of values that are not stored as sent.
    problems: Problems,
}

fn decode(ticket: &Ticket, text: &str) -> Result<DecodedChunk<BatchItems>, Error> {
    // `$now` and the like mean the time of the request, even if its items are applied much later.
    let Source { account, accepted_at, .. } = ticket.source;
    Ok(match ticket.source.model {
        BatchModel::Profiles => {
            let DecodedChunk { items, problems } = decode_items(text, |parameters| read_upsert(account, parameters, accepted_at))?;
            DecodedChunk { items: BatchItems::Profiles(items), problems }
        }
        BatchModel::Companies => {
            let DecodedChunk { items, problems } = decode_items(text, |parameters| read_company_upsert(account, parameters, accepted_at))?;
            DecodedChunk { items: BatchItems::Companies(items), problems }
        }
    })
}

/// Decodes a chunk whose items are read by `read`.
fn decode_items<Change>(
    text: &str,
    read: impl Fn(&Parameters<'_>) -> Result<(Change, Vec<Warning>), Error>,
) -> Result<DecodedChunk<Vec<BatchItem<Change>>>, Error> {
    let (mut items, mut problems, mut warned) = (Vec::new(), Problems::default(), 0_usize);
    for (index, json) in chunks::items(text)? {
        let parameters = Parameters::of_object(json.get()).map_err(|_| half_a_pair("a name"));
        match parameters.and_then(|parameters| read(&parameters)) {
            Ok((upsert, warnings)) => {
                let kept = MAX_WARNINGS.saturating_sub(warned);
                warned = warned.saturating_add(warnings.len());
                warnings.into_iter().take(kept).for_each(|warning| problems.add(index, ProblemText::of_warning(warning)));
                items.push(BatchItem { index, upsert });
            }
            Err(error) => problems.add(index, ProblemText::of_error(&error)),
        }
    }
    Ok(DecodedChunk { items, problems })
}
