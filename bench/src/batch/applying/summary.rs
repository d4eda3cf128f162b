//! The figures as text, and beside their goals.

use std::fmt::Write;

use super::pace::{AT_ONCE, ITEMS, Pace, Way};
use super::requests::{Case, FULL, Requests};
use crate::report::Report;

/// Requests for a thousand items of a full chunk when nothing changes.
const AT_MOST_UNCHANGED: f64 = 12.0;
/// Requests for a thousand items that change.
const AT_MOST_CHANGED: f64 = 1_015.0;
/// The worker's pace, of that of bare updates.
const AT_LEAST_OF_BARE: f64 = 0.9;

/// Writes them into the report.
pub(super) fn write(requests: &[Requests], pace: &Pace, report: &mut Report) {
    let mut text = String::from(
        "Requests of the worker for a batch of one chunk, counted on the wire. own: for ticket, chunk and counts.\n\
        writes: of profiles, claims and companies, refused and repeated ones among them.\n\n",
    );
    let _ = writeln!(text, "{:34} {:>6} {:>6} {:>6} {:>7} {:>9} {:>10}", "", "items", "own", "reads", "writes", "requests", "per 1,000");
    for counted in requests {
        let (name, per_thousand) = (counted.case.name(), counted.per_thousand());
        let Requests { items, own, reads, writes, .. } = counted;
        let _ = writeln!(text, "{name:34} {items:6} {own:6} {reads:6} {writes:7} {:9} {per_thousand:10.1}", counted.all());
        requests_goal(counted, report);
    }
    let _ = writeln!(
        text,
        "\nItems a second when all change, {ITEMS} at a time, in turns, {AT_ONCE} writes under way: median [half of the rounds lie between]"
    );
    let _ = writeln!(text, "{:17} {:.0}", "worker", pace.of(Way::Worker));
    for (way, name) in [(Way::Updates, "bare updates"), (Way::ReadsAndUpdates, "reads, updates")] {
        let _ = writeln!(text, "{name:17} {:.0}, worker : this {}", pace.of(way), pace.ratio(Way::Worker, way));
    }
    text.push_str("reads, updates: the worker's own calls alone, the reads first and one by one.\n");
    report.section("Applying a batch", &text);

    let ratio = pace.ratio(Way::Worker, Way::Updates).median;
    report.goal(
        ratio >= AT_LEAST_OF_BARE,
        format!("apply a batch in which all change: {ratio:.2} times the pace of bare updates (goal: at least {AT_LEAST_OF_BARE})"),
    );
}

fn requests_goal(counted: &Requests, report: &mut Report) {
    let Requests { items, case, writes, .. } = counted;
    let name = case.name();
    let figure = counted.per_thousand();
    match case {
        // A smaller chunk has as many requests of its own.
        Case::Unchanged if *items == FULL => report.goal(
            figure <= AT_MOST_UNCHANGED && *writes == 0,
            format!(
                "apply a batch of {items}, {name}: {figure:.1} requests for 1,000 items, {writes} of them writes \
                (goal: at most {AT_MOST_UNCHANGED}, no writes)"
            ),
        ),
        Case::New | Case::Changed | Case::NewWithEmail => report.goal(
            figure <= AT_MOST_CHANGED,
            format!("apply a batch of {items}, {name}: {figure:.1} requests for 1,000 items (goal: at most {AT_MOST_CHANGED})"),
        ),
        Case::Unchanged | Case::ChangedWithEmail | Case::NewWithCompany => {}
    }
}
