//! What it takes to accept a full batch: the processor's time, memory, requests and units.

mod memory;
mod summary;
mod times;

use super::bodies::{Body, Kind};
use crate::instance::Instance;
use crate::local::Local;
use crate::progress;
use crate::recorder::{Notes, Recorder};
use crate::report::Report;
use memory::Peak;
use times::Times;

pub(crate) use memory::{ACCEPT_ALONE, accept_alone};

/// A full batch, and what it took.
struct Full {
    /// What its items hold.
    name: &'static str,
    body: Body,
    /// What went to the database.
    notes: Notes,
    /// A round each.
    times: Vec<Times>,
    memory: Option<Peak>,
}

/// Measures two kinds of batch: many small items, and fewer larger ones.
pub(super) async fn measure(local: &Local, report: &mut Report) {
    let mut batches = Vec::new();
    for (kind, plan, name) in [(Kind::Short, "gold", "uid and plan"), (Kind::Long, "platinum", "eight fields")] {
        let bar = progress::bar(&format!("accepting 16 MB of items with {name}, in turns with reading them (20 seconds)"), times::ROUNDS);
        let body = Body::full(kind, plan);
        let memory = memory::measure(local, &body);
        let notes = recorded(local, &body).await;
        let times = times::measure(local, &body, &notes, &bar).await;
        bar.finish_and_clear();
        batches.push(Full { name, body, notes, times, memory });
    }
    summary::write(&batches, report);
}

/// What goes to the database, by an instance that knows the secret already.
async fn recorded(local: &Local, body: &Body) -> Notes {
    let recorder = Recorder::default();
    let instance = Instance::new(local.recorded_by(&recorder), &local.secret);
    times::accept(&instance, &Body::about(Kind::Short, &[], "")).await;
    recorder.take();
    times::accept(&instance, body).await;
    recorder.take()
}
