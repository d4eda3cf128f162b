//! Batches: what it takes to accept a full one, and to apply one.

mod accepting;
mod bodies;
mod memory;
mod pace;
mod requests;
mod summary;
mod units;
mod worker;

use crate::local::Local;
use crate::progress;
use crate::report::Report;
use bodies::{Body, Kind};
use summary::Full;

pub(crate) use memory::{ACCEPT_ALONE, accept_alone};

/// Measures all of it and adds it to the report.
pub(crate) async fn measure(report: &mut Report) {
    progress::say("starting DynamoDB Local");
    let local = Local::start().await;
    summary::of_accepting(&[accept(&local, Kind::Short, "gold").await, accept(&local, Kind::Long, "platinum").await], report);

    let bar = progress::bar("applying batches of one chunk (a minute)", (requests::SIZES.len() * requests::Case::ALL.len()) as u64);
    let requests = requests::count(&local, &bar).await;
    bar.finish_and_clear();
    let pace = pace::measure(&local).await;
    summary::of_applying(&requests, &pace, report);
}

async fn accept(local: &Local, kind: Kind, plan: &str) -> Full {
    let bar = progress::bar("accepting a full batch, in turns with reading it as JSON (10 seconds)", accepting::ROUNDS);
    let body = Body::full(kind, plan);
    let memory = memory::measure(local, &body);
    let accepting = accepting::measure(local, &body, &bar).await;
    bar.finish_and_clear();
    Full { kind, body, accepting, memory }
}
