//! The figures as text, and beside their goals.

use std::fmt::Write;

use super::calls::{ALL, Operation, Way, index};
use super::rounds::{ALONE, CROWD, Figures, Rounds};
use crate::recorder::Notes;
use crate::report::Report;
use crate::statistics::Spread;

/// How much longer than the bare call the handler may take.
const AT_MOST_BARE: f64 = 1.15;
/// How many times the usual way's throughput an upsert must reach.
const AT_LEAST_USUAL: f64 = 1.2;

/// All that was measured, each in the order of [`ALL`].
pub(super) struct Measured {
    pub(super) costs: Vec<Notes>,
    pub(super) own_work: Vec<f64>,
    pub(super) alone: Rounds,
    pub(super) crowd: Rounds,
}

/// Writes it into the report.
pub(super) fn write(measured: &Measured, report: &mut Report) {
    let mut text = String::from(
        "One DynamoDB Local, a profile of 10 properties and 500 bytes, the calls in turns. Times say nothing of AWS, ratios do.\n\
        own work: on this side of the wire, with answers that are there at once.\n\n",
    );
    table(measured, &mut text);
    text.push_str("\nRatios, round by round: median [half of the rounds lie between]\n");
    for operation in Operation::ALL {
        let handler = index((operation, Way::Handler));
        let bare = index((operation, Way::Bare));
        let p50 = both(measured, |figures, round| figures[handler][round].p50 / figures[bare][round].p50);
        let throughput = both(measured, |figures, round| figures[bare][round].throughput / figures[handler][round].throughput);
        line(&mut text, operation, "p50, handler : bare call", p50);
        line(&mut text, operation, "throughput, bare call : handler", throughput);
        let [few, many] = p50.map(|spread| spread.median);
        let [few_by_throughput, many_by_throughput] = throughput.map(|spread| spread.median);
        report.goal(
            [few, many, few_by_throughput, many_by_throughput].iter().all(|figure| *figure <= AT_MOST_BARE),
            format!(
                "{}, beside the bare call at {} and {} clients: {few:.2} and {many:.2} times by p50, {few_by_throughput:.2} and \
                {many_by_throughput:.2} by throughput (goal: at most {AT_MOST_BARE})",
                operation.name(),
                ALONE.clients,
                CROWD.clients,
            ),
        );
        // The usual way is the same with the e-mail, as long as nobody minds two profiles with one address.
        let usual = index((if operation == Operation::Retrieve { operation } else { Operation::Upsert }, Way::Usual));
        let throughput = both(measured, |figures, round| figures[handler][round].throughput / figures[usual][round].throughput);
        line(&mut text, operation, "throughput, handler : usual way", throughput);
        // What a handler that costs nothing would reach: so much of a missed goal is the database's.
        let without_handler = both(measured, |figures, round| figures[bare][round].throughput / figures[usual][round].throughput);
        line(&mut text, operation, "throughput, bare call : usual way", without_handler);
        if operation == Operation::Upsert {
            let indexed = index((operation, Way::UsualIndexed));
            let throughput = both(measured, |figures, round| figures[handler][round].throughput / figures[indexed][round].throughput);
            line(&mut text, operation, "throughput, handler : usual way, 3 indexes", throughput);
        }
        if operation != Operation::Retrieve {
            let [few, many] = throughput.map(|spread| spread.median);
            report.goal(
                few.min(many) >= AT_LEAST_USUAL,
                format!(
                    "{}, beside the usual way at {} and {} clients: {few:.2} and {many:.2} times its throughput (goal: at least {AT_LEAST_USUAL})",
                    operation.name(),
                    ALONE.clients,
                    CROWD.clients,
                ),
            );
        }
    }
    text.push_str(
        "\nThe usual way to upsert is two requests, the second of which replaces what others wrote since the first. To retrieve, it is one,\n\
        of an index that may be behind; there is no goal for that.\n",
    );
    report.section("Upsert and retrieve", &text);
}

fn table(measured: &Measured, text: &mut String) {
    let _ = writeln!(
        text,
        "{:30} {:20} {:>8} {:>10} {:>11} {:>10} {:>9} {:>9} {:>9} {:>9}",
        "", "", "requests", "read units", "write units", "own work", "p50 at 1", "p50 at 16", "/s at 1", "/s at 16"
    );
    let median = |figures: &[Figures], of: fn(&Figures) -> f64| Spread::of(figures.iter().map(of)).median;
    for (index, (operation, way)) in ALL.into_iter().enumerate() {
        let (costs, alone, crowd) = (&measured.costs[index], &measured.alone.0[index], &measured.crowd.0[index]);
        let _ = writeln!(
            text,
            "{:30} {:20} {:8} {:10} {:11} {:7.0} µs {:6.2} ms {:6.2} ms {:9.0} {:9.0}",
            operation.name(),
            way.name(),
            costs.requests(),
            costs.read_units,
            costs.write_units,
            measured.own_work[index],
            median(alone, |figures| figures.p50),
            median(crowd, |figures| figures.p50),
            median(alone, |figures| figures.throughput),
            median(crowd, |figures| figures.throughput),
        );
    }
}

/// A ratio at one client and at many: in each round, then the middle of all rounds.
fn both(measured: &Measured, ratio: impl Fn(&[Vec<Figures>], usize) -> f64) -> [Spread; 2] {
    [&measured.alone, &measured.crowd].map(|Rounds(figures)| Spread::of((0..figures[0].len()).map(|round| ratio(figures, round))))
}

fn line(text: &mut String, operation: Operation, what: &str, [alone, crowd]: [Spread; 2]) {
    let (name, few, many) = (operation.name(), ALONE.clients, CROWD.clients);
    let _ = writeln!(text, "{name:30}  {what:42}  {alone} at {few}, {crowd} at {many}");
}
