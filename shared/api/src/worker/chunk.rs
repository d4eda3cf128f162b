//! Applying what was accepted: what the function does that the stream of tickets wakes.

use std::collections::{BTreeMap, HashSet};
use std::convert::Infallible;
use std::time::Duration;

use profiles_domain::{BatchItem, Error};
use profiles_storage::batches::{Claim, Progress, Ticket, TicketKey};
use profiles_storage::{Applied, Group, Source, group};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

use super::stop::Until;
use crate::batch::{Notes, What, chunks};
use crate::context::Context;
use crate::request::{Parameters, half_a_pair, read_upsert};
use crate::telemetry::ChunkApplied;
use crate::warnings::company_is_too_large;

/// Items that are read, compared and written before it is asked again how much time is left.
const ITEMS_AT_ONCE: usize = 1_000;
/// A claim on a ticket that was not renewed for so long is none any more: whoever had it died.
const CLAIM_LASTS: Duration = Duration::from_secs(15);
/// A few renewals may fail before it lapses.
const CLAIM_RENEWED_AFTER: Duration = Duration::from_secs(4);
/// Blocked items that a line of the log names.
const MAX_BLOCKED_TOLD: usize = 20;
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
        match context.storage.batches().claim(key, now.minus(CLAIM_LASTS), now).await? {
            Claim::Done => Ok(Attempt::Over),
            Claim::Held(since) => Ok(Attempt::Held(CLAIM_LASTS.saturating_sub(since.until(now)))),
            Claim::Taken(ticket) => {
                let claim = ticket.claim();
                let until = Until::Stopped(stop);
                tokio::select! {
                    applied = Box::pin(apply(context, ticket, &until)) => applied.map(|()| Attempt::Over),
                    never = keep_claim(context, claim) => match never {},
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

/// Renews the claim on a ticket again and again.
async fn keep_claim(context: &Context, claim: (TicketKey, u64)) -> Infallible {
    loop {
        tokio::time::sleep(CLAIM_RENEWED_AFTER).await;
        // If it fails, somebody else may do the same work too.
        let _ = context.storage.batches().renew_claim(claim, context.clock.now()).await;
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

/// Applies the groups that are not done yet, some at a time, and notes in `progress` how far it got.
async fn go_on(context: &Context, ticket: &Ticket, progress: &mut Progress, until: &Until<'_>) -> Result<Ended, Error> {
    let Some(bytes) = context.storage.batches().chunk(ticket).await? else {
        // It was never committed after all, or waited for longer than anything is kept.
        tracing::error!(items = ticket.items, "a chunk is gone before it was applied");
        progress.counts.failed = progress.counts.failed.saturating_add(ticket.items.saturating_sub(progress.counts.total()));
        progress.is_complete = true;
        return Ok(Ended::Complete);
    };
    let text = chunks::text(&bytes)?;
    drop(bytes);
    let Sent { items, told } = read(ticket, &text)?;
    drop(text);
    let done = usize::try_from(progress.groups).unwrap_or(usize::MAX);
    let mut notes = match &progress.problems {
        Some(problems) => Notes::unpack(problems)?,
        None if done == 0 => told,
        None => Notes::default(),
    };
    if done == 0 {
        progress.counts.failed = notes.errors();
    }
    let groups = group(ticket.source.account, items);
    let ended = apply_groups(context, &ticket.source, &groups, until, progress, &mut notes).await;
    progress.is_complete = progress.blocked.is_empty() && usize::try_from(progress.groups).is_ok_and(|done| done == groups.len());
    if progress.groups == 0 && !progress.is_complete {
        // Nothing is done, so nothing is told either: the next attempt begins at the beginning.
        *progress = ticket.progress.clone();
    } else {
        progress.problems = notes.pack()?;
    }
    ended
}

/// Applies groups from the first that is not done, some at a time; in the end, those that were left behind.
async fn apply_groups(
    context: &Context,
    source: &Source,
    groups: &[Group],
    until: &Until<'_>,
    progress: &mut Progress,
    notes: &mut Notes,
) -> Result<Ended, Error> {
    let links = context.storage.links(source.account, groups).await?;
    let mut begin = usize::try_from(progress.groups).unwrap_or(usize::MAX);
    while let Some(left) = groups.get(begin..).filter(|left| !left.is_empty()) {
        let end = begin.saturating_add(how_many(left));
        // What leads to the profile of one that was left behind waits for it: their items keep their order.
        let waits = |group: &usize| progress.blocked.iter().any(|blocked| leads_alike(&links, *blocked, *group));
        let (behind, now): (Vec<_>, Vec<_>) = (begin..end).partition(waits);
        let Some(blocked) = apply_some(context, source, (groups, &links), &now, until, (progress, notes)).await? else {
            return Ok(Ended::HandedOver);
        };
        progress.blocked.extend(behind.iter().chain(&blocked).filter_map(|group| u32::try_from(*group).ok()));
        begin = end;
        progress.groups = u32::try_from(end).unwrap_or(u32::MAX);
    }
    if progress.blocked.is_empty() {
        return Ok(Ended::Complete);
    }
    let behind: Vec<_> = progress.blocked.iter().filter_map(|group| usize::try_from(*group).ok()).collect();
    let Some(blocked) = apply_some(context, source, (groups, &links), &behind, until, (progress, notes)).await? else {
        return Ok(Ended::HandedOver);
    };
    progress.blocked = blocked.iter().filter_map(|group| u32::try_from(*group).ok()).collect();
    if progress.blocked.is_empty() {
        return Ok(Ended::Complete);
    }
    let items = blocked.iter().filter_map(|group| groups.get(*group)).flat_map(Group::items).map(|item| item.index);
    tracing::warn!(items = ?items.take(MAX_BLOCKED_TOLD).collect::<Vec<_>>(), "items are blocked and wait while the others go on");
    Err(Error::Contended)
}

/// Whether two groups lead to the same stored profile.
fn leads_alike(links: &[usize], one: u32, other: usize) -> bool {
    let one = usize::try_from(one).ok().and_then(|one| links.get(one));
    one.is_some() && one == links.get(other)
}

/// Applies these groups and counts their items. Returns those of them that could not be applied yet; `None` when time is up.
async fn apply_some(
    context: &Context,
    source: &Source,
    (groups, links): (&[Group], &[usize]),
    some: &[usize],
    until: &Until<'_>,
    (progress, notes): (&mut Progress, &mut Notes),
) -> Result<Option<Vec<usize>>, Error> {
    let lists = lists(groups, links, some);
    let now = context.clock.now();
    // What is written when time is up leaves its trace, and is not written again.
    // Boxed, as others on this way are: futures of this depth, one in the other, take more than the stack of a thread.
    let apply = Box::pin(context.storage.apply(source, &lists, now));
    let Some(report) = until.run(now, apply).await else { return Ok(None) };
    let report = report?;
    let blocked: HashSet<u32> = report.blocked.into_iter().collect();
    let (blocked, done): (Vec<usize>, Vec<usize>) = some
        .iter()
        .partition(|group| groups.get(**group).is_some_and(|group| group.items().iter().any(|item| blocked.contains(&item.index))));
    let counted: HashSet<u32> = done.iter().filter_map(|group| groups.get(*group)).flat_map(Group::items).map(|item| item.index).collect();
    for Applied { index, result } in report.items {
        // What was only applied early, to keep an order, is counted in its own place.
        if !counted.contains(&index) {
            continue;
        }
        match result {
            Ok(outcome) => progress.counts.count(outcome),
            Err(error) => {
                if let Error::Defect(what) = &error {
                    tracing::error!(what, "a defect kept an item from being applied");
                }
                progress.counts.failed = progress.counts.failed.saturating_add(1);
                notes.add(index, What::of_error(&error));
            }
        }
    }
    for index in report.company_is_too_large.into_iter().filter(|index| counted.contains(index)) {
        notes.add(index, What::of_warning(company_is_too_large()));
    }
    Ok(Some(blocked))
}

/// The items of these groups, one list for each stored profile. With a group come those after it that lead to the same profile.
fn lists<'a>(groups: &'a [Group], links: &[usize], some: &[usize]) -> Vec<Vec<&'a BatchItem>> {
    let firsts: HashSet<usize> = some.iter().filter_map(|group| links.get(*group).copied()).collect();
    let begin = some.iter().min().copied().unwrap_or(groups.len());
    let mut by_first: BTreeMap<usize, Vec<&BatchItem>> = BTreeMap::new();
    for (group, first) in groups.iter().zip(links).skip(begin) {
        if firsts.contains(first) {
            by_first.entry(*first).or_default().extend(group.items());
        }
    }
    let mut lists: Vec<_> = by_first.into_values().collect();
    lists.iter_mut().for_each(|items| items.sort_by_key(|item| item.index));
    lists
}

/// How many of these groups are applied together.
fn how_many(groups: &[Group]) -> usize {
    let mut items = 0;
    let mut fits = |group: &&Group| {
        let fits = items < ITEMS_AT_ONCE;
        items += group.items().len();
        fits
    };
    groups.iter().take_while(|group| fits(group)).count()
}

/// What a chunk holds.
struct Sent {
    items: Vec<BatchItem>,
    /// Of items that cannot be applied, and of what is not stored as sent.
    told: Notes,
}

fn read(ticket: &Ticket, text: &str) -> Result<Sent, Error> {
    let (mut items, mut told, mut warned) = (Vec::new(), Notes::default(), 0_usize);
    for (index, json) in chunks::items(text)? {
        let parameters = Parameters::of_object(json.get()).map_err(|_| half_a_pair("a name"));
        // `$now` and the like mean the time of the request, however late its items are applied.
        let upsert = parameters.and_then(|parameters| read_upsert(ticket.source.account, &parameters, ticket.source.accepted_at));
        match upsert {
            Ok((upsert, warnings)) => {
                let kept = MAX_WARNINGS.saturating_sub(warned);
                warned = warned.saturating_add(warnings.len());
                warnings.into_iter().take(kept).for_each(|warning| told.add(index, What::of_warning(warning)));
                items.push(BatchItem { index, upsert });
            }
            Err(error) => told.add(index, What::of_error(&error)),
        }
    }
    Ok(Sent { items, told })
}
