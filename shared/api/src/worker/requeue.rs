//! Looks up the tickets of chunks that wait, requeues those that the stream lost or gave up, and keeps their data from expiring.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use profiles_domain::Error;
use profiles_normalization::Timestamp;
use profiles_storage::batches::{StaleTicket, TicketKey};

use super::chunk::span;
use crate::context::Context;
use crate::telemetry::ChunksWaiting;

/// A ticket that was not touched for this long was lost or given up by the stream, or is stalled: no function runs that long.
const STALE_AFTER: Duration = Duration::from_mins(10);
/// Tickets that are looked after at once.
const AT_ONCE: usize = 8;

/// Returns the tickets that no worker has touched for this long. They are read from an index, which lags behind.
///
/// # Errors
/// The database's error.
pub async fn untouched_for(context: &Context, time: Duration) -> Result<Vec<TicketKey>, Error> {
    let tickets = context.storage.batches().untouched_since(context.clock.now().minus(time)).await?;
    Ok(tickets.into_iter().map(|ticket| ticket.key).collect())
}

/// Requeues each ticket that waits for too long, so that the stream sends it again, and keeps the data of all that wait from expiring, as
/// far as there is time. Those that wait longest come first, so that the next sweep goes on where this one ends.
/// Before that, it writes a line with the number of waiting tickets and the age of the oldest batch.
///
/// # Errors
/// The database's error when it is asked for tickets, or else the first error of a ticket. It does not keep the others waiting.
pub(super) async fn requeue_stale(context: &Context, time_left: impl Fn() -> bool) -> Result<(), Error> {
    let now = context.clock.now();
    let mut tickets = context.storage.batches().untouched_since(now).await?;
    let oldest = tickets.iter().map(|ticket| ticket.key.age(now)).max().unwrap_or_default();
    ChunksWaiting::write(tickets.len(), oldest);
    tickets.sort_unstable_by_key(|ticket| ticket.since);
    let stale = tickets.iter().filter(|ticket| is_stale(ticket, now)).count();
    if stale > 0 {
        tracing::warn!(chunks = stale, "chunks waited for too long and are requeued");
    }
    let all = tickets.into_iter().take_while(|_| time_left()).map(|ticket| look_after(context, ticket, now));
    let ends = stream::iter(all).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await;
    ends.into_iter().collect()
}

fn is_stale(ticket: &StaleTicket, now: Timestamp) -> bool {
    ticket.since < now.minus(STALE_AFTER)
}

async fn look_after(context: &Context, ticket: StaleTicket, now: Timestamp) -> Result<(), Error> {
    let batches = context.storage.batches();
    let ended = async {
        batches.extend_expiry_if_old(ticket.key, now).await?;
        if is_stale(&ticket, now) { batches.requeue(ticket, now).await } else { Ok(()) }
    };
    let ended = ended.await;
    if let Err(Error::Defect(what) | Error::Denied(what)) = &ended {
        span(ticket.key).in_scope(|| tracing::error!(what, "a chunk that waits could not be requeued"));
    }
    ended
}
