//! Upsert and retrieve through the handlers, beside the bare call that does the same, and beside the usual way.
//!
//! DynamoDB Local takes most of each call's time, and drifts: so the variants take turns in short slices, and each figure is compared
//! with that of its own round.

mod calls;
mod costs;
mod own_work;
mod rounds;
mod service;
mod stage;
mod summary;
mod usual;

use std::sync::Arc;

use crate::progress;
use crate::report::Report;
use stage::Stage;

/// Measures all of it and adds it to the report.
pub(crate) async fn measure(report: &mut Report) {
    progress::say("starting DynamoDB Local and making profiles");
    let stage = Arc::new(Stage::set().await);
    let costs = costs::of_each_call(&stage).await;
    let own_work = own_work::measure(&stage).await;
    let alone = rounds::run(&stage, &rounds::ALONE).await;
    let crowd = rounds::run(&stage, &rounds::CROWD).await;
    summary::write(&summary::Measured { costs, own_work, alone, crowd }, report);
}
