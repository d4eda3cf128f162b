//! CSV files that are in doubt or of another kind are refused whole, before the first request.

use std::io::Write;
use std::process::Stdio;

use crate::command::Case;

const ACCEPT: &str = "--accept-cells-of-several-lines";

#[test]
fn a_csv_in_doubt_is_refused_with_its_line() {
    for (csv, line, why) in [
        ("uid,name\n1,5\" pipe\n", 2, "a quote inside a cell"),
        ("uid,name\n1,a\n2,\"b\n3,c\n", 3, "is never closed"),
        ("uid,name\n1,\"a\" b\n", 2, "text after the quote"),
        ("uid,name\n1,\"a\n2,\"b\"\n", 3, "text after the quote"),
        ("uid,\"name\n1,a\n", 1, "is never closed"),
        ("uid,name\n1,a\n2\n", 3, "the row has 1 cells and the header 2"),
        ("uid,name\n1,a,\n", 2, "the row has 3 cells and the header 2"),
        ("uid,name\n1,a\n   \n", 3, "the row has 1 cells"),
        ("uid,name\n\"1\n2\",a\n", 2, "line break inside the identifier"),
        ("uid,company_uid\n1,\"a\nb\"\n", 2, "line break inside the identifier"),
        ("uid,name\n1,a\0b\n", 2, "NUL byte"),
        ("uid,name\n1,a\r2,b\n", 2, "the line ends with another character"),
        ("uid,name\n1,a\n\u{feff}uid,name\n2,b\n", 3, "byte order mark"),
    ] {
        for more in [&[][..], &[ACCEPT]] {
            let why = format!("users.csv, line {line}: ");
            Case::new(csv).refuses(more, &why);
        }
        Case::new(csv).refuses(&[], why);
    }
    Case::new(b"uid,name\n1,caf\xe9\n").refuses(&[], "line 2: the cell is not UTF-8, save the CSV as UTF-8");
    Case::new(b"uid,n\xe9\n1,a\n").refuses(&[], "the first row of users.csv is not UTF-8");
    Case::new(b"\xff\xfeu\0").refuses(&[], "is in UTF-16");
    Case::new("").refuses(&[], "is empty: its first row must name the columns");
    Case::new("\n\n").refuses(&[], "is empty");
}

#[test]
fn what_is_not_sent_may_have_any_bytes() {
    let case = Case::new(b"uid,name\n1,caf\xe9\n");
    case.succeeds(&["--map", "uid=uid"]);
}

#[test]
fn a_letter_in_a_cell_is_taken_if_told() {
    let csv = "uid,note\n1,\"Hello,\nDear Ann, thanks\"\n";
    let case = Case::new(csv);
    case.refuses(&[], "pass --accept-cells-of-several-lines");
    case.succeeds(&[ACCEPT]);
    assert_eq!(case.server.items()[0]["note"], "Hello,\nDear Ann, thanks");
}

#[test]
fn a_csv_without_rows_is_imported() {
    let case = Case::new("uid,name\n");
    let shown = case.succeeds(&[]);
    assert!(shown.contains("created                        0"), "{shown}");
    assert!(case.server.asked().is_empty());
    assert_eq!(case.result(), [["row", "uid", "outcome", "message"]]);
}

#[test]
fn standard_input_needs_a_name_for_the_result() {
    let case = Case::new("");
    assert!(case.fails(&["--csv", "-"]).contains("with --result"));
    let mut command = case.command(&["--csv", "-", "--result", "out.csv"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"uid\n1\n2\n").unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(case.server.items().len(), 2);
    assert_eq!(case.files(), ["out.csv", "users.csv"]);
}

#[test]
fn a_missing_file_is_named() {
    let case = Case::new("");
    assert!(case.fails(&["--csv", "gone.csv", "--result", "r.csv"]).contains("gone.csv can't be read"));
}
