//! The functions as they are deployed: their size, and how long one takes to start.

mod build;
mod runtime_api;
mod start;

use std::fmt::Write;
use std::time::Duration;

pub(crate) use build::build;

use crate::report::Report;
use crate::statistics::Spread;
use build::Built;

/// What a binary may weigh, unzipped.
const MAX_BYTES: u64 = 8 * 1024 * 1024;
/// What may pass from the first event to the first byte sent to the database.
const MAX_TO_TLS: Duration = Duration::from_millis(5);

/// Measures what was built.
pub(crate) fn measure(built: &Built, report: &mut Report) {
    let mut text = format!("Built by `cargo lambda build --release` for {}.\n", built.architecture);
    if let Some(why) = &built.why_not_deployed {
        let _ = writeln!(text, "{why}");
    }
    for (function, path) in &built.binaries {
        let bytes = std::fs::metadata(path).expect("a binary that was just built").len();
        let megabytes = bytes as f64 / f64::from(1024 * 1024);
        let _ = writeln!(text, "{function:10} {megabytes:5.2} MB unzipped");
        report.goal(bytes <= MAX_BYTES, format!("{function} is {megabytes:.2} MB unzipped on {} (goal: at most 8)", built.architecture));
    }

    let starts = start::starts(&built.native);
    let millis = |of: fn(&start::Start) -> Duration| Spread::of(starts.iter().map(|start| of(start).as_secs_f64() * 1000.0));
    let (to_first_request, to_tls) = (millis(|start| start.to_first_request), millis(|start| start.to_tls));
    let _ = writeln!(text, "\nA start of upsert on this machine ({}), median and quartiles of {}:", std::env::consts::ARCH, starts.len());
    let _ = writeln!(text, "from process start to the first request taken   {to_first_request:.1} ms");
    let _ = writeln!(text, "from the first event to the first TLS byte sent {to_tls:.2} ms");
    report.section("Functions", &text);
    let figure = to_tls.median;
    report.goal(
        figure < MAX_TO_TLS.as_secs_f64() * 1000.0,
        format!("from the first event to the first TLS byte sent: {figure:.2} ms (goal: under {})", MAX_TO_TLS.as_millis()),
    );
}
