//! Accepting a full batch: the processor's time, and memory.

mod memory;
mod summary;
mod times;

use super::bodies::{Body, Kind};
use crate::effort::Effort;
use crate::instance::Instance;
use crate::local::Local;
use crate::progress;
use crate::recorder::{Recorded, Recorder};
use crate::report::Findings;
use summary::Measured;

pub(crate) use memory::{ACCEPT_ALONE, accept_alone};

/// Bodies of this size are refused.
const LIMIT: usize = 16 * 1024 * 1024;

/// Measures two kinds of batch: many small items, and fewer larger ones.
pub(crate) async fn measure(effort: Effort, findings: &mut Findings) {
    let local = Local::start(effort).await;
    let mut batches = Vec::new();
    for (kind, plan, name) in [(Kind::Short, "gold", "uid and plan"), (Kind::Long, "platinum", "eight fields")] {
        progress::say(&format!("accepting items with {name}, in a process of its own"));
        let body = Body::under(effort.choose(LIMIT, LIMIT / 256), kind, plan);
        let memory = memory::measure(&local, &body);
        let recorded = record(&local, &body).await;
        let times = times::measure(&local, &body, name, &recorded, effort.choose(15, 1)).await;
        batches.push(Measured { name, body, times, memory });
    }
    summary::write(&batches, findings);
}

/// Records the calls to the database, by an instance that knows the secret already.
async fn record(local: &Local, body: &Body) -> Recorded {
    let recorder = Recorder::default();
    let instance = Instance::new(local.recorded_by(&recorder), &local.secret);
    times::accept(&instance, &Body::about(Kind::Short, &[], "")).await;
    recorder.take();
    times::accept(&instance, body).await;
    recorder.take()
}
