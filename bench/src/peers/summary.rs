//! Writes the figures as text, beside their goals, and as the README's table.

use profiles_api::Clock;

use super::contender::Contender;
use super::losses::Left;
use super::rounds::Figures;
use crate::report::Findings;
use crate::statistics::Spread;

/// All figures, each in the order of the contenders, of which the last is this project's.
pub(super) struct Measured {
    pub(super) contenders: Vec<Contender>,
    /// Why a peer is not among them.
    pub(super) left_out: Vec<String>,
    pub(super) figures: Vec<Vec<Figures>>,
    pub(super) left: Vec<Vec<Left>>,
}

/// A column of the comparison.
struct Column {
    name: &'static str,
    unit: &'static str,
    digits: usize,
    /// Whether it is in the README, and has a goal.
    is_main: bool,
    /// The figure of a round, where the system tells it.
    of: fn(&Figures) -> Option<f64>,
}

const COLUMNS: [Column; 5] = [
    Column { name: "cold start", unit: "ms", digits: 0, is_main: true, of: |figures| Some(figures.cold) },
    Column { name: "warm p50", unit: "ms", digits: 2, is_main: true, of: |figures| Some(figures.p50) },
    Column { name: "warm p99", unit: "ms", digits: 2, is_main: false, of: |figures| Some(figures.p99) },
    Column { name: "CPU a request", unit: "ms", digits: 2, is_main: true, of: |figures| figures.cpu },
    Column { name: "peak memory", unit: "MB", digits: 1, is_main: true, of: |figures| Some(figures.peak? as f64 / 1024.0 / 1024.0) },
];

impl Column {
    fn spread(&self, rounds: &[Figures]) -> Option<Spread> {
        let figures: Option<Vec<f64>> = rounds.iter().map(self.of).collect();
        Some(Spread::of(figures?))
    }

    fn median(&self, rounds: &[Figures]) -> String {
        self.spread(rounds).map_or_else(|| UNKNOWN.to_owned(), |spread| format!("{:.*} {}", self.digits, spread.median, self.unit))
    }
}

/// What stands for a figure that the system does not tell.
const UNKNOWN: &str = "unknown";

/// Writes all of it.
pub(super) fn write(measured: &Measured, findings: &mut Findings) {
    findings.say(&format!(
        "The upsert as it is usually written (bench/peers): find the profile by an index on uid or email, and put it back with the changes.\n\
        Each function is a process with Lambda's runtime client for its language; all use one DynamoDB Local, without TLS. They upsert known\n\
        users with 10 properties and 500 bytes, in turns: medians of {} rounds [half of the rounds lie between].\n\
        cold start: from the start of the process to its first answer. warm: from an event to its answer.\n",
        measured.figures[0].len()
    ));
    for why in &measured.left_out {
        findings.say(&format!("{why}\n"));
    }
    for column in &COLUMNS {
        for (contender, rounds) in measured.contenders.iter().zip(&measured.figures) {
            let spread =
                column.spread(rounds).map_or_else(|| UNKNOWN.to_owned(), |spread| format!("{spread:.*} {}", column.digits, column.unit));
            findings.say(&line(column.name, contender, &spread));
        }
    }
    let (at_once, rounds) = (measured.left[0][0].at_once, measured.left[0].len());
    findings.say(&format!("\n{at_once} upserts of one user at once, each by an instance of its own, in {rounds} rounds. properties left: of a known user, to\n\
        whom each upsert gives another. profiles made: of a user who is new to all of them.\n"));
    for (what, of) in LEFT {
        for (contender, left) in measured.contenders.iter().zip(&measured.left) {
            findings.say(&line(what, contender, &format!("{:.0}", Spread::of(left.iter().map(|left| of(left) as f64)))));
        }
    }
    write_table(measured, at_once, findings);
    judge(measured, at_once, findings);
}

/// A count by its name.
type Count = (&'static str, fn(&Left) -> usize);

/// What is counted of requests at once.
const LEFT: [Count; 2] = [("properties left", |left| left.properties), ("profiles made", |left| left.profiles)];

fn line(what: &str, contender: &Contender, figure: &str) -> String {
    format!("{what:16} {:32} {figure}", contender.name)
}

/// Writes the lines of the README's table.
fn write_table(measured: &Measured, at_once: usize, findings: &mut Findings) {
    let today = Clock::system().now().to_string();
    let today = today.split('T').next().unwrap_or_default();
    let main = || COLUMNS.iter().filter(|column| column.is_main);
    let heads: Vec<&str> = main().map(|column| column.name).collect();
    findings.say(&format!("\nThe README's table, of {today} on {} with {} processors:\n", std::env::consts::ARCH, processors()));
    findings.say(&format!("| | {} | properties left of {at_once} | profiles of one user |", heads.join(" | ")));
    findings.say(&format!("|---|{}", "---|".repeat(heads.len() + LEFT.len())));
    for ((contender, rounds), left) in measured.contenders.iter().zip(&measured.figures).zip(&measured.left) {
        let figures = main().map(|column| column.median(rounds));
        let counts = LEFT.map(|(_, of)| format!("{:.0}", Spread::of(left.iter().map(|left| of(left) as f64)).median));
        let cells: Vec<String> = figures.chain(counts).collect();
        findings.say(&format!("| {} | {} |", contender.name, cells.join(" | ")));
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Judges the goals: better than each peer in each column, and nothing lost in any round.
fn judge(measured: &Measured, at_once: usize, findings: &mut Findings) {
    let (Some((own, peers)), Some(left)) = (measured.figures.split_last(), measured.left.last()) else { return };
    for column in COLUMNS.iter().filter(|column| column.is_main) {
        let median = |rounds: &[Figures]| column.spread(rounds).map(|spread| spread.median);
        let is_met = peers.iter().all(|peer| median(own).zip(median(peer)).is_some_and(|(own, peer)| own < peer));
        let others: Vec<String> = peers.iter().map(|peer| column.median(peer)).collect();
        let others = if others.is_empty() { "no peer".to_owned() } else { others.join(" and ") };
        findings.goal(!peers.is_empty() && is_met, format!("{}: {} (goal: less than {others})", column.name, column.median(own)));
    }
    let fewest = left.iter().map(|left| left.properties).min().unwrap_or_default();
    let most = left.iter().map(|left| left.profiles).max().unwrap_or_default();
    findings.goal(fewest == at_once, format!("of {at_once} properties set at once, {fewest} are left in the worst round (goal: all)"));
    findings.goal(most == 1, format!("{at_once} upserts of a new user at once make {most} in the worst round (goal: 1)"));
}
