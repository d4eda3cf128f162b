//! Answers of the API and of others.

use std::time::Duration;

use crate::command::Case;
use crate::server::Trouble::{self, Answer, DoAndDrop, Drop, Nothing, Silence};

const CSV: &str = "uid\n1\n2\n3\n4\n";

fn with(method: &str, troubles: Vec<Trouble>) -> Case {
    let case = Case::new(CSV);
    case.server.trouble(method, troubles);
    case
}

#[test]
fn troubles_that_pass_are_waited_for() {
    let passing = || {
        vec![
            Answer(429, "Retry-After: 0\r\n", r#"{"code":429,"messages":["Rate Limited: too many"]}"#),
            Answer(503, "", "{}"),
            Drop,
            Answer(502, "", "<h1>Bad gateway</h1>"),
            DoAndDrop,
            Answer(500, "", "{}"),
        ]
    };
    for method in ["POST", "GET"] {
        let case = with(method, passing());
        let shown = case.succeeds(&[]);
        assert!(shown.contains("created                        4"), "{shown}");
        assert_eq!(case.server.batches().len(), 1, "what is sent again is applied once");
    }
}

#[test]
fn a_timeout_is_tried_again() {
    for method in ["POST", "GET"] {
        let case = with(method, vec![Silence]);
        case.succeeds(&["--timeout-ms", "250"]);
        assert_eq!(case.server.batches().len(), 1);
    }
}

#[test]
fn the_api_is_given_the_time_that_it_asks_for() {
    let case = with("POST", vec![Answer(429, "Retry-After: 1\r\n", "{}")]);
    case.succeeds(&[]);
    let asked = case.server.asked();
    assert!(asked[1].at - asked[0].at >= Duration::from_secs(1));
}

#[test]
fn a_batch_that_takes_long_is_waited_for() {
    let case = Case::new(CSV);
    case.server.polls(30);
    case.succeeds(&[]);
    assert!(case.server.asked().len() > 30);
}

#[test]
fn a_wrong_secret_ends_the_run_at_once() {
    let case = Case::new(CSV);
    let output = case.command(&[]).env("ACCOUNT_SECRET", "another-secret").output().unwrap();
    let shown = String::from_utf8(output.stderr).unwrap();
    assert!(shown.contains("refused the account's secret (403)") && !shown.contains("another-secret"), "{shown}");
    assert_eq!(case.files(), ["users.csv"]);
    for (status, method) in [(401, "POST"), (403, "POST"), (401, "GET")] {
        let case = with(method, vec![Answer(status, "", "{}")]);
        let shown = case.fails(&[]);
        assert!(shown.contains(&format!("refused the account's secret ({status})")) && shown.contains("continue"), "{shown}");
        assert_eq!(case.server.asked().iter().filter(|asked| asked.method == method).count(), 1);
        case.succeeds(&[]);
        assert_eq!(case.server.batches().len(), 1);
    }
    let output = Case::new(CSV).command(&[]).env("ACCOUNT_SECRET", "").output().unwrap();
    assert!(String::from_utf8(output.stderr).unwrap().contains("put it into the environment variable ACCOUNT_SECRET"));
}

#[test]
fn what_is_not_this_api_is_recognized() {
    let page = |counts: &str| format!(r#"{{"batch":{{"state":"completed",{counts}}},"errors":[],"cursor":{{"after":null}}}}"#);
    let short = page(r#""total_count":3,"created_count":3,"updated_count":0,"unchanged_count":0,"ignored_count":0,"failed_count":0"#);
    let short: &'static str = Box::leak(short.into_boxed_str());
    for (method, answer, says) in [
        (
            "POST",
            Answer(404, "", r#"{"code":404,"messages":["Endpoint not found: no route"]}"#),
            "has no `/v3/observe/hooks/profiles/batch`",
        ),
        ("POST", Answer(301, "Location: https://example.com/\r\n", ""), "redirects elsewhere (301)"),
        ("POST", Answer(200, "", "<h1>Welcome</h1>"), "is not this API"),
        ("POST", Answer(202, "", r#"{"batch":{"id":"x"}}"#), "is not this API"),
        (
            "POST",
            Answer(409, "", r#"{"messages":["Conflict: the Idempotency-Key"]}"#),
            "the API refuses this: Conflict: the Idempotency-Key",
        ),
        ("POST", Answer(413, "", r#"{"messages":["Each batch must be less"]}"#), "the API refuses this: Each batch must be less"),
        ("GET", Answer(404, "", r#"{"code":404,"messages":["Endpoint not found: x"]}"#), "has no `/v3/observe/hooks/profiles/batch/{id}`"),
        ("GET", Answer(200, "", "{}"), "is not this API"),
        ("GET", Answer(200, "", short), "the API counts 3 items of a batch of 4"),
    ] {
        let case = with(method, vec![answer]);
        let shown = case.fails(&[]);
        assert!(shown.contains(says) && shown.contains("So far 0 rows have their outcome; run the same command again"), "{shown}");
        // Nothing is lost.
        assert!(case.succeeds(&[]).contains("created                        4"));
    }
    let case = Case::new(CSV);
    assert!(case.fails(&["--url", "example.com"]).contains("--url must be the address of the API"));
    let shown = case.fails(&["--url", "http://127.0.0.1:1", "--attempts", "2"]);
    assert!(shown.contains("no answer after 2 attempts"), "{shown}");
    assert_eq!(case.files(), ["users.csv"]);
}

#[test]
fn it_gives_up_in_the_end_and_goes_on_later() {
    let case = with("POST", vec![Nothing, Drop, Drop, Drop]);
    let shown = case.fails(&["--rows-in-batch", "2", "--attempts", "3"]);
    assert!(shown.contains("no answer after 3 attempts") && shown.contains("So far 2 rows have their outcome"), "{shown}");
    assert_eq!(case.files(), ["users.csv", "users.csv.import.csv.part", "users.csv.import.csv.part.state"]);
    case.succeeds(&[]);
    assert_eq!(case.server.items().len(), 4);
}
