//! Whole exports.

use std::fs;

use serde_json::{Value, json};

use crate::command::Case;
use crate::server::{Server, id, profiles};

#[test]
fn json_lines_have_everything() {
    let case = Case::new(1234);
    let shown = case.succeeds(&["export", "--out", "users.jsonl"]);
    assert_eq!(shown, "exported                    1234\nfile users.jsonl\n");
    let text = case.text("users.jsonl");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, profiles(1234));
    assert_eq!(case.files(), ["users.jsonl"]);
    assert_eq!(case.server.asked().len(), 3);
}

#[test]
fn a_csv_has_the_columns_that_are_named_or_the_usual_ones() {
    let case = Case::new(3);
    case.succeeds(&["export", "--out", "usual.csv"]);
    let usual = case.text("usual.csv");
    assert!(usual.starts_with("id,uid,email,created_at,updated_at,company_id\n"), "{usual}");
    assert!(usual.contains(&format!("{},u2,u2@example.com,2026-11-23T00:53:15.376Z,2026-11-23T00:53:15.544Z,\n", id(2))), "{usual}");
    case.succeeds(&["export", "--out", "named.txt", "--format", "csv", "--columns", "seats,Name,company.name,gone"]);
    let mut reader = csv::Reader::from_path(case.path("named.txt")).unwrap();
    assert_eq!(reader.headers().unwrap(), vec!["seats", "name", "company.name", "gone"]);
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows[0], vec!["2", "Kim, \"2\"\n é", "Acme", ""]);
    assert_eq!(rows.len(), 3);
}

#[test]
fn nobody_is_a_whole_file_too() {
    let case = Case::new(0);
    case.succeeds(&["export", "--out", "nobody.csv", "--columns", "id,uid"]);
    case.succeeds(&["export", "--out", "nobody.jsonl"]);
    assert_eq!((case.text("nobody.csv"), case.text("nobody.jsonl")), ("id,uid\n".to_owned(), String::new()));
}

#[test]
fn cells_are_no_formulas_if_a_spreadsheet_is_to_read_them() {
    let case = Case::of(Server::start(&[json!({"id": id(1), "name": "=HYPERLINK(\"http://x\")", "debt": -4})]));
    case.succeeds(&["export", "--out", "exact.csv", "--columns", "name,debt"]);
    case.succeeds(&["export", "--out", "safe.csv", "--columns", "name,debt", "--for-spreadsheets"]);
    assert_eq!(case.text("exact.csv"), "name,debt\n\"=HYPERLINK(\"\"http://x\"\")\",-4\n");
    assert_eq!(case.text("safe.csv"), "name,debt\n\"'=HYPERLINK(\"\"http://x\"\")\",-4\n");
}

#[test]
fn arguments_that_say_nothing_are_refused() {
    let case = Case::new(3);
    fs::write(case.path("there.csv"), "mine").unwrap();
    for (arguments, says) in [
        (&["--out", "users"][..], "users doesn't say which format is meant"),
        (&["--out", "users.json"], "pass --format"),
        (&["--out", "there.csv"], "there.csv is there already, and is not overwritten"),
        (&["--out", "a.jsonl", "--for-spreadsheets"], "--for-spreadsheets is about cells of a CSV"),
        (&["--out", "a.csv", "--columns", "a,,b"], "`` can't be a column"),
        (&["--out", "a.csv", "--columns", "a,A"], "the column `a` is named twice"),
        (&["--out", "no/such/directory.csv"], "no/such/directory.csv.part can't be written"),
    ] {
        let shown = case.fails(&[&["export"], arguments].concat());
        assert!(shown.contains(says), "{shown}");
    }
    assert_eq!(case.text("there.csv"), "mine");
    assert_eq!(case.files(), ["there.csv"]);
    assert!(case.server.asked().is_empty());
}
