//! Looks up the tickets of chunks that wait, and requeues those that the stream lost.

use std::time::Duration;

use profiles_domain::{BatchId, Error};
use profiles_storage::batches::{StaleTicket, TicketKey};

use crate::context::Context;
use crate::telemetry::ChunksWaiting;

/// A ticket that was not touched for this long was lost by the stream: no function runs that long.
const STALE_AFTER: Duration = Duration::from_mins(10);

/// Returns the tickets that no worker has touched for this long. They are read from an index, which lags behind.
///
/// # Errors
/// The database's error.
pub async fn untouched_for(context: &Context, time: Duration) -> Result<Vec<TicketKey>, Error> {
    let tickets = context.storage.batches().untouched_since(context.clock.now().minus(time)).await?;
    Ok(tickets.into_iter().map(|ticket| ticket.key).collect())
}

/// Requeues each ticket that waits for too long, so that the stream sends it again, and extends the expiry of the data that it needs.
/// Also writes a line with the number of waiting tickets and the age of the oldest batch.
///
/// # Errors
/// The database's error.
pub async fn requeue_stale(context: &Context) -> Result<(), Error> {
    let now = context.clock.now();
    let batches = context.storage.batches();
    let tickets = batches.untouched_since(now).await?;
    // The age counts from the batch's acceptance, whatever was tried in between.
    let age = |batch: BatchId| Duration::from_secs(u64::try_from(now.unix_seconds()).unwrap_or(0).saturating_sub(batch.seconds().into()));
    ChunksWaiting::write(tickets.len(), tickets.iter().map(|ticket| age(ticket.key.batch())).max().unwrap_or_default());
    let stale: Vec<_> = tickets.into_iter().filter(|ticket| ticket.since < now.minus(STALE_AFTER)).collect();
    if !stale.is_empty() {
        tracing::warn!(chunks = stale.len(), "chunks waited for too long and are requeued");
    }
    for StaleTicket { key, .. } in stale {
        batches.requeue(key, now).await?;
    }
    Ok(())
}
