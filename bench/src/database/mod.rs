//! Upsert and retrieve through the handlers, compared with the bare call that does the same, and with the common design.
//!
//! DynamoDB Local takes most of each call's time, and drifts. So the variants take turns in short slices, and each figure is compared
//! with that of its own round.

mod baseline;
mod caller;
mod calls;
mod fixture;
mod overhead;
mod rounds;
mod summary;
mod user;

use std::sync::Arc;

use crate::effort::Effort;
use crate::report::Findings;
use fixture::Fixture;
pub(crate) use fixture::body;

/// Measures all of it.
pub(crate) async fn measure(effort: Effort, findings: &mut Findings) {
    let [alone, crowd] = rounds::Plan::both(effort);
    let fixture = Arc::new(Fixture::new(effort).await);
    let overhead = overhead::measure(&fixture, effort).await;
    let alone = rounds::run(&fixture, alone).await;
    let crowd = rounds::run(&fixture, crowd).await;
    summary::write(&summary::Measured { overhead, alone, crowd }, findings);
}
