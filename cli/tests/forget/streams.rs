//! CSVs from standard input and from pipes, and files that change during a run.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::process::{Command, Output, Stdio};

use crate::command::{Case, by_uid, pairs};
use crate::server::Trouble::Answer;

const CSV: &str = "uid,name\nu1,Ann\nu2,Bob\n";

/// Runs with this on standard input.
fn fed(case: &Case, csv: &str, more: &[&str]) -> Output {
    let mut child = case.command(&by_uid(&[&["--csv", "-"], more].concat())).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(csv.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn standard_input_is_read_to_its_end_before_the_first_request() {
    let case = Case::new("", ["u1", "u2"]);
    let result = case.result();
    let to_file = ["--result", result.to_str().unwrap()];
    let refused = fed(&case, &format!("{CSV}u3,\"Cat\n"), &to_file);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("-, line 4: "), "{refused:?}");
    assert!(case.server.asked().is_empty() && !result.exists());
    assert!(fed(&case, CSV, &["--dry-run"]).status.success());
    assert!(String::from_utf8_lossy(&fed(&case, CSV, &[]).stderr).contains("--result"));
    assert!(case.server.forgotten().is_empty());
    // A second run continues the first.
    for _ in 0..2 {
        let output = fed(&case, CSV, &to_file);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(case.outcomes(), pairs(&[("u1", "forgotten"), ("u2", "forgotten")]));
        assert_eq!(case.server.forgotten().len(), 2);
    }
}

#[test]
fn a_pipe_is_read_like_a_file() {
    let case = Case::new("", ["u1", "u2"]);
    let (pipe, result) = (case.path("pipe"), case.result());
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let child = case.start(&by_uid(&["--csv", pipe.to_str().unwrap(), "--result", result.to_str().unwrap()]));
    let writer = std::thread::spawn(move || fs::write(pipe, CSV));
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    writer.join().unwrap().unwrap();
    assert_eq!(case.outcomes(), pairs(&[("u1", "forgotten"), ("u2", "forgotten")]));
}

#[test]
fn a_file_that_changes_during_a_run_ends_it() {
    // More than is read at once, so that the run comes back to the file.
    let rows = 20_000;
    let csv: String = std::iter::once("uid,name\n".to_owned()).chain((0..rows).map(|row| format!("u{row},Ann\n"))).collect();
    let case = Case::new(csv, (0..rows).map(|row| format!("u{row}")));
    // The first request is held back until the file has changed.
    case.server.trouble("u0", vec![Answer(503, "retry-after: 1", "{}")]);
    let child = case.start(&by_uid(&["--at-once", "1"]));
    case.server.wait_for_requests(1);
    OpenOptions::new().append(true).open(case.path("users.csv")).unwrap().write_all(b"x\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("changed during the run"), "{output:?}");
    assert!(case.server.forgotten().len() < rows / 2);
}
