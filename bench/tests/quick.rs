//! Runs every section once and small, so that `make bench` cannot break unseen. Nothing here depends on how long something takes.
#![allow(clippy::expect_used, reason = "what a test needs and does not get ends it")]

use std::io::Write;
use std::process::{Command, Output, Stdio};

const PEERS: &str = "Upsert in Node, Python and here";

fn bench(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bench"));
    command.args(arguments).stdin(Stdio::null()).stderr(Stdio::piped());
    // A proxy does not reach this machine's own ports.
    for proxy in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        command.env_remove(proxy);
    }
    command
}

fn run(command: &mut Command) -> Output {
    command.output().expect("the benchmark starts")
}

/// Both outputs, for a failure's message.
fn shown(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The lines under a section's title.
fn lines_of<'a>(report: &'a str, title: &str) -> Vec<&'a str> {
    let heading = format!("{title}\n{}\n", "-".repeat(title.len()));
    let (_, rest) = report.split_once(&heading).unwrap_or_default();
    rest.split("\n\n\n").next().unwrap_or_default().lines().collect()
}

#[test]
fn every_section_runs_to_its_end_and_finds_something() {
    let output = run(&mut bench(&["--quick"]));
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", shown(&output));
    for (title, findings) in [
        ("Functions", &["upsert", "batch_worker", "from the event to the first TLS byte sent"] as &[_]),
        ("Requests and units", &["upsert a known uid ", "forget a user with 30 events", "apply 50: all change "]),
        ("Upsert and retrieve", &["retrieve by uid                handler", "throughput, handler : baseline"]),
        ("Accepting a batch", &["uid and plan", "eight fields"]),
        ("Applying a batch", &["worker  ", "bare updates  "]),
        (
            "Search and count",
            &["first page, no filter", "all pages of 500, 1 in 5,000 (1)", "sw on email", "count, in-i", "first page, in-i"],
        ),
        (
            "Companies, properties and import",
            &[
                "upsert a known company ",
                "a page of 50 companies",
                "delete a company of 10 members",
                "upserts of known properties",
                "import",
            ],
        ),
        (
            PEERS,
            &[
                "this project",
                "properties left  this project                     4 ",
                "profiles made    this project                     1 ",
            ],
        ),
        #[cfg(feature = "scale")]
        ("Scale", &["known users, uniform  ", "new users with an address ", "a batch: known users, Zipf "]),
    ] {
        let lines = lines_of(&report, title);
        for finding in findings {
            assert!(lines.iter().any(|line| line.contains(finding)), "`{title}` lacks `{finding}`: {}", shown(&output));
        }
    }
    assert!(!report.contains("FAILED") && !report.contains("missed"), "{}", shown(&output));

    for (language, is_needed) in [("Python", cfg!(target_os = "linux")), ("Node", false)] {
        let peers = lines_of(&report, PEERS);
        let is_measured = peers.iter().any(|line| line.starts_with(&format!("| {language} ")));
        let why = peers.iter().find(|line| line.starts_with(&format!("{language} is left out")));
        assert!(is_measured != why.is_some() && (is_measured || !is_needed), "{}", shown(&output));
        if let Some(why) = why {
            // Past the harness, which shows what a test prints only if it fails.
            writeln!(std::io::stderr(), "bench: {why}").expect("standard error can be written");
        }
    }
}

#[test]
fn a_section_that_fails_does_not_keep_the_others_from_their_end() {
    // Without a database, and with the functions, which need none.
    let output = run(bench(&["--quick", "applying", "functions"]).env("DYNAMODB_LOCAL_DIR", "/nothing/here"));
    let report = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
    assert!(report.contains("Applying a batch\n----------------\n\nFAILED: ") && report.contains("/nothing/here"), "{}", shown(&output));
    assert!(report.contains("from the event to the first TLS byte sent"), "{}", shown(&output));
    assert!(report.trim_end().ends_with("Failed: Applying a batch"), "{}", shown(&output));
}

#[test]
fn an_unknown_section_is_refused_and_the_help_names_those_there_are() {
    let output = run(&mut bench(&["speed"]));
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    let help = run(&mut bench(&["--help"]));
    assert!(help.status.success(), "{}", shown(&help));
    for section in ["functions", "requests", "database", "accepting", "applying", "search", "companies", "peers"] {
        for output in [&output, &help] {
            assert!(shown(output).contains(section), "{}", shown(output));
        }
    }
}
