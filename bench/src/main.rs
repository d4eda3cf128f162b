//! `make bench`: what the API costs beside the bare database, and what its functions weigh and take to start.
//!
//! Without arguments it measures everything; the arguments `functions`, `normalization`, `database`, `batch` and `deletions`
//! choose.

// A benchmark may end at the first surprise, and must not go on with nothing to measure; nothing here serves a request.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod again;
mod batch;
mod cpu;
mod database;
mod deletions;
mod functions;
mod instance;
mod local;
mod normalization;
mod parrot;
mod progress;
mod recorder;
mod report;
mod statistics;
mod stored;
mod units;
mod wire;

use std::path::{Path, PathBuf};

use report::Report;

const SECTIONS: [&str; 5] = ["functions", "normalization", "database", "batch", "deletions"];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        // Started by the section `batch`, for a process whose memory is one batch's.
        [batch::ACCEPT_ALONE, endpoint, secret, length] => batch::accept_alone(endpoint, secret, length),
        wanted => measure(wanted),
    }
}

#[tokio::main]
async fn measure(wanted: &[&str]) {
    if let Some(unknown) = wanted.iter().find(|name| !SECTIONS.contains(name)) {
        eprintln!("error: there is no section `{unknown}`; there are {}", SECTIONS.join(", "));
        std::process::exit(2);
    }
    let is_wanted = |name: &str| wanted.is_empty() || wanted.contains(&name);

    // Whatever compiles comes first, so that no compiler runs beside a measurement.
    let built = is_wanted("functions").then(functions::build);
    let normalized = is_wanted("normalization").then(normalization::measure);

    let mut report = Report::default();
    if is_wanted("database") {
        database::measure(&mut report).await;
    }
    if is_wanted("batch") {
        batch::measure(&mut report).await;
    }
    if is_wanted("deletions") {
        deletions::measure(&mut report).await;
    }
    if let Some(normalized) = normalized {
        report.section("Normalization", &normalized);
    }
    if let Some(built) = built {
        functions::measure(&built, &mut report);
    }

    let text = report.text();
    let path = workspace().join("target/bench.txt");
    std::fs::create_dir_all(workspace().join("target")).and_then(|()| std::fs::write(&path, &text)).expect("target/ is written to");
    println!("\n{text}");
}

/// The directory that holds everything.
fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}
