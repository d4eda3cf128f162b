//! The figures as text, and beside their goals.

use std::fmt::Write;

use super::Full;
use super::memory::Peak;
use super::times::{ROUNDS, Times};
use crate::report::Report;
use crate::statistics::Spread;
use crate::stored::Stored;
use crate::units;

/// The processor's time, of that to read the same bytes as JSON.
const AT_MOST_OF_READING: f64 = 1.0;
/// The memory, of the body's size.
const AT_MOST_OF_BODY: f64 = 6.0;

/// Writes them into the report.
pub(super) fn write(batches: &[Full], report: &mut Report) {
    let mut text = format!(
        "Just under 16 MB, compact. Times of the processor, by the whole process, in turns: medians of {ROUNDS} rounds.\n\
        handler: from the request's bytes to the answer, with answers of the database that are there at once.\n\
        calls: its calls to the database alone, ready-made: written as JSON with bytes in base64, signed. own: handler less calls.\n\
        tree: serde_json::from_slice::<Value> of the same bytes, without dropping it.\n\n"
    );
    times(batches, &mut text, report);
    text.push_str(
        "\nMemory: the peak of a process of its own that accepts one batch by DynamoDB Local, and what it had before the body came.\n\
        Units: DynamoDB Local's for the chunks; the transaction's by the size of its items, since it reports too few of those.\n\n",
    );
    memory_and_requests(batches, &mut text, report);
    report.section("Accepting a full batch", &text);
}

fn times(batches: &[Full], text: &mut String, report: &mut Report) {
    let _ = writeln!(
        text,
        "{:12} {:>7} {:>9} {:>9} {:>9} {:>9}   {:22} {:22}",
        "", "items", "tree", "handler", "calls", "own", "own : tree", "handler : tree"
    );
    for batch in batches {
        let median = |of: fn(Times) -> f64| Spread::of(batch.times.iter().copied().map(of));
        let milliseconds = |of: fn(Times) -> f64| format!("{:.0} ms", median(of).median * 1000.0);
        let (own, all) = (median(|times| times.own() / times.tree), median(|times| times.handler / times.tree));
        let _ = writeln!(
            text,
            "{:12} {:7} {:>9} {:>9} {:>9} {:>9}   {:22} {:22}",
            batch.name,
            batch.body.items,
            milliseconds(|times| times.tree),
            milliseconds(|times| times.handler),
            milliseconds(|times| times.calls),
            milliseconds(Times::own),
            own.to_string(),
            all.to_string(),
        );
        report.goal(
            own.median <= AT_MOST_OF_READING,
            format!(
                "accept 16 MB of items with {}: {:.2} times the processor's time for reading them as JSON, and {:.2} with the calls to the \
                database (goal: at most {AT_MOST_OF_READING:.1} without)",
                batch.name, own.median, all.median,
            ),
        );
    }
}

fn memory_and_requests(batches: &[Full], text: &mut String, report: &mut Report) {
    let _ = writeln!(
        text,
        "{:12} {:>7} {:>11} {:>7} {:>9} {:>14} {:>20}",
        "", "peak", "peak : body", "before", "requests", "units: chunks", "units: transaction"
    );
    for Full { name, body, notes, memory, .. } in batches {
        // Only Linux tells the peak of a process.
        let [mut peak, mut ratio, mut before] = ["?"; 3].map(str::to_owned);
        if let Some(Peak { before: at_first, all }) = memory {
            let times_body = *all as f64 / body.text.len() as f64;
            [peak, ratio, before] = [megabytes(*all), format!("{times_body:.1}"), megabytes(*at_first)];
            report.goal(
                times_body <= AT_MOST_OF_BODY,
                format!("accept 16 MB of items with {name}: {times_body:.1} times its size in memory (goal: at most {AT_MOST_OF_BODY})"),
            );
        }
        let (requests, for_chunks) = (notes.requests(), notes.write_units);
        // All that it puts is new.
        let nothing = Stored::default();
        let for_commit: f64 = notes.transactions.iter().map(|transaction| units::of(transaction, &nothing, &nothing)).sum();
        let _ = writeln!(text, "{name:12} {peak:>7} {ratio:>11} {before:>7} {requests:9} {for_chunks:14} {for_commit:20}");
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.0} MB", bytes as f64 / 1024.0 / 1024.0)
}
