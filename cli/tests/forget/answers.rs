//! Responses of the API, and their absence.

use std::time::Duration;

use crate::command::{Case, by_uid, pairs};
use crate::server::Trouble::{Answer, DoAndAnswer, DoAndDrop, Drop, Silence};

#[test]
fn trouble_that_passes_is_waited_out() {
    let users = ["a", "b", "c", "d", "e"];
    let case = Case::new("uid\na\nb\nc\nd\ne\n", users);
    case.server.trouble("a", vec![Answer(429, "", "{}"), Answer(503, "", ""), Drop, Answer(500, "", "{}")]);
    case.server.trouble("b", vec![Answer(502, "", "<html>"), Answer(504, "", "{}")]);
    case.server.trouble("c", vec![Answer(429, "Retry-After: 1\r\n", "")]);
    case.server.trouble("d", vec![Answer(429, "X-Ratelimit-Wait: 1\r\n", "")]);
    case.server.trouble("e", vec![Silence]);
    case.succeeds(&by_uid(&["--timeout-ms", "2000"]));
    assert_eq!(case.outcomes(), pairs(&users.map(|user| (user, "forgotten"))));
    for (user, attempts) in users.into_iter().zip([5, 3, 2, 2, 2]) {
        assert_eq!(case.server.asked_for(user).len(), attempts, "{user}");
    }
    for user in ["c", "d"] {
        let asked = case.server.asked_for(user);
        assert!(asked[1].at - asked[0].at >= Duration::from_secs(1), "{user} is not asked sooner than the API said");
    }
}

#[test]
fn a_row_fails_when_attempts_run_out_and_a_later_run_tries_it_again() {
    let case = Case::new("uid\na\nb\na\nc\n", ["a", "b", "c"]);
    case.server.trouble("a", vec![Answer(503, "", ""), Answer(503, "", ""), Answer(429, "", "")]);
    case.server.trouble("b", vec![Answer(422, "", r#"{"code":422,"messages":["Unprocessable: it says\ns3cr3t-of-the-tests"]}"#)]);
    let shown = case.fails(&by_uid(&["--attempts", "3"]));
    assert!(shown.contains("2 rows failed") && shown.contains("users.csv.result.csv"), "{shown}");
    assert_eq!(case.outcomes(), pairs(&[("a", "failed"), ("b", "failed"), ("a", "duplicate"), ("c", "forgotten")]));
    let lines = case.lines();
    assert_eq!(lines[0].message, "429 Too Many Requests, 3 attempts; it may have been carried out");
    assert_eq!(lines[1].message, "422: Unprocessable: it says …");
    assert_eq!(lines[2].message, "see the outcome of row 1");

    case.succeeds(&by_uid(&[]));
    assert_eq!(case.outcomes(), pairs(&[("a", "forgotten"), ("b", "forgotten"), ("a", "duplicate"), ("c", "forgotten")]));
    assert_eq!(case.server.asked_for("c").len(), 1, "what is done is not asked again");
}

#[test]
fn a_user_deleted_without_an_answer_is_not_reported_as_unknown() {
    let case = Case::new("uid\na\nb\nghost\nc\n", ["a", "b", "c"]);
    case.server.trouble("a", vec![DoAndDrop]);
    case.server.trouble("b", vec![DoAndAnswer(504)]);
    // It can't have been deleted by an attempt that was turned away.
    case.server.trouble("ghost", vec![Answer(429, "", "")]);
    // The failure of one run, and the next.
    case.server.trouble("c", vec![DoAndDrop, Answer(429, "", ""), Answer(429, "", "")]);
    case.fails(&by_uid(&["--attempts", "3"]));
    let either = "forgotten_or_not_found";
    assert_eq!(case.outcomes(), pairs(&[("a", either), ("b", either), ("ghost", "not_found"), ("c", "failed")]));
    case.succeeds(&by_uid(&[]));
    assert_eq!(case.outcomes(), pairs(&[("a", either), ("b", either), ("ghost", "not_found"), ("c", either)]));
}

#[test]
fn a_wrong_secret_ends_the_run_at_once() {
    let csv = (0..1000).fold("uid\n".to_owned(), |csv, row| format!("{csv}u{row}\n"));
    let case = Case::new(csv, (0..1000).map(|row| format!("u{row}")));
    let output = case.command(&by_uid(&["--at-once", "4"])).env("ACCOUNT_SECRET", "another-secret").output().unwrap();
    let shown = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(shown.contains("refused the account's secret (403)") && shown.contains("check ACCOUNT_SECRET"), "{shown}");
    assert!(!shown.contains("another-secret"));
    assert!(case.server.asked().len() <= 4 && case.server.forgotten().is_empty());

    case.succeeds(&by_uid(&[]));
    assert!(case.outcomes().iter().all(|(_, outcome)| outcome == "forgotten"));
}

#[test]
fn a_secret_is_needed_that_fits_into_a_header() {
    let case = Case::new("uid\na\n", ["a"]);
    for (secret, says) in [("", "put it into the environment variable ACCOUNT_SECRET"), ("a\nb", "can't be sent in a header")] {
        let output = case.command(&by_uid(&[])).env("ACCOUNT_SECRET", secret).output().unwrap();
        let shown = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && shown.contains(says), "{shown}");
        assert!(secret.is_empty() || !shown.contains(secret), "{shown}");
    }
    let help = case.succeeds(&["--help"]);
    assert!(help.contains("ACCOUNT_SECRET"), "{help}");
    assert!(case.server.asked().is_empty());
}

#[test]
fn a_host_that_is_another_is_recognized() {
    for (answer, says) in [
        (Answer(404, "", r#"{"code":404,"messages":["Endpoint not found: no route"]}"#), "has no endpoint to forget a profile (404)"),
        (Answer(404, "", "<h1>Not found</h1>"), "has no endpoint to forget a profile (404)"),
        (Answer(301, "Location: https://example.com/\r\n", ""), "redirects elsewhere (301)"),
        (Answer(200, "", "<h1>Welcome</h1>"), "is not this API"),
        (Answer(200, "", r#"{"profile":{"id":"6b038e7b8108a6cd6c650a69"}}"#), "is not this API"),
    ] {
        let case = Case::new("uid\na\nb\nc\n", ["a", "b", "c"]);
        case.server.trouble("a", vec![answer]);
        let shown = case.fails(&by_uid(&["--at-once", "1"]));
        assert!(shown.contains(says) && shown.contains("--url"), "{shown}");
        assert_eq!(case.server.asked().len(), 1);
    }
    let case = Case::new("uid\na\n", ["a"]);
    assert!(case.fails(&by_uid(&["--url", "example.com"])).contains("--url must be the address of the API"));
}

#[test]
fn a_host_that_nobody_reaches_ends_the_run() {
    let csv = (0..1000).fold("uid\n".to_owned(), |csv, row| format!("{csv}u{row}\n"));
    let case = Case::new(csv, [""]);
    // Nothing listens on port 1.
    let shown = case.fails(&by_uid(&["--url", "http://127.0.0.1:1", "--attempts", "2"]));
    assert!(shown.contains("8 rows in succession got no response") && shown.contains("efused"), "{shown}");
}

#[test]
fn no_more_requests_are_under_way_than_allowed() {
    let csv = (0..200).fold("uid\n".to_owned(), |csv, row| format!("{csv}u{row}\n"));
    let case = Case::new(csv, [""]);
    case.succeeds(&by_uid(&["--at-once", "3"]));
    assert!(case.server.most_under_way() <= 3, "{}", case.server.most_under_way());
}
