//! An account of 100 million users at 20,000 upserts a second, on partitions that take what DynamoDB's do.
//!
//! Time is virtual, so the machine's pace changes nothing. The traffic and the partitions are those of the tests.

use std::time::Duration;

use profiles_tests::World;
use profiles_tests::limited::VirtualTime;
use profiles_tests::partitions::Layout;
use profiles_tests::scale::{Figures, Kind, READS, Smaller, UPSERTS, WRITES, apply, offer};

use crate::effort::Effort;
use crate::progress;
use crate::report::Findings;

const TIME: VirtualTime = VirtualTime { pause: tokio::time::pause, resume: tokio::time::resume };

/// How long a partition is hot before it splits: for longer than times in keys are apart. DynamoDB takes minutes.
const SPLIT_AFTER: Duration = Duration::from_secs(3);
/// The partition keys of an account in `profiles`, and in its indexes but one.
const KEYS: f64 = 16.0;
/// The least part of what its partitions take that an account is to get through. What is refused comes again, at random times.
const AT_LEAST: f64 = 0.75;

/// Measures each kind of traffic. The clock of a runtime with many threads cannot be paused.
pub(crate) fn measure(effort: Effort, findings: &mut Findings) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let smaller = Smaller(effort.choose(100.0, 400.0));
        findings.say(&format!("{UPSERTS} upserts a second, measured at 1 : {}; figures are those of the whole", smaller.0));
        singles(effort, smaller, findings).await;
        // Not smaller: a transaction must find its units within a second.
        batches(effort, Smaller(effort.choose(20.0, 80.0)), findings).await;
    });
}

async fn singles(effort: Effort, smaller: Smaller, findings: &mut Findings) {
    findings.say(&format!(
        "\n{:<28} {:<7} {:>10} {:>7} {:>12} {:>8} {:>8}  {}",
        "single upserts", "", "accepted/s", "503", "no instance", "p50", "p99", "refused most calls"
    ));
    let divided = [(Layout::Keys, effort.choose(6, 1)), (Layout::Splitting(SPLIT_AFTER), effort.choose(24, 1))];
    for (layout, seconds) in divided {
        for kind in Kind::ALL {
            progress::say(kind.name());
            let figures = offer(World::without_logs().await, TIME, layout, kind, smaller, Duration::from_secs(seconds)).await;
            findings.say(&line(kind, layout, &figures));
            judge(kind, layout, &figures, findings);
        }
    }
}

fn line(kind: Kind, layout: Layout, figures: &Figures) -> String {
    let Figures { accepted, refused, turned_away, median, slow, hottest, partitions } = figures;
    let layout = match layout {
        Layout::Keys => "by key".to_owned(),
        Layout::Splitting(_) => format!("{partitions} parts"),
    };
    let hottest = hottest.as_ref().map_or_else(String::new, |(name, _)| name.clone());
    format!(
        "{:<28} {layout:<8} {accepted:>9.0} {:>6.1}% {:>11.1}% {:>6.0}ms {:>6.0}ms  {hottest}",
        kind.name(),
        refused * 100.0,
        turned_away * 100.0,
        median.as_secs_f64() * 1e3,
        slow.as_secs_f64() * 1e3,
    )
}

/// Returns what the partitions take of a kind in a second, where all of it meets the same limit.
fn most(kind: Kind, layout: Layout) -> Option<f64> {
    match (kind, layout) {
        (Kind::Uniform, Layout::Splitting(_)) => Some(UPSERTS),
        (Kind::Uniform, Layout::Keys) | (Kind::New, _) => Some(KEYS * WRITES),
        (Kind::OneUser | Kind::NewOfOneCompany, _) => Some(WRITES),
        (Kind::OneCompany, _) => Some(READS),
        (Kind::Zipf | Kind::NewWithAddress, _) => None,
    }
}

fn judge(kind: Kind, layout: Layout, figures: &Figures, findings: &mut Findings) {
    let Some(most) = most(kind, layout) else { return };
    let part = figures.accepted / most;
    let layout = if layout == Layout::Keys { "one for each key" } else { "that split" };
    findings.goal(
        part >= AT_LEAST,
        format!("{}, partitions {layout}: {part:.2} of the {most:.0} a second that these take (goal: at least {AT_LEAST})", kind.name()),
    );
}

async fn batches(effort: Effort, smaller: Smaller, findings: &mut Findings) {
    findings.say(&format!("\n{:<44} {:>8} {:>8}  {}", "a batch, applied, on partitions by key", "items/s", "took", "refused most calls"));
    for kind in Kind::ALL {
        progress::say(&format!("a batch: {}", kind.name()));
        let applied = apply(World::without_logs().await, TIME, Layout::Keys, kind, smaller, effort.choose(2_000, 60)).await;
        let hottest = applied.hottest.map_or_else(String::new, |(name, _)| name);
        findings.say(&format!(
            "{:<44} {:>8.0} {:>7.1}s  {hottest}",
            format!("a batch: {}", kind.name()),
            applied.items,
            applied.took.as_secs_f64()
        ));
    }
    findings.goal(true, "every upsert that was accepted, and every item of the batches, was found in the end".to_owned());
}
