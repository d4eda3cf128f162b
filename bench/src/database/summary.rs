//! Writes the figures as text, and beside their goals.

use std::fmt::Write;

use super::calls::{ALL, Operation, Way, index};
use super::rounds::{Figures, Rounds};
use crate::report::Findings;
use crate::statistics::Spread;

/// The most time that the handler may take, as a multiple of the bare call's.
const AT_MOST_BARE: f64 = 1.15;
/// The least throughput of an upsert, as a multiple of the baseline's.
const AT_LEAST_BASELINE: f64 = 1.2;

/// All figures, each in the order of [`ALL`].
pub(super) struct Measured {
    pub(super) overhead: Vec<f64>,
    pub(super) alone: Rounds,
    pub(super) crowd: Rounds,
}

/// Writes all of it.
pub(super) fn write(measured: &Measured, findings: &mut Findings) {
    findings.say(
        "One DynamoDB Local, a profile of 10 properties and 500 bytes, the calls in turns. The times say nothing about AWS; the ratios do.\n\
        bare call: the handler's own call to the database, ready-made. overhead: the time on this side of the connection.\n\
        baseline: the common design. To upsert, it finds the profile by an index and puts it back, so it may undo a change that was made\n\
        in between. To retrieve, it asks the index alone, which may be behind; there is no goal for that.\n",
    );
    findings.say(&table(measured));
    findings.say("Ratios, round by round: median [half of the rounds lie between]");
    for operation in Operation::ALL {
        ratios(measured, operation, findings);
    }
}

fn table(measured: &Measured) -> String {
    let Measured { overhead, alone, crowd } = measured;
    let at = |what: &str, rounds: &Rounds| format!("{what} at {}", rounds.clients);
    let mut text = format!(
        "{:30} {:10} {:>10} {:>9} {:>9} {:>9} {:>9}\n",
        "",
        "",
        "overhead",
        at("p50", alone),
        at("p50", crowd),
        at("/s", alone),
        at("/s", crowd)
    );
    let median = |figures: &[Figures], of: fn(&Figures) -> f64| Spread::of(figures.iter().map(of)).median;
    for (index, (operation, way)) in ALL.into_iter().enumerate() {
        let (alone, crowd) = (&alone.figures[index], &crowd.figures[index]);
        let _ = writeln!(
            text,
            "{:30} {:10} {:7.0} µs {:6.2} ms {:6.2} ms {:9.0} {:9.0}",
            operation.name(),
            way.name(),
            overhead[index],
            median(alone, |figures| figures.p50),
            median(crowd, |figures| figures.p50),
            median(alone, |figures| figures.throughput),
            median(crowd, |figures| figures.throughput),
        );
    }
    text
}

fn ratios(measured: &Measured, operation: Operation, findings: &mut Findings) {
    let name = operation.name();
    let (few, many) = (measured.alone.clients, measured.crowd.clients);
    let (handler, bare) = (index((operation, Way::Handler)), index((operation, Way::Bare)));
    // The baseline does the same with an e-mail, and ignores that two profiles may then have one address.
    let baseline = index((if operation == Operation::Retrieve { operation } else { Operation::Upsert }, Way::Baseline));

    let p50 = both(measured, |figures, round| figures[handler][round].p50 / figures[bare][round].p50);
    let by_throughput = both(measured, |figures, round| figures[bare][round].throughput / figures[handler][round].throughput);
    let beside_baseline = both(measured, |figures, round| figures[handler][round].throughput / figures[baseline][round].throughput);
    for (what, [alone, crowd]) in [
        ("p50, handler : bare call", p50),
        ("throughput, bare call : handler", by_throughput),
        ("throughput, handler : baseline", beside_baseline),
    ] {
        findings.say(&format!("{name:30}  {what:32}  {alone} at {few}, {crowd} at {many}"));
    }

    let medians = |spreads: [Spread; 2]| spreads.map(|spread| spread.median);
    let ([p50_few, p50_many], [few_by, many_by]) = (medians(p50), medians(by_throughput));
    findings.goal(
        [p50_few, p50_many, few_by, many_by].iter().all(|figure| *figure <= AT_MOST_BARE),
        format!(
            "{name}, beside the bare call at {few} and {many} clients: {p50_few:.2} and {p50_many:.2} times by p50, {few_by:.2} and \
            {many_by:.2} by throughput (goal: at most {AT_MOST_BARE})"
        ),
    );
    if operation != Operation::Retrieve {
        let [of_few, of_many] = medians(beside_baseline);
        findings.goal(
            of_few.min(of_many) >= AT_LEAST_BASELINE,
            format!(
                "{name}, beside the baseline at {few} and {many} clients: {of_few:.2} and {of_many:.2} times its throughput (goal: at least \
                {AT_LEAST_BASELINE})"
            ),
        );
    }
}

/// Takes a ratio at one client and in a crowd: in each round, then the median of all rounds.
fn both(measured: &Measured, ratio: impl Fn(&[Vec<Figures>], usize) -> f64) -> [Spread; 2] {
    [&measured.alone, &measured.crowd].map(|Rounds { figures, .. }| Spread::of((0..figures[0].len()).map(|round| ratio(figures, round))))
}
