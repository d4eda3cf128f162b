//! The functions as they are deployed: their size, and the time in which one starts.

mod build;
mod database;
mod start;

use std::time::Duration;

use build::{COMPARED, STARTED};

pub(crate) use build::build_started;
pub(crate) use start::launch;

use crate::effort::Effort;
use crate::project::TEMPLATE;
use crate::report::Findings;
use crate::statistics::Spread;

/// The size that a binary may have, unzipped, if clients wait for its cold start.
const MAX_BYTES: u64 = 8 * 1024 * 1024;
/// The time that may pass from the first event to the first byte sent to the database.
const MAX_TO_TLS: Duration = Duration::from_millis(5);
/// How many times as long the function with the pages may start as the one it is compared with.
const MAX_RATIO: f64 = 1.2;

/// Builds the functions, and measures them.
pub(crate) fn measure(effort: Effort, findings: &mut Findings) {
    let built = build::build(effort);
    findings.say(&built.how);
    for (function, path) in &built.binaries {
        let bytes = std::fs::metadata(path).expect("a binary that was just built").len();
        let megabytes = bytes as f64 / f64::from(1024 * 1024);
        findings.say(&format!("{function:12} {bytes:10} bytes  {megabytes:6.2} MB unzipped"));
        if TEMPLATE.routes().iter().any(|route| route.binary == *function) {
            findings.goal(bytes <= MAX_BYTES, format!("{function} is {megabytes:.2} MB unzipped (goal: at most 8)"));
        }
    }

    let starts = start::starts(&built.started, effort.choose(30, 1));
    let millis = |of: fn(&start::Start) -> Duration| Spread::of(starts.iter().map(|start| of(start).as_secs_f64() * 1000.0));
    let (to_first_request, to_tls) = (millis(|start| start.to_first_request), millis(|start| start.to_tls));
    let machine = std::env::consts::ARCH;
    findings.say(&format!("\nA start of {STARTED} on this machine ({machine}), median [quartiles] of {}:", starts.len()));
    findings.say(&format!("from process start to the request for an event   {to_first_request:.1} ms"));
    findings.say(&format!("from the event to the first TLS byte sent          {to_tls:.2} ms"));
    let figure = to_tls.median;
    findings.goal(
        figure < MAX_TO_TLS.as_secs_f64() * 1000.0,
        format!("from the first event to the first TLS byte sent: {figure:.2} ms (goal: under {})", MAX_TO_TLS.as_millis()),
    );

    let answers = start::first_answers(&built.compared, effort.choose(30, 1));
    let [root, console] = answers.map(|took| Spread::of(took.iter().map(|took| took.as_secs_f64() * 1000.0)));
    findings.say("\nFrom process start to the first answer, without the database:");
    for (name, spread) in COMPARED.iter().zip([&root, &console]) {
        findings.say(&format!("{name:12} {spread:.1} ms"));
    }
    let ratio = console.median / root.median;
    findings.goal(ratio <= MAX_RATIO, format!("console starts in {ratio:.2} times the time of root (goal: at most {MAX_RATIO})"));
}
