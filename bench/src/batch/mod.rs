//! Batches: what it takes to accept a full one, and to apply one.

mod accepting;
mod applying;
mod bodies;

use crate::local::Local;
use crate::progress;
use crate::report::Report;

pub(crate) use accepting::{ACCEPT_ALONE, accept_alone};

/// Where batches are sent.
const PATH: &str = "/v3/observe/hooks/profiles/batch";

/// Measures all of it and adds it to the report.
pub(crate) async fn measure(report: &mut Report) {
    progress::say("starting DynamoDB Local");
    let local = Local::start().await;
    accepting::measure(&local, report).await;
    applying::measure(&local, report).await;
}
