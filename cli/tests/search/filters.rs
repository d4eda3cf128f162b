//! What is sent to the API.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::command::Case;

fn sent(case: &Case) -> Value {
    case.server.asked().last().unwrap().body.clone()
}

#[test]
fn filters_of_arguments_and_of_a_file_are_one_list() {
    let case = Case::new(3);
    // A number that no other form of it would keep.
    fs::write(case.path("filters.json"), r#"[{"prop":"n","op":"eq","value":12345678901234567890123456789.10}]"#).unwrap();
    let arguments = ["count", "--filter", "role=admin", "--filters", "filters.json", "--filter", "last_seen_at<30d"];
    assert_eq!(case.succeeds(&arguments), "3\n");
    let filters = json!([
        {"kind": "property", "prop": "role", "op": "eq", "value": "admin"},
        {"kind": "property", "prop": "last_seen_at", "op": "gt-d", "value": 30},
    ]);
    let body = sent(&case);
    assert_eq!(body["filters"].as_array().unwrap()[..2], filters.as_array().unwrap()[..]);
    assert_eq!(body["filters"][2]["prop"], "n");
    assert_eq!(body["filters_op"], "and");
    case.succeeds(&[&arguments[..], &["--any"]].concat());
    assert_eq!(sent(&case)["filters_op"], "or");
    assert_eq!(sent(&case)["filters"], body["filters"]);
    case.succeeds(&["count"]);
    assert_eq!(sent(&case), json!({"filters_op": "and"}));
}

#[test]
fn a_file_may_be_standard_input() {
    let case = Case::new(3);
    let mut child = case.command(&["count", "--filters", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(br#"[{"kind":"group","filters":[]}]"#).unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
    assert_eq!(sent(&case)["filters"], json!([{"kind": "group", "filters": []}]));
}

#[test]
fn a_filter_that_cannot_be_read_is_named_before_anything_is_sent() {
    let case = Case::new(3);
    fs::write(case.path("object.json"), r#"{"filters":[]}"#).unwrap();
    fs::write(case.path("cut.json"), r#"[{"prop":"#).unwrap();
    for (arguments, says) in [
        (&["--filter", "role"][..], "the filter `role` can't be read: no operator follows `role`"),
        (&["--filter", "role=a", "--filter", "tour:"], "no id follows `tour:`"),
        (&["--filters", "object.json"], "object.json holds no filters: it must be a JSON array"),
        (&["--filters", "cut.json"], "cut.json holds no filters"),
        (&["--filters", "gone.json"], "the filters in gone.json can't be read"),
    ] {
        for command in [&["count"][..], &["search"], &["export", "--out", "out.csv"]] {
            let shown = case.fails(&[command, arguments].concat());
            assert!(shown.contains(says), "{shown}");
        }
    }
    assert!(case.server.asked().is_empty());
}

#[test]
fn the_columns_say_how_much_is_asked_for() {
    let case = Case::new(3);
    for (arguments, expand) in [
        (&["search"][..], json!({"profile": "all", "company": "skip"})),
        (&["search", "--format", "jsonl"], json!({"profile": "all", "company": "min"})),
        (&["search", "--columns", "id,uid"], json!({"profile": "min", "company": "skip"})),
        (&["export", "--out", "a.csv", "--columns", "uid,company.name"], json!({"profile": "min", "company": "min"})),
        (&["export", "--out", "b.jsonl", "--columns", "uid,company.plan"], json!({"profile": "min", "company": "all"})),
    ] {
        case.succeeds(arguments);
        assert_eq!(sent(&case)["expand"], expand, "{arguments:?}");
    }
}

#[test]
fn the_help_has_the_filters() {
    let case = Case::new(0);
    for command in ["search", "count", "export"] {
        let help = case.succeeds(&[command, "--help"]);
        for part in ["last_seen_at<30d", "role in admin,owner", "event:report_exported>=3 within 30d", "ACCOUNT_SECRET", "--any"] {
            assert!(help.contains(part), "{help}");
        }
    }
}
