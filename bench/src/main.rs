//! `make bench`: measures the API against the bare database, and the functions as they are deployed.

// A section may end at the first surprise: the others still run, and nothing here serves a request.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod batch;
mod canned;
mod companies;
mod counter;
mod cpu;
mod database;
mod effort;
mod functions;
mod indexed;
mod instance;
mod lambda;
mod local;
mod peak;
mod peers;
mod progress;
mod project;
mod recorder;
mod replay_calls;
mod report;
mod requests;
#[cfg(feature = "scale")]
mod scale;
mod search;
mod section;
mod statistics;
mod wire;

use std::process::ExitCode;

use clap::Parser;

use effort::Effort;
use project::workspace;
use report::Report;
use section::Section;

/// Measures the API against the bare database, and the functions as they are deployed.
///
/// The report is printed section by section, and written to `target/bench.txt`. Exits with 1 if a section fails; a missed goal is
/// only reported.
#[derive(Parser)]
#[command(name = "bench")]
struct Arguments {
    /// The sections to run, in this order; all of them by default.
    #[arg(value_enum)]
    sections: Vec<Section>,
    /// Runs everything once and small, to see that it works: judges no goal, and measures the functions that `cargo build` made.
    /// Writes no file.
    #[arg(long)]
    quick: bool,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // Sections start this for a process whose memory is that of one request.
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [batch::ACCEPT_ALONE, endpoint, secret, length] => {
            batch::accept_alone(endpoint, secret, length);
            return ExitCode::SUCCESS;
        }
        [search::SEARCH_ALONE, endpoint, secret, path] => {
            search::search_alone(endpoint, secret, path);
            return ExitCode::SUCCESS;
        }
        _ => {}
    }
    let Arguments { sections, quick } = Arguments::parse();
    let sections = if sections.is_empty() { Section::ALL.to_vec() } else { sections };
    let (effort, mut report) =
        if quick { (Effort::Quick, Report::printed()) } else { (Effort::Full, Report::written(&workspace().join("target/bench.txt"))) };
    for (number, section) in sections.iter().enumerate() {
        progress::say(&format!("section {} of {}: {}", number + 1, sections.len(), section.name()));
        report.add(section::run(*section, effort));
    }
    report.end()
}
