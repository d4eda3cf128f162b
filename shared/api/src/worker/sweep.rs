//! Finishes clears and forgets that were interrupted. The schedule starts it.

use std::time::Duration;

use profiles_domain::Error;
use profiles_normalization::Timestamp;
use serde::Serialize;

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

/// Finishes interrupted clears and forgets, as far as there is time before `deadline`.
///
/// # Errors
/// The database's error. The next sweep tries again.
pub async fn sweep(context: &Context, deadline: Option<Timestamp>) -> Result<Swept, Error> {
    let now = context.clock.now();
    let since = now.minus(INTERRUPTED_AFTER);
    let time_left = time_left(&context.clock, now, deadline, SWEEP_BUDGET);
    let profiles_storage::deletions::Swept { found, finished } = context.storage.deletions().sweep(since, now, &time_left).await?;
    telemetry::Swept::write(found, finished);
    Ok(Swept { found, finished })
}
