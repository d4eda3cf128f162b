//! Looking for what others left: chunks that nobody applies, clears and forgets that nobody finishes.

use std::sync::Arc;
use std::time::Duration;

use profiles_api::{requeue_stale, sweep, untouched_for};
use profiles_domain::Error;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::chunks::Chunks;

/// How often chunks are looked for.
const CHUNKS_EVERY: Duration = Duration::from_secs(60);
/// A chunk is left by the others when none of them has touched it for so long.
const LEFT_FOR: Duration = Duration::from_secs(60);
/// How often what is left of clearing and forgetting is looked for.
const DELETIONS_EVERY: Duration = Duration::from_secs(5 * 60);

/// Looks for what others left, at the start and then again and again, until `stop` is cancelled. A sweep that is stopped is taken up
/// by the next one, wherever it was.
pub(crate) async fn schedule(chunks: Arc<Chunks>, stop: CancellationToken) {
    stop.run_until_cancelled(async { tokio::join!(take_chunks(&chunks), sweep_deletions(&chunks)) }).await;
}

async fn take_chunks(chunks: &Arc<Chunks>) {
    let mut ticks = every(CHUNKS_EVERY);
    // First of all also those that were touched just now, perhaps by a process that was here before. Who is at one keeps it.
    let mut time = Duration::ZERO;
    loop {
        ticks.tick().await;
        if !chunks.applies() {
            continue;
        }
        match take_waiting(chunks, time).await {
            Ok(()) => time = LEFT_FOR,
            Err(error) => tracing::warn!(%error, "chunks that wait could not be looked for"),
        }
    }
}

async fn take_waiting(chunks: &Arc<Chunks>, time: Duration) -> Result<(), Error> {
    let found = untouched_for(chunks.context(), time).await?;
    if !found.is_empty() {
        tracing::info!(chunks = found.len(), "found chunks that wait");
    }
    found.into_iter().for_each(|ticket| chunks.take(ticket));
    requeue_stale(chunks.context()).await
}

async fn sweep_deletions(chunks: &Arc<Chunks>) {
    let mut ticks = every(DELETIONS_EVERY);
    loop {
        ticks.tick().await;
        // A future of this depth is boxed.
        if let Err(error) = Box::pin(sweep(chunks.context(), None)).await {
            tracing::warn!(%error, "what is left of clearing and forgetting could not be looked for");
        }
    }
}

fn every(period: Duration) -> tokio::time::Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
