//! The figures as text, and beside their goals.

use std::fmt::Write;

use super::accepting::{Accepting, ROUNDS};
use super::bodies::{Body, Kind};
use super::memory::Peak;
use super::pace::{AT_ONCE, ITEMS, Pace, Way};
use super::requests::{Case, FULL, Requests};
use crate::report::Report;

/// The processor's time to accept a batch, of that to read it as JSON.
const AT_MOST_OF_READING: f64 = 1.0;
/// The memory to accept a batch, of its body's size.
const AT_MOST_OF_BODY: f64 = 6.0;
/// Requests to apply a thousand items of a full chunk when nothing changes.
const AT_MOST_UNCHANGED: f64 = 12.0;
/// Requests to apply a thousand items whatever they come to.
const AT_MOST_CHANGED: f64 = 1_015.0;
/// The worker's pace, of that of bare updates.
const AT_LEAST_OF_BARE: f64 = 0.9;

/// A full batch of one kind.
pub(super) struct Full {
    pub(super) kind: Kind,
    pub(super) body: Body,
    pub(super) accepting: Accepting,
    pub(super) memory: Option<Peak>,
}

impl Full {
    fn name(&self) -> &'static str {
        if self.kind == Kind::Short { "uid and plan" } else { "ten properties" }
    }
}

/// Writes what it takes to accept batches into the report.
pub(super) fn of_accepting(batches: &[Full], report: &mut Report) {
    let mut text = format!(
        "Just under 16 MB, compact. Milliseconds of the processor, by the whole process, in turns: medians of {ROUNDS} rounds.\n\
        handler: from the request's bytes to the answer, with answers of the database that are there at once.\n\
        calls: its calls to the database alone, ready-made: written as JSON with bytes in base64, signed. own: handler less calls.\n\
        tree: serde_json::from_slice::<Value> of the same bytes, without dropping it.\n\n"
    );
    let _ = writeln!(
        text,
        "{:15} {:>8} {:>9} {:>9} {:>9} {:>9}   {:22} {:22}",
        "", "items", "tree", "handler", "calls", "own", "own : tree", "handler : tree"
    );
    for batch in batches {
        let milliseconds = |of: fn(super::accepting::Times) -> f64| batch.accepting.median(of).median * 1000.0;
        let (own, all) =
            (batch.accepting.median(|times| times.own() / times.tree), batch.accepting.median(|times| times.handler / times.tree));
        let _ = writeln!(
            text,
            "{:15} {:8} {:6.0} ms {:6.0} ms {:6.0} ms {:6.0} ms   {:22} {:22}",
            batch.name(),
            batch.body.items,
            milliseconds(|times| times.tree),
            milliseconds(|times| times.handler),
            milliseconds(|times| times.calls),
            milliseconds(|times| times.own()),
            own.to_string(),
            all.to_string(),
        );
        report.goal(
            own.median <= AT_MOST_OF_READING,
            format!(
                "accept a batch of 16 MB, {}: {:.2} times the processor's time for reading it as JSON, {:.2} with the calls to the database \
                (goal: at most {AT_MOST_OF_READING:.1} without)",
                batch.name(),
                own.median,
                all.median,
            ),
        );
    }
    text.push_str("\nMemory: the peak of a process of its own that accepts one batch by DynamoDB Local, and of that what it took before the body came.\n");
    text.push_str(
        "Units: DynamoDB Local's for the chunks; the transaction's by the size of its items, since it reports too few of those.\n\n",
    );
    let _ = writeln!(
        text,
        "{:15} {:>9} {:>12} {:>13} {:>9} {:>13} {:>18}",
        "", "peak", "peak : body", "before", "requests", "chunks' units", "transaction's units"
    );
    for batch in batches {
        memory(batch, &mut text, report);
    }
    report.section("Accepting a full batch", &text);
}

fn memory(batch: &Full, text: &mut String, report: &mut Report) {
    let Accepting { requests, chunk_units, commit_units, .. } = &batch.accepting;
    let megabytes = |bytes: u64| bytes as f64 / 1024.0 / 1024.0;
    let (peak, ratio, before) = match batch.memory {
        Some(Peak { before, all }) => {
            let ratio = all as f64 / batch.body.text.len() as f64;
            report.goal(
                ratio <= AT_MOST_OF_BODY,
                format!("accept a batch of 16 MB, {}: {ratio:.1} times its size in memory (goal: at most {AT_MOST_OF_BODY})", batch.name()),
            );
            (format!("{:.0} MB", megabytes(all)), format!("{ratio:.1}"), format!("{:.0} MB", megabytes(before)))
        }
        // Only Linux tells the peak of a process.
        None => ["?"; 3].map(str::to_owned).into(),
    };
    let _ = writeln!(text, "{:15} {peak:>9} {ratio:>12} {before:>13} {requests:9} {chunk_units:13} {commit_units:18}", batch.name());
}

/// Writes what it takes to apply batches into the report.
pub(super) fn of_applying(requests: &[Requests], pace: &Pace, report: &mut Report) {
    let mut text = String::from(
        "Requests of the worker for a batch of one chunk, counted on the wire. own: for ticket, chunk and counts.\n\
        writes: of profiles, claims and companies, refused and repeated ones among them.\n\n",
    );
    let _ = writeln!(text, "{:34} {:>6} {:>6} {:>6} {:>7} {:>9} {:>10}", "", "items", "own", "reads", "writes", "requests", "per 1,000");
    for counted in requests {
        let _ = writeln!(
            text,
            "{:34} {:6} {:6} {:6} {:7} {:9} {:10.1}",
            counted.case.name(),
            counted.items,
            counted.own,
            counted.reads,
            counted.writes,
            counted.all(),
            counted.per_thousand()
        );
        goal(counted, report);
    }
    let _ = writeln!(
        text,
        "\nItems a second when all change, {ITEMS} at a time in turns, {AT_ONCE} writes under way: median [half of the rounds lie between]\n\
        worker           {:.0}\n\
        bare updates     {:.0}  worker : this  {}\n\
        reads, updates   {:.0}  worker : this  {}",
        pace.of(Way::Worker),
        pace.of(Way::Updates),
        pace.ratio(Way::Worker, Way::Updates),
        pace.of(Way::ReadsAndUpdates),
        pace.ratio(Way::Worker, Way::ReadsAndUpdates),
    );
    text.push_str(
        "reads, updates: the worker's own, one bunch of reads after the other; a worker that costs nothing would reach as much.\n",
    );
    let ratio = pace.ratio(Way::Worker, Way::Updates).median;
    report.goal(
        ratio >= AT_LEAST_OF_BARE,
        format!("apply a batch in which all change: {ratio:.2} times the pace of bare updates (goal: at least {AT_LEAST_OF_BARE})"),
    );
    report.section("Applying a batch", &text);
}

fn goal(counted: &Requests, report: &mut Report) {
    let Requests { items, case, writes, .. } = counted;
    let (at_most, and) = match case {
        // A smaller chunk has as many requests of its own.
        Case::Unchanged if *items == FULL => (AT_MOST_UNCHANGED, format!(", {writes} of them writes (goal: none, and ")),
        Case::New | Case::Changed | Case::NewWithEmail => (AT_MOST_CHANGED, " (goal: ".to_owned()),
        Case::Unchanged | Case::ChangedWithEmail | Case::NewWithCompany => return,
    };
    let figure = counted.per_thousand();
    report.goal(
        figure <= at_most && (*case != Case::Unchanged || *writes == 0),
        format!("apply a batch of {items}, {}: {figure:.1} requests for 1,000 items{and}at most {at_most})", case.name()),
    );
}
