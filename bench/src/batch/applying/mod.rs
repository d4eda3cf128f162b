//! What it takes to apply a batch: requests, and time beside that of the bare updates.

mod pace;
mod requests;
mod summary;
mod worker;

use crate::local::Local;
use crate::report::Report;

/// Measures both.
pub(super) async fn measure(local: &Local, report: &mut Report) {
    let requests = requests::count(local).await;
    let pace = pace::measure(local).await;
    summary::write(&requests, &pace, report);
}
