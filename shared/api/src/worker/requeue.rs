//! Tickets that nobody works at.

use std::time::Duration;

use profiles_domain::{BatchId, Error};
use profiles_storage::batches::{StaleTicket, TicketKey};

use crate::context::Context;
use crate::telemetry::ChunksWaiting;

/// A ticket that nobody touched for so long was lost by the stream: no function runs that long.
const LATE_AFTER: Duration = Duration::from_secs(10 * 60);

/// The tickets that nobody has touched for so long, read from an index, which lags behind.
///
/// # Errors
/// What the database says.
pub async fn waiting(context: &Context, untouched_for: Duration) -> Result<Vec<TicketKey>, Error> {
    let waiting = context.storage.batches().untouched_since(context.clock.now().minus(untouched_for)).await?;
    Ok(waiting.into_iter().map(|waiting| waiting.key).collect())
}

/// Tells how many tickets wait and for how long, has the stream tell once more of each that waits for too long, and keeps what those stand
/// for from expiring.
///
/// # Errors
/// What the database says.
pub async fn wake_late(context: &Context) -> Result<(), Error> {
    let now = context.clock.now();
    let batches = context.storage.batches();
    let waiting = batches.untouched_since(now).await?;
    // Since the batch was accepted, whatever was tried in between.
    let age = |batch: BatchId| Duration::from_secs(u64::try_from(now.unix_seconds()).unwrap_or(0).saturating_sub(batch.seconds().into()));
    ChunksWaiting::write(waiting.len(), waiting.iter().map(|waiting| age(waiting.key.batch())).max().unwrap_or_default());
    let late: Vec<_> = waiting.into_iter().filter(|waiting| waiting.since < now.minus(LATE_AFTER)).collect();
    if !late.is_empty() {
        tracing::warn!(chunks = late.len(), "chunks waited for too long and are woken");
    }
    for StaleTicket { key, .. } in late {
        batches.requeue(key, now).await?;
    }
    Ok(())
}
