//! Runs that are interrupted, and runs that continue them.

use std::collections::{HashMap, HashSet};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::process::Command;

use crate::command::{Case, by_uid, pairs};
use crate::server::Trouble::{Answer, Silence};

const ROWS: usize = 10_000;
const AT_ONCE: usize = 8;

#[test]
fn ten_thousand_rows_survive_being_killed() {
    let mut csv = "name,uid\n".to_owned();
    let (mut users, mut due) = (HashSet::new(), Vec::new());
    for row in 0..ROWS {
        let (cell, outcome) = match row % 100 {
            7 => (String::new(), "blank"),
            // The same user as eight rows before.
            8 => (format!("u{}", row - 8), "duplicate"),
            9 => (format!("ghost{row}"), "not_found"),
            _ => (format!("u{row}"), "forgotten"),
        };
        csv.push_str(&format!("Name {row},{cell}\n"));
        if outcome == "forgotten" {
            users.insert(cell.clone());
        }
        due.push((cell, outcome));
    }
    let case = Case::new(csv, users.clone());
    for row in (0..ROWS).step_by(50) {
        case.server.trouble(&format!("u{row}"), vec![Answer([429, 503][row / 50 % 2], "", "{}")]);
    }
    for requests in [2_000, 5_000] {
        let mut child = case.start(&by_uid(&[]));
        case.server.wait_for_requests(requests);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(case.server.forgotten().len() < users.len(), "killed in the middle");
        // Every row with a request is in the file already.
        let there = fs::read_to_string(case.result()).unwrap();
        assert!(there.lines().filter(|line| line.contains(",under_way,")).count() >= requests - 200);
        // As if the kill had struck within a line.
        OpenOptions::new().append(true).open(case.result()).unwrap().write_all(b"9999,\"u99").unwrap();
    }
    case.succeeds(&by_uid(&[]));

    let outcomes = case.outcomes();
    assert_eq!(outcomes.len(), ROWS);
    let mut uncertain = 0;
    for ((cell, outcome), (due_cell, due)) in outcomes.iter().zip(&due) {
        assert_eq!(cell, due_cell);
        if outcome == "forgotten_or_not_found" && matches!(*due, "forgotten" | "not_found") {
            uncertain += 1;
        } else {
            assert_eq!(outcome, due, "{cell}");
        }
    }
    let forgotten = case.server.forgotten();
    assert_eq!(forgotten.len(), users.len());
    assert_eq!(forgotten.into_iter().collect::<HashSet<_>>(), users);

    // By the server's record, only what was under way at a kill was asked again, but for those that were turned away.
    let mut asked: HashMap<_, usize> = HashMap::new();
    for request in case.server.asked() {
        *asked.entry(request.name).or_default() += 1;
    }
    let turned_away = |name: &str| name.strip_prefix('u').and_then(|row| row.parse::<usize>().ok()).is_some_and(|row| row % 50 == 0);
    let again = asked.iter().filter(|(name, count)| **count > 1 + usize::from(turned_away(name))).count();
    assert!(again <= 2 * AT_ONCE, "{again} were asked again");
    // A 503 may have been carried out, but here never was: its users were still there.
    assert!(uncertain <= 2 * AT_ONCE, "{uncertain} are uncertain");

    let before = (fs::read(case.result()).unwrap(), case.server.asked().len());
    case.succeeds(&by_uid(&[]));
    assert_eq!((fs::read(case.result()).unwrap(), case.server.asked().len()), before, "a run after the last changes nothing");
}

#[test]
fn a_request_under_way_at_the_kill_is_reported_as_it_is() {
    let case = Case::new("uid\na\nghost\nb\n", ["a", "b"]);
    for user in ["a", "ghost"] {
        case.server.trouble(user, vec![Silence]);
    }
    let mut child = case.start(&by_uid(&["--at-once", "2"]));
    case.server.wait_for_requests(2);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(case.lines().into_iter().map(|line| line.outcome).collect::<Vec<_>>(), ["under_way"; 2]);
    case.succeeds(&by_uid(&[]));
    assert_eq!(case.outcomes(), pairs(&[("a", "forgotten"), ("ghost", "forgotten_or_not_found"), ("b", "forgotten")]));
}

#[test]
fn a_result_cut_off_anywhere_is_gone_on_from() {
    let case = Case::new("uid\na\n\"b,\"\"c\"\nd\n", ["a", "b,\"c", "d"]);
    case.succeeds(&by_uid(&["--at-once", "1"]));
    let whole = fs::read(case.result()).unwrap();
    // At every byte: the unit tests of the result.
    for length in (0..whole.len()).step_by(23).chain([whole.len() - 1]) {
        fs::write(case.result(), &whole[..length]).unwrap();
        case.succeeds(&by_uid(&[]));
        let names: Vec<_> = case.outcomes().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "b,\"c", "d"], "cut off at {length}");
    }
}

#[test]
fn a_damaged_line_in_the_middle_is_refused() {
    let case = Case::new("uid\na\nb\n", ["a", "b"]);
    case.succeeds(&by_uid(&[]));
    let text = fs::read_to_string(case.result()).unwrap();
    fs::write(case.result(), text.replacen("forgotten", "forgot", 1)).unwrap();
    assert!(case.fails(&by_uid(&[])).contains("its line 2 is damaged"));
}

#[test]
fn rows_added_to_the_csv_are_taken_up() {
    let case = Case::new("uid\na\n", ["a", "b"]);
    case.succeeds(&by_uid(&[]));
    fs::write(case.path("users.csv"), "uid\na\nb\na\n").unwrap();
    case.succeeds(&by_uid(&[]));
    assert_eq!(case.outcomes(), pairs(&[("a", "forgotten"), ("b", "forgotten"), ("a", "duplicate")]));
    assert_eq!(case.server.asked().len(), 2);
}

#[test]
fn two_runs_do_not_write_one_result() {
    let case = Case::new("uid\na\n", ["a"]);
    case.server.trouble("a", vec![Silence]);
    let mut child = case.start(&by_uid(&[]));
    case.server.wait_for_requests(1);
    assert!(case.fails(&by_uid(&[])).contains("another run"));
    child.kill().unwrap();
    child.wait().unwrap();
    case.succeeds(&by_uid(&[]));
}

#[test]
fn an_interrupted_run_ends_what_it_began() {
    let csv = (0..2_000).fold("uid\n".to_owned(), |csv, row| format!("{csv}u{row}\n"));
    let case = Case::new(csv, (0..2_000).map(|row| format!("u{row}")));
    let child = case.start(&by_uid(&[]));
    case.server.wait_for_requests(200);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("interrupted: run the same command again to continue"));
    assert!(case.server.forgotten().len() < 2_000);
    case.succeeds(&by_uid(&[]));
    assert!(case.outcomes().iter().all(|(_, outcome)| outcome == "forgotten"));
    assert_eq!(case.server.asked().len(), 2_000, "nobody was asked twice");
}
