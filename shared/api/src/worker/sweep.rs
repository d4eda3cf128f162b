//! Taking up what clears and forgets left unfinished: what the function does that the schedule wakes.

use std::time::Duration;

use profiles_domain::Error;
use profiles_normalization::Timestamp;
use serde::Serialize;

use super::time_left;
use crate::context::Context;
use crate::telemetry;

/// What nobody finished for so long was left: the request that began it is over.
const LEFT_AFTER: Duration = Duration::from_secs(60);

/// What a sweep found and did.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// Users of whom something was left.
    pub found: usize,
    /// Those of them of whom nothing is left now.
    pub finished: usize,
}

/// Finishes what others began, as far as there is time before `deadline`.
///
/// # Errors
/// What the database says. The next sweep takes it up again.
pub async fn sweep(context: &Context, deadline: Option<Timestamp>) -> Result<Swept, Error> {
    let now = context.clock.now();
    let since = now.minus(LEFT_AFTER);
    let time_left = time_left::time_left(&context.clock, now, deadline, time_left::OF_A_SWEEP);
    let profiles_storage::deletions::Swept { found, finished } = context.storage.deletions().sweep(since, now, &time_left).await?;
    telemetry::Swept::write(found, finished);
    Ok(Swept { found, finished })
}
