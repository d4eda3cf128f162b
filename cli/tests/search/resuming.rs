//! Exports that are cut off, and continued.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::command::Case;
use crate::server::Trouble::{Answer, Nothing, Silence};
use crate::support::SECRET;

/// 20 pages of 50.
const ALL: usize = 1000;

fn export<'a>(format: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let out = if format == "csv" { "users.csv" } else { "users.jsonl" };
    [&["export", "--out", out, "--page", "50"], more].concat()
}

fn out(case: &Case, format: &str) -> String {
    case.text(&format!("users.{format}"))
}

/// The file of a run that nothing interrupts.
fn undisturbed(format: &str) -> String {
    let case = Case::new(ALL);
    case.succeeds(&export(format, &[]));
    out(&case, format)
}

#[test]
fn a_killed_run_is_continued_wherever_it_was() {
    for format in ["csv", "jsonl"] {
        let expected = undisturbed(format);
        let case = Case::new(ALL);
        // Each run is killed while it waits for a page, the last one for the last page.
        for pages in [0, 1, 7, 11] {
            case.server.trouble(vec![Nothing; pages].into_iter().chain([Silence]));
            let before = case.server.asked().len();
            let mut child = case.start(&export(format, &[]));
            case.server.wait_for_requests(before + pages + 1);
            child.kill().unwrap();
            assert_eq!(child.wait().unwrap().signal(), Some(9));
            assert!(!case.path(&format!("users.{format}")).exists());
        }
        let before = case.server.asked().len();
        let output = case.run(&export(format, &[]));
        assert!(output.status.success());
        assert_eq!(String::from_utf8_lossy(&output.stderr), "continuing after 950 profiles\n");
        assert_eq!(case.server.asked().len(), before + 1, "what is written is not asked for again");
        assert_eq!(out(&case, format), expected);
        assert_eq!(case.files(), [format!("users.{format}")]);
    }
}

#[test]
fn a_run_killed_at_any_time_is_continued() {
    let expected = undisturbed("csv");
    let case = Case::new(ALL);
    let mut killed = 0;
    for delay in (0..).map(|n: u64| n * 7 % 60) {
        let mut child = case.start(&export("csv", &[]));
        thread::sleep(Duration::from_millis(delay));
        let _ = child.kill();
        killed += usize::from(!child.wait().unwrap().success());
        if case.path("users.csv").exists() || killed > 200 {
            break;
        }
    }
    if !case.path("users.csv").exists() {
        case.succeeds(&export("csv", &[]));
    }
    assert!(killed > 0);
    assert_eq!(out(&case, "csv"), expected);
}

#[test]
fn an_interrupted_run_says_how_to_go_on() {
    let expected = undisturbed("jsonl");
    let case = Case::new(ALL);
    case.server.trouble([Nothing, Nothing, Silence]);
    let child = case.start(&export("jsonl", &[]));
    case.server.wait_for_requests(3);
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let shown = String::from_utf8(output.stderr).unwrap();
    assert_eq!(shown, "error: interrupted. So far 100 profiles are written; run the same command again to continue\n");
    case.succeeds(&export("jsonl", &[]));
    assert_eq!(out(&case, "jsonl"), expected);
}

#[test]
fn an_api_that_fails_for_long_costs_nothing_that_is_written() {
    let expected = undisturbed("csv");
    let case = Case::new(ALL);
    let failing = Answer(503, "", r#"{"code":503,"messages":["Service unavailable: u1, please retry"]}"#.to_owned());
    case.server.trouble([Nothing, Nothing, failing.clone(), failing]);
    let shown = case.fails(&export("csv", &["--attempts", "2"]));
    assert!(shown.contains("no answer after 2 attempts (503: ") && shown.contains("So far 100 profiles are written"), "{shown}");
    case.succeeds(&export("csv", &[]));
    assert_eq!(out(&case, "csv"), expected);
}

#[test]
fn a_full_disk_costs_nothing_that_is_written() {
    let expected = undisturbed("csv");
    let case = Case::new(ALL);
    // A file of more than 64 blocks of 512 or 1024 bytes can't be written: the disk is full in the middle of a page.
    let script = "trap '' XFSZ; ulimit -f 64; exec \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh", env!("CARGO_BIN_EXE_profiles")]).args(export("csv", &["--url", &case.server.url]));
    let output = command.env("ACCOUNT_SECRET", SECRET).current_dir(case.path("")).output().unwrap();
    let shown = String::from_utf8(output.stderr).unwrap();
    assert!(shown.contains("users.csv.part can't be written") && shown.contains("run the same command again"), "{shown}");
    case.succeeds(&export("csv", &[]));
    assert_eq!(out(&case, "csv"), expected);
}

#[test]
fn an_export_is_continued_only_with_the_same_arguments() {
    let case = Case::new(ALL);
    case.server.trouble([Nothing, Silence]);
    let begin = export("csv", &["--filter", "role=admin", "--columns", "id,email"]);
    let mut child = case.start(&begin);
    case.server.wait_for_requests(2);
    child.kill().unwrap();
    child.wait().unwrap();
    let part = case.text("users.csv.part");
    for (arguments, says) in [
        (&["--filter", "role=owner", "--columns", "id,email"][..], "other filters"),
        (&["--filter", "role=admin", "--any", "--columns", "id,email"], "other filters"),
        (&["--filter", "role=admin"], "other --columns"),
        (&["--filter", "role=admin", "--columns", "email,id"], "other --columns"),
        (&["--filter", "role=admin", "--columns", "id,email", "--format", "jsonl"], "another --format"),
        (&["--filter", "role=admin", "--columns", "id,email", "--for-spreadsheets"], "--for-spreadsheets"),
    ] {
        let shown = case.fails(&export("csv", arguments));
        assert!(shown.contains("users.csv.part is not the beginning of this export") && shown.contains(says), "{shown}");
    }
    case.server.account("6b038e3f13ac32cf4b01f1ec");
    assert!(case.fails(&begin).contains("another account"));
    assert_eq!(case.text("users.csv.part"), part);
    assert!(!case.text("users.csv.part.state").contains("admin"), "no filter is stored");
    case.server.account("6b038e3f13ac32cf4b01f1eb");
    case.succeeds(&begin);
    assert_eq!(case.text("users.csv").lines().count(), ALL + 1);
}

#[test]
fn two_runs_do_not_write_one_file() {
    let case = Case::new(ALL);
    case.server.trouble([Nothing, Silence]);
    let mut child = case.start(&export("csv", &[]));
    case.server.wait_for_requests(2);
    assert!(case.fails(&export("csv", &[])).contains("users.csv.part is being written by another run"));
    child.kill().unwrap();
    child.wait().unwrap();
    fs::remove_file(case.path("users.csv.part.state")).unwrap();
    let shown = case.fails(&export("csv", &[]));
    assert!(shown.contains("is missing"), "{shown}");
}
