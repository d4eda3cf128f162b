//! Clearing and forgetting users: requests and units, by what is recorded of them.

mod requests;
mod summary;
mod users;

use crate::local::Local;
use crate::progress;
use crate::report::Report;

/// Counts all of it and adds it to the report.
pub(crate) async fn measure(report: &mut Report) {
    progress::say("starting DynamoDB Local");
    let local = Local::start().await;
    summary::write(&requests::count(&local).await, report);
}
