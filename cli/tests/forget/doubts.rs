//! CSV files that are in doubt are refused whole, before the first request.

use std::fs::{self, OpenOptions};
use std::io::Write;

use crate::command::{Case, by_uid, pairs};

const ACCEPT: &str = "--accept-doubts-in-other-columns";
const USERS: [&str; 4] = ["u1", "u2", "u3", "u4"];

/// Checks that a CSV is refused for a doubt in this line, in a dry run too, and that nothing is asked or written.
#[track_caller]
fn refused(csv: impl AsRef<[u8]>, line: u64, why: &str, more: &[&str]) {
    let case = Case::new(csv, USERS);
    for dry_run in [&["--dry-run"][..], &[]] {
        let shown = case.fails(&by_uid(&[dry_run, more].concat()));
        assert!(shown.contains(&format!("users.csv, line {line}: ")) && shown.contains(why), "{shown}");
        assert!(shown.contains("Nothing was sent: mend the CSV"), "{shown}");
        assert_eq!(shown.contains(ACCEPT), more.is_empty() && is_acceptable(&case), "{shown}");
        // The message has no text of the file.
        assert!(!shown.contains("Ann") && !shown.contains("u1"), "{shown}");
    }
    assert!(case.server.asked().is_empty() && !case.result().exists());
}

fn is_acceptable(case: &Case) -> bool {
    Case::new(fs::read(case.path("users.csv")).unwrap(), USERS).run(&by_uid(&["--dry-run", ACCEPT])).status.success()
}

#[test]
fn an_open_quote_swallows_nobody() {
    let never = "is never closed";
    refused("uid,name\nu1,\"Ann\nu2,Bob\nu3,Cat\nu4,Dan\n", 2, never, &[]);
    refused("uid,name\nu1,Ann\nu2,Bob\nu3,Cat\nu4,\"Dan\n", 5, never, &[]);
    refused("uid,name\nu1,Ann\n\"u2,Bob\nu3,Cat\n", 3, "line break inside the identifier", &[]);
    refused("uid,\"name\nu1,Ann\nu2,Bob\n", 1, never, &[]);
    refused("name,uid\n\"Ann,u1\nBob,u2\n", 2, never, &[]);
    refused("uid,name\r\nu1,\"Ann\r\nu2,Bob\r\n", 2, never, &[]);
    // Two quotes that are not a pair, such as marks of repetition.
    refused("uid,name\nu1,\"\nu2,\"\nu3,\"\nu4,\"\n", 2, "one of them reads as a row of its own", &[]);
    refused("uid,name\nu1,\"Ann\nu2,\"Bob\"\n", 3, "text after the quote that ends a cell of several lines", &[]);
}

#[test]
fn a_row_of_another_length_is_refused() {
    refused("uid,name\nu1,Ann\nu2\n", 3, "the row has 1 cells and the header 2", &[]);
    refused("uid,name\nu1,Ann, B.\n", 2, "the row has 3 cells and the header 2", &[]);
    refused("uid,name\nu1,Ann,\n", 2, "the row has 3 cells and the header 2", &[]);
    refused("name,uid\nAnn, B.,u1\n", 2, "the row has 3 cells and the header 2", &[]);
    refused("name,uid,note\nAnn u1,u2\n", 2, "the row has 2 cells and the header 3", &[]);
    refused("uid\nu1,u2\n", 2, "the row has 2 cells and the header 1", &[]);
}

#[test]
fn a_line_break_or_a_strange_byte_in_an_identifier_is_refused() {
    let broken = "line break inside the identifier";
    refused("uid,name\n\"u1\nu2\",Ann\n", 2, broken, &[]);
    refused("uid\n\"u1\"\n\"u2\r\n\"\n", 3, broken, &[]);
    refused("uid\n\"u1\ru2\"\n", 2, broken, &[]);
    refused("name,uid\n\"Ann\nB.\",\"\nu1\"\n", 3, broken, &[]);
    refused(b"uid\nu1\nu\xe9\n", 3, "is not UTF-8", &[]);
    refused("uid\nu1\0\n", 2, "NUL byte", &[]);
    refused("uid\nu\0x\0\n", 2, "NUL byte", &[]);
    refused("uid\nu1\ru2\n", 2, "the line ends with another character", &[]);
    refused("uid\nu1\n\u{feff}uid\nu2\n", 3, "byte order mark", &[]);
}

#[test]
fn quotes_in_wrong_places_are_refused() {
    refused("uid,name\nu1,Ann \"A\" B\n", 2, "a quote inside a cell", &[]);
    refused("uid,name\nu1, \"Ann\"\n", 2, "a quote inside a cell", &[]);
    refused("uid,name\nu1,\"Ann\" B\n", 2, "text after the quote that ends a cell", &[]);
    refused("uid,name\nu1,\"Ann \\\"A\\\"\"\n", 2, "text after the quote that ends a cell", &[]);
    refused("uid,name\nu\"1,Ann\n", 2, "a quote inside a cell", &[]);
    refused("uid,name\n\"u1\" ,Ann\n", 2, "text after the quote that ends a cell", &[]);
}

#[test]
fn a_doubt_in_another_column_can_be_accepted() {
    let csv = "uid,name\nu1,5\" pipe\nu2,\"Ann\" B\nu3,\"Dear Ann\nbye, bye\"\nu4\n";
    let case = Case::new(csv, USERS);
    assert!(case.fails(&by_uid(&[])).contains("line 2: there is a quote inside a cell that does not begin with one. Nothing was sent: mend the CSV, or if only the column `name` is wrong, pass --accept"));
    case.succeeds(&by_uid(&["--dry-run", ACCEPT]));
    case.succeeds(&by_uid(&[ACCEPT]));
    assert_eq!(case.outcomes(), pairs(&USERS.map(|user| (user, "forgotten"))));
}

#[test]
fn a_doubt_about_identifiers_is_never_accepted() {
    let accept = [ACCEPT];
    refused("uid,name\nu1,\"Ann\nu2,Bob\n", 2, "is never closed", &accept);
    refused("uid,name\nu1,\"Ann\nu2,\"Bob\"\n", 3, "text after the quote", &accept);
    refused("uid,name\n\"u\n1\",Ann\n", 2, "line break", &accept);
    refused("uid,name\nu\"1,Ann\n", 2, "a quote inside a cell", &accept);
    refused("name,uid\nAnn, B.,u1\n", 2, "the row has 3 cells", &accept);
    refused("name,uid,note\nAnn u1,u2\n", 2, "the row has 2 cells", &accept);
    refused("uid,\"name\nu1,Ann\n", 1, "is never closed", &accept);
}

#[test]
fn a_result_is_not_continued_from_a_csv_that_has_come_into_doubt() {
    let case = Case::new("uid,name\nu1,Ann\n", USERS);
    case.succeeds(&by_uid(&[]));
    let (kept, asked) = (fs::read(case.result()).unwrap(), case.server.asked().len());
    OpenOptions::new().append(true).open(case.path("users.csv")).unwrap().write_all(b"u2,\"Bob\nu3,Cat\n").unwrap();
    assert!(case.fails(&by_uid(&[])).contains("line 3"));
    assert_eq!((fs::read(case.result()).unwrap(), case.server.asked().len()), (kept, asked));
}
