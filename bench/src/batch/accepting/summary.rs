//! Writes the figures as text, and beside their goals.

use super::times::Times;
use crate::batch::bodies::Body;
use crate::peak::{Peak, megabytes};
use crate::report::Findings;
use crate::statistics::Spread;

/// The processor's time, compared with that to read the same bytes as JSON.
const AT_MOST_OF_READING: f64 = 1.0;
/// The memory, compared with the body's size.
const AT_MOST_OF_BODY: f64 = 6.0;

/// A batch, and its figures.
pub(super) struct Measured {
    /// The fields of its items.
    pub(super) name: &'static str,
    pub(super) body: Body,
    /// A round each.
    pub(super) times: Vec<Times>,
    pub(super) memory: Option<Peak>,
}

/// Writes all of it.
pub(super) fn write(batches: &[Measured], findings: &mut Findings) {
    let (rounds, bytes) = batches.first().map_or((0, 0), |batch| (batch.times.len(), batch.body.text.len()));
    findings.say(&format!(
        "{} of compact JSON. Times of the processor, by the whole process, in turns: medians of {rounds}.\n\
        handler: from the request's bytes to the response, with responses of the database that are there at once.\n\
        calls: its calls to the database alone, ready-made: written as JSON with bytes in base64, signed. own: handler less calls.\n\
        tree: serde_json::from_slice::<Value> of the same bytes, without dropping it.\n",
        megabytes(bytes as u64)
    ));
    times(batches, findings);
    findings.say("\nMemory: the peak of a process of its own that accepts one batch by DynamoDB Local, and before the body came.\n");
    memory(batches, findings);
}

fn times(batches: &[Measured], findings: &mut Findings) {
    findings.say(&format!(
        "{:12} {:>7} {:>9} {:>9} {:>9} {:>9}   {:22} {}",
        "", "items", "tree", "handler", "calls", "own", "own : tree", "handler : tree"
    ));
    for Measured { name, body, times, .. } in batches {
        let median = |of: fn(Times) -> f64| Spread::of(times.iter().copied().map(of));
        let milliseconds = |of: fn(Times) -> f64| format!("{:.0} ms", median(of).median * 1000.0);
        let (own, all) = (median(|times| times.own() / times.tree), median(|times| times.handler / times.tree));
        findings.say(&format!(
            "{name:12} {:7} {:>9} {:>9} {:>9} {:>9}   {:22} {all}",
            body.items,
            milliseconds(|times| times.tree),
            milliseconds(|times| times.handler),
            milliseconds(|times| times.calls),
            milliseconds(Times::own),
            own.to_string(),
        ));
        findings.goal(
            own.median <= AT_MOST_OF_READING,
            format!(
                "accept items with {name}: {:.2} times the processor's time for reading them as JSON, and {:.2} with the calls to the \
                database (goal: at most {AT_MOST_OF_READING:.1} without)",
                own.median, all.median,
            ),
        );
    }
}

fn memory(batches: &[Measured], findings: &mut Findings) {
    findings.say(&format!("{:12} {:>7} {:>11} {:>7}", "", "peak", "peak : body", "before"));
    for Measured { name, body, memory, .. } in batches {
        let Some(Peak { before, all }) = *memory else {
            findings.say(&format!("{name:12} only Linux says the peak of a process"));
            continue;
        };
        let ratio = all as f64 / body.text.len() as f64;
        findings.say(&format!("{name:12} {:>7} {ratio:11.1} {:>7}", megabytes(all), megabytes(before)));
        findings.goal(
            ratio <= AT_MOST_OF_BODY,
            format!("accept items with {name}: {ratio:.1} times the body's size in memory (goal: at most {AT_MOST_OF_BODY})"),
        );
    }
}
