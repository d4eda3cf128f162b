//! Takes over the work of processes that are gone: chunks, clears and forgets that were not finished.

use std::sync::Arc;
use std::time::Duration;

use profiles_api::{sweep, untouched_for};
use profiles_domain::Error;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::worker::Worker;

/// The interval between lookups of waiting chunks.
const CHUNKS_EVERY: Duration = Duration::from_secs(60);
/// The time after which an untouched chunk is taken over.
const UNTOUCHED_FOR: Duration = Duration::from_secs(60);
/// The interval between sweeps of unfinished clears and forgets.
const SWEEP_EVERY: Duration = Duration::from_secs(5 * 60);

/// Looks for unfinished work at the start and then at intervals, until `stop` is cancelled. A sweep that is stopped anywhere is continued
/// by the next one.
pub(crate) async fn schedule(worker: Arc<Worker>, stop: CancellationToken) {
    stop.run_until_cancelled(async { tokio::join!(take_over_chunks(&worker), sweep_deletions(&worker)) }).await;
}

async fn take_over_chunks(worker: &Arc<Worker>) {
    let mut ticks = every(CHUNKS_EVERY);
    // At first also chunks that were just touched, perhaps by a process that is gone. A chunk with a living worker stays with it.
    let mut time = Duration::ZERO;
    loop {
        ticks.tick().await;
        if !worker.is_enabled() {
            continue;
        }
        match enqueue_waiting(worker, time).await {
            Ok(()) => time = UNTOUCHED_FOR,
            Err(error) => tracing::warn!(%error, "looking for waiting chunks failed"),
        }
    }
}

async fn enqueue_waiting(worker: &Arc<Worker>, time: Duration) -> Result<(), Error> {
    let found = untouched_for(worker.context(), time).await?;
    if !found.is_empty() {
        tracing::info!(chunks = found.len(), "found waiting chunks");
    }
    found.into_iter().for_each(|ticket| worker.enqueue(ticket));
    Ok(())
}

async fn sweep_deletions(worker: &Arc<Worker>) {
    let mut ticks = every(SWEEP_EVERY);
    loop {
        ticks.tick().await;
        // Boxed, because the future is deep.
        if let Err(error) = Box::pin(sweep(worker.context(), None)).await {
            tracing::warn!(%error, "the sweep of unfinished clears and forgets failed");
        }
    }
}

fn every(period: Duration) -> tokio::time::Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
