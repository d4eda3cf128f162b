//! Responses of the API, and their absence.

use std::time::Duration;

use crate::command::Case;
use crate::server::Trouble::{Answer, CutOff, Drop, Nothing, Silence};

fn answer(status: u16, body: &str) -> crate::server::Trouble {
    Answer(status, "", body.to_owned())
}

#[test]
fn trouble_that_passes_is_waited_out() {
    let case = Case::new(20);
    let expected = case.succeeds(&["search", "--format", "jsonl"]);
    for troubles in [
        vec![answer(429, "{}"), answer(503, ""), Drop, answer(500, "{}")],
        vec![answer(502, "<html>"), answer(504, "{}"), CutOff],
        vec![Silence],
        vec![answer(408, r#"{"code":408,"messages":["Request timeout: the body took too long"]}"#)],
    ] {
        let before = case.server.asked().len();
        let attempts = troubles.len() + 1;
        case.server.trouble(troubles);
        let found = case.succeeds(&["search", "--format", "jsonl", "--limit", "50", "--timeout-ms", "2000"]);
        assert_eq!(found, expected);
        assert!(case.server.asked().len() >= before + attempts);
    }
    for header in ["Retry-After: 1\r\n", "X-Ratelimit-Wait: 1\r\n"] {
        let before = case.server.asked().len();
        let body = r#"{"code":429,"messages":["Rate Limited: 2 searches of this account is the most at once, please retry"],"limit":2}"#;
        case.server.trouble([Answer(429, header, body.to_owned())]);
        assert_eq!(case.succeeds(&["count"]), "20\n");
        let asked = case.server.asked();
        assert_eq!(asked.len(), before + 2);
        assert!(asked[before + 1].at - asked[before].at >= Duration::from_secs(1), "it is not asked sooner than the API said");
    }
}

#[test]
fn a_page_that_is_too_large_is_asked_for_in_parts() {
    let case = Case::new(1000);
    let expected = case.succeeds(&["search", "--format", "jsonl", "--limit", "1000"]);
    case.server.too_large(60);
    assert_eq!(case.succeeds(&["search", "--format", "jsonl", "--limit", "1000"]), expected);
    let limits: Vec<_> = case.server.asked().iter().skip(2).map(|asked| asked.body["limit"].as_u64().unwrap()).collect();
    assert_eq!(limits[..5], [500, 250, 125, 62, 31]);
    case.server.too_large(0);
    assert!(case.fails(&["search"]).contains("no answer after 8 attempts (502 Bad Gateway)"));
}

#[test]
fn attempts_come_to_an_end() {
    let case = Case::new(20);
    case.server.trouble(vec![answer(503, r#"{"code":503,"messages":["Service unavailable: the database did not answer in time"]}"#); 3]);
    let shown = case.fails(&["count", "--attempts", "3"]);
    assert!(shown.contains("no answer after 3 attempts (503: Service unavailable: the database did not answer in time)"), "{shown}");
    // A search that takes too long is not made eight times.
    case.server.trouble(vec![answer(504, r#"{"code":504,"messages":["Internal timeout: this cannot be finished in time"]}"#); 8]);
    let shown = case.fails(&["count"]);
    assert!(shown.contains("no answer after 3 attempts (504: Internal timeout: this cannot be finished in time)"), "{shown}");
    // Nothing listens on port 1.
    let shown = case.fails(&["count", "--url", "http://127.0.0.1:1", "--attempts", "2"]);
    assert!(shown.contains("no answer after 2 attempts") && shown.contains("efused") && shown.contains("--url"), "{shown}");
}

#[test]
fn what_the_api_says_about_a_filter_is_shown() {
    let case = Case::new(20);
    let body = r#"{"code":422,"messages":["Unprocessable: `filters[0].value` must be\ns3cr3t-of-the-tests"]}"#;
    for arguments in [&["count"][..], &["search"], &["export", "--out", "out.csv"]] {
        case.server.trouble([answer(422, body)]);
        let shown = case.fails(arguments);
        assert_eq!(shown, "error: the API refuses this: Unprocessable: `filters[0].value` must be …\n");
    }
    assert!(case.files().is_empty());
}

#[test]
fn a_wrong_secret_and_a_host_that_is_another_are_recognized() {
    let case = Case::new(20);
    for command in [&["count"][..], &["search"], &["export", "--out", "out.csv"]] {
        let output = case.command(command).env("ACCOUNT_SECRET", "another-secret").output().unwrap();
        let shown = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(shown.contains("refused the account's secret (403)") && !shown.contains("another-secret"), "{shown}");
        let output = case.command(command).env("ACCOUNT_SECRET", "").output().unwrap();
        assert!(String::from_utf8(output.stderr).unwrap().contains("put it into the environment variable ACCOUNT_SECRET"));
        assert!(case.fails(&[command, &["--url", "example.com"]].concat()).contains("--url must be the address of the API"));
    }
    for (trouble, says) in [
        (answer(404, r#"{"code":404,"messages":["Endpoint not found: no route"]}"#), "has no `/v3/analyze/profiles` (404)"),
        (Answer(301, "Location: https://example.com/\r\n", String::new()), "redirects elsewhere (301)"),
        (answer(200, "<h1>Welcome</h1>"), "is not this API"),
        (answer(200, "{}"), "is not this API"),
        (answer(200, r#"{"profiles":[],"cursor":{}}"#), "is not this API"),
        (answer(200, r#"{"profiles":[{"uid":"u1@example.com"}],"cursor":{"before":null}}"#), "no profiles or companies of this API"),
        (answer(204, ""), "is not this API"),
    ] {
        let before = case.server.asked().len();
        case.server.trouble([trouble]);
        let shown = case.fails(&["search", "--format", "jsonl"]);
        assert!(shown.contains(says) && shown.contains("--url"), "{shown}");
        assert_eq!(case.server.asked().len(), before + 1);
    }
}

#[test]
fn a_cursor_that_leads_no_further_ends_it() {
    let case = Case::new(20);
    let cursor = format!(r#"{{"profiles":[],"cursor":{{"before":"{}"}}}}"#, crate::server::id(5));
    case.server.trouble([answer(200, &cursor), answer(200, &cursor), Nothing]);
    assert!(case.fails(&["search"]).contains("is not this API"));
}
