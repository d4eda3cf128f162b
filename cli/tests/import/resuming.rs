//! Runs that are interrupted, and runs that continue them.

use std::collections::HashMap;
use std::env;
use std::fmt::Write;
use std::fs::{self, OpenOptions};
use std::io::Write as _;

use serde_json::Value;

use crate::command::Case;
use crate::server::Trouble::{DoAndDrop, Silence};

/// The rows of the long test; 100,000 in `make test-long`.
fn rows() -> usize {
    env::var("IMPORTED").map_or(20_000, |rows| rows.parse().unwrap())
}

#[test]
fn many_rows_survive_being_killed_twice() {
    let rows = rows();
    let mut csv = "\u{feff}User ID,Plan,Note,fails,warns\r\n".to_owned();
    let mut due = Vec::new();
    for row in 1..=rows {
        let (uid, fails, warns) = match row % 100 {
            7 => (String::new(), "", ""),
            // The same user as eight rows before.
            8 => (format!("u{}", row - 8), "", ""),
            9 => (format!("u{row}"), "wrong", ""),
            10 => (format!("0{row}"), "", "cut"),
            _ => (format!("u{row}"), "", ""),
        };
        let note = match row % 4 {
            0 => "\"a, \"\"b\"\"\r\nc\"",
            1 => "",
            _ => "é",
        };
        // A blank row, and one without an identifier.
        let (plan, note) = if row % 200 == 7 { ("", "") } else { ("gold", note) };
        let _ = write!(csv, "{uid},{plan},{note},{fails},{warns}\r\n");
        if row % 1_000 == 0 {
            csv.push_str("\r\n");
        }
        match row % 100 {
            7 if row % 200 != 7 => due.push((row, "failed")),
            9 => due.push((row, "failed")),
            10 => due.push((row, "warned")),
            _ => {}
        }
    }
    let case = Case::new(csv);
    case.server.polls(3);
    let in_batch = (rows / 20).to_string();
    let map = ["--map", "User ID=uid", "--map-all", "--rows-in-batch", &in_batch];
    for batches in [4, 9] {
        let mut child = case.start(&map);
        case.server.wait_for_batches(batches);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(case.server.batches().len() < 20, "killed in the middle");
        // As if the kill had struck within a line.
        OpenOptions::new().append(true).open(case.path("users.csv.import.csv.part")).unwrap().write_all(b"9999,\"u99").unwrap();
    }
    let output = case.run(&map);
    let (shown, error) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    let failed = due.iter().filter(|(_, outcome)| *outcome == "failed").count();
    assert!(error.contains("continuing after ") && error.contains(&format!("{failed} rows failed")), "{error}");

    // Each row that is to be in the result is there once, in their order.
    let lines = case.result();
    let there: Vec<(usize, &str)> = lines.iter().skip(1).map(|line| (line[0].parse().unwrap(), line[2].as_str())).collect();
    assert_eq!(there, due);
    // Each row is counted once.
    let counts: HashMap<&str, usize> = shown
        .lines()
        .filter_map(|line| {
            let (name, count) = line.rsplit_once(' ')?;
            Some((name.trim_end(), count.parse().ok()?))
        })
        .collect();
    let outcomes = ["created", "updated", "unchanged", "ignored", "blank", "failed"];
    assert_eq!(outcomes.map(|outcome| counts[outcome]).iter().sum::<usize>(), rows, "{shown}");
    assert_eq!((counts["blank"], counts["failed"]), (rows / 200, failed));
    // Each row was applied once, in their order: batches that were sent again have the same key and the same body.
    let uids: Vec<_> = case.server.items().iter().map(|item| item["uid"].as_str().map(ToOwned::to_owned)).collect();
    assert_eq!(uids.len(), rows - rows / 200);
    let first: Vec<_> = uids.iter().take(6).flatten().map(String::as_str).collect();
    assert_eq!(first, ["u1", "u2", "u3", "u4", "u5", "u6"]);
    assert_eq!(case.files(), ["users.csv", "users.csv.import.csv"]);
}

/// Runs an import of 6 rows in batches of 2, which is cut off when the server has got so many requests, and returns it.
fn cut_off(posts: usize, gets: usize) -> Case {
    let case = Case::new("uid,warns\n1,w\n2,\n3,w\n4,\n5,\n6,w\n");
    case.server.polls(2);
    let mut child = case.start(&["--rows-in-batch", "2"]);
    case.server.wait_for_requests("POST", posts);
    case.server.wait_for_requests("GET", gets);
    child.kill().unwrap();
    child.wait().unwrap();
    case
}

#[test]
fn wherever_it_is_cut_off_it_is_continued() {
    for (posts, gets) in [(1, 0), (1, 1), (1, 2), (1, 3), (2, 4), (2, 5), (2, 6), (3, 8), (3, 9)] {
        let case = cut_off(posts, gets);
        // Another size of batches changes nothing of the one under way.
        if case.path("users.csv.import.csv.part").exists() {
            case.succeeds(&["--rows-in-batch", "3"]);
        }
        let uids: Vec<_> = case.server.items().into_iter().map(|item| item["uid"].clone()).collect();
        assert_eq!(uids, ["1", "2", "3", "4", "5", "6"].map(Value::from), "cut off after {posts} and {gets}");
        let lines: Vec<_> = case.result().into_iter().map(|line| line[0].clone()).collect();
        assert_eq!(lines, ["row", "1", "3", "6"]);
    }
}

#[test]
fn a_batch_whose_answer_was_lost_is_not_applied_again() {
    for trouble in [DoAndDrop, Silence] {
        let case = Case::new("uid\n1\n2\n");
        case.server.trouble("POST", [trouble]);
        let mut child = case.start(&[]);
        case.server.wait_for_requests("POST", 1);
        child.kill().unwrap();
        child.wait().unwrap();
        case.succeeds(&[]);
        assert_eq!(case.server.batches().len(), 1);
        assert_eq!(case.server.items().len(), 2);
    }
}

#[test]
fn another_import_is_refused() {
    let case = cut_off(2, 4);
    let kept = fs::read(case.path("users.csv")).unwrap();
    let refuses = |arguments: &[&str], why: &str| {
        let part = fs::read(case.path("users.csv.import.csv.part")).unwrap();
        let (asked, shown) = (case.server.batches().len(), case.fails(arguments));
        assert!(shown.contains("is not the beginning of this import") && shown.contains(why), "{shown}");
        assert_eq!((fs::read(case.path("users.csv.import.csv.part")).unwrap(), case.server.batches().len()), (part, asked));
    };
    refuses(&["--map", "uid=uid"], "another mapping of the columns");
    refuses(&["--companies"], "another choice of --companies");
    refuses(&["--on-model-missing", "ignore"], "another --on-model-missing");
    refuses(&["--empty", "null"], "another --empty");
    case.server.account("6b038e3f13ac32cf4b01f1ec");
    refuses(&[], "another account");
    case.server.account("6b038e3f13ac32cf4b01f1eb");
    fs::write(case.path("users.csv"), [&kept[..], b"7,\n"].concat()).unwrap();
    refuses(&[], "another CSV, or the CSV was changed since");
    fs::write(case.path("users.csv"), kept).unwrap();
    let state = case.path("users.csv.import.csv.part.state");
    let text = fs::read(&state).unwrap();
    fs::write(&state, &text[..text.len() / 2]).unwrap();
    refuses(&[], "is damaged");
    fs::write(&state, text).unwrap();
    case.succeeds(&["--rows-in-batch", "2"]);
}

#[test]
fn two_runs_at_once_are_refused() {
    let case = Case::new("uid\n1\n");
    case.server.polls(1_000_000);
    let mut child = case.start(&[]);
    case.server.wait_for_requests("GET", 1);
    assert!(case.fails(&[]).contains("is being written by another run of this command"));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_batch_that_the_api_no_longer_knows_is_told() {
    let case = cut_off(1, 1);
    case.server.forget_batches();
    let shown = case.fails(&[]);
    assert!(shown.contains("the API no longer knows the batch that was under way") && shown.contains("import the CSV anew"), "{shown}");
}
