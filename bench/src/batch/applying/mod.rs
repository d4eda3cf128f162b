//! Applying a batch in which all items change, compared with the bare updates.

mod throughput;

use crate::effort::Effort;
use crate::local::Local;
use crate::report::Findings;
use throughput::{CONCURRENT, Throughput};

/// The worker's throughput, compared with that of the bare updates.
const AT_LEAST_OF_BARE: f64 = 0.95;

/// A full chunk, of which all but the first portion are read while others are written.
const ITEMS: usize = 5_000;

/// Measures it.
pub(crate) async fn measure(effort: Effort, findings: &mut Findings) {
    let local = Local::start(effort).await;
    let items = effort.choose(ITEMS, 20);
    let Throughput { worker, updates } = &throughput::measure(&local, items, effort.choose(20, 1)).await;
    let ratio = throughput::ratio(worker, updates);
    findings.say(&format!(
        "Items a second, {items} in a batch, {CONCURRENT} writes at a time, in turns: median [half of the rounds lie between]\n\
        worker        {:.0}\n\
        bare updates  {:.0}, worker : this {ratio}\n\
        bare updates: the worker's own updates of profiles, ready-made.",
        throughput::spread(worker),
        throughput::spread(updates),
    ));
    findings.goal(
        ratio.median >= AT_LEAST_OF_BARE,
        format!(
            "apply a batch in which all items change: {:.2} times the throughput of bare updates (goal: at least {AT_LEAST_OF_BARE})",
            ratio.median
        ),
    );
}
