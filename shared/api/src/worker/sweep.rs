//! The sweep: requeues chunks that wait for too long, and finishes clears and forgets that were interrupted. The schedule starts it.
//!
//! It is not the function that applies batches, which may be out of order.

use std::time::Duration;

use profiles_domain::Error;
use profiles_normalization::Timestamp;
use serde::Serialize;

use super::requeue::requeue_stale;
use super::time_left::{SWEEP_BUDGET, time_left};
use crate::context::Context;
use crate::telemetry;

/// A clear or forget that is not finished after this long was interrupted: the request that began it is over.
const INTERRUPTED_AFTER: Duration = Duration::from_secs(60);

/// The result of a sweep.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// Users with an unfinished clear or forget.
    pub found: usize,
    /// Those of them whose clear or forget is finished now.
    pub finished: usize,
}

/// Requeues chunks and finishes clears and forgets, as far as there is time before `deadline`: both at once, so that neither keeps the
/// other waiting.
///
/// # Errors
/// The database's error. The next sweep tries again.
pub async fn sweep(context: &Context, deadline: Option<Timestamp>) -> Result<Swept, Error> {
    let time_left = time_left(&context.clock, context.clock.now(), deadline, SWEEP_BUDGET);
    let (requeued, swept) = tokio::join!(Box::pin(requeue_stale(context, &time_left)), Box::pin(finish_deletions(context, &time_left)));
    requeued.and(swept)
}

async fn finish_deletions(context: &Context, time_left: &(impl Fn() -> bool + Send + Sync)) -> Result<Swept, Error> {
    let (now, deletions) = (context.clock.now(), context.storage.deletions());
    let since = now.minus(INTERRUPTED_AFTER);
    // Also at the beginning: the end of a long sweep falls into the time of the next.
    telemetry::Swept::write(deletions.count_unfinished(since).await?, 0);
    let profiles_storage::deletions::Swept { found, finished } = deletions.sweep(since, now, time_left).await?;
    telemetry::Swept::write(found, finished);
    Ok(Swept { found, finished })
}
