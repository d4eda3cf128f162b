//! The events in `events/` get the answers beside them, from the functions that they are for.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::attended::ROOT;
use crate::served::served;

const FUNCTIONS: [&str; 12] =
    ["analyze", "batch", "batch_worker", "clear", "deliveries", "events", "experiences", "forget", "retrieve", "root", "sweep", "upsert"];
/// The secret in every event.
pub(crate) const SECRET: &str = "dev-secret";

fn read(name: &str) -> String {
    let path = format!("{ROOT}/events/{name}.json");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn expected(case: &str) -> Value {
    serde_json::from_str(&read(&format!("{case}.expected"))).unwrap_or_else(|error| panic!("{case}: {error}"))
}

/// Whether the API hands over the event, and not a stream or the schedule: then the answer is one to a request.
fn is_request(expected: &Value) -> bool {
    expected["answer"].is_null()
}

/// Has the event of a case handed to its function, and the one that it says must come before. Returns of the answer what the case
/// expects: its status and body, or where it is none to a request, all of it.
fn send(invoke: &dyn Fn(&str, &str) -> Value, case: &str) -> Value {
    let expected = expected(case);
    let mut event = read(case);
    if let Some(first) = expected["after"].as_str() {
        let answer = send(invoke, first)["body"].take();
        for (text, place) in expected["replace"].as_object().into_iter().flatten() {
            let path = place.as_str().unwrap().split('.');
            let value = path.fold(&answer, |value, name| &value[name]).as_str().unwrap_or_else(|| panic!("{case}: {place} in {answer}"));
            assert!(event.contains(text), "{case} has no {text}");
            event = event.replace(text, value);
        }
    } else {
        assert!(expected["replace"].is_null(), "{case}: nothing to take the values from");
    }
    let function = case.split('/').next().unwrap();
    let answer = invoke(function, &event);
    if !is_request(&expected) {
        return json!({"answer": answer});
    }
    assert_eq!(answer["headers"]["content-type"], "application/json", "{case}: {answer}");
    assert_ne!(answer["isBase64Encoded"], true, "{case}");
    let body = answer["body"].as_str().unwrap_or_else(|| panic!("{case}: {answer}"));
    let body: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{case}: {body}"));
    json!({"status": answer["statusCode"], "body": body})
}

/// Whether a value is as expected, where `*` in a text stands for anything, and a text that is only `*` for any value.
fn fits(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::String(pattern), _) if pattern == "*" => true,
        (Value::String(pattern), Value::String(text)) => fits_text(pattern, text),
        (Value::Array(all), Value::Array(items)) => all.len() == items.len() && all.iter().zip(items).all(|(one, item)| fits(one, item)),
        (Value::Object(all), Value::Object(fields)) => {
            all.len() == fields.len() && all.iter().all(|(name, one)| fields.get(name).is_some_and(|field| fits(one, field)))
        }
        _ => expected == found,
    }
}

fn fits_text(pattern: &str, text: &str) -> bool {
    let Some((beginning, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(beginning) else { return false };
    text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| text.get(at..).is_some_and(|left| fits_text(rest, left)))
}

fn cases() -> BTreeSet<String> {
    let mut cases = BTreeSet::new();
    for function in FUNCTIONS {
        for entry in Path::new(ROOT).join("events").join(function).read_dir().unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            cases.insert(format!("{function}/{}", name.strip_suffix(".expected.json").or(name.strip_suffix(".json")).expect("only JSON")));
        }
    }
    cases
}

#[test]
fn every_event_gets_the_answer_beside_it() {
    let served = served();
    served.account_with(SECRET);
    check(cases(), &|function, event| served.invoke(function, event));
}

/// All events of requests get the answers beside them from whoever `invoke` hands them to.
#[track_caller]
pub(crate) fn check_requests(invoke: &dyn Fn(&str, &str) -> Value) {
    check(cases().into_iter().filter(|case| is_request(&expected(case))).collect(), invoke);
}

#[track_caller]
fn check(cases: BTreeSet<String>, invoke: &dyn Fn(&str, &str) -> Value) {
    assert!(cases.len() >= 30, "{cases:?}");
    // One after the other: they are all about the same few profiles.
    for case in cases {
        let found = send(invoke, &case);
        let mut expected = expected(&case);
        expected.as_object_mut().unwrap().retain(|name, _| name != "after" && name != "replace");
        assert!(fits(&expected, &found), "{case}: expected {expected}, found {found}");
    }
}

/// The answer is found by the route in the event; the template must lead there, and to this function.
#[test]
fn every_event_is_one_that_the_api_hands_to_its_function() {
    let routes = profiles_tests::world::template().routes();
    for case in cases() {
        let event: Value = serde_json::from_str(&read(&case)).unwrap();
        if !is_request(&expected(&case)) {
            assert!(event["requestContext"].is_null(), "{case}");
            continue;
        }
        let http = &event["requestContext"]["http"];
        assert_eq!(event["version"], "2.0", "{case}");
        assert_eq!(event["rawPath"], http["path"], "{case}");
        assert_eq!(event["routeKey"], event["requestContext"]["routeKey"], "{case}");
        let key = event["routeKey"].as_str().unwrap();
        let route = routes
            .iter()
            .find(|route| if route.is_default() { key == route.path } else { key == format!("{} {}", route.method, route.path) });
        let route = route.unwrap_or_else(|| panic!("{case}: the template has no route {key}"));
        assert_eq!(Some(route.binary.as_str()), case.split('/').next(), "{case}");
        assert!(route.is_default() || http["method"] == route.method, "{case}");
    }
}

#[test]
fn a_star_stands_for_any_text_and_alone_for_any_value() {
    for (expected, found, fitting) in [
        (json!("*"), json!(null), true),
        (json!("*"), json!({"a": 1}), true),
        (json!("a*c"), json!("abc"), true),
        (json!("a*c"), json!("ac"), true),
        (json!("a*c"), json!("é"), false),
        (json!("*é*"), json!("aéb"), true),
        (json!("a*"), json!("ba"), false),
        (json!("a"), json!("ab"), false),
        (json!({"a": "*"}), json!({"a": [1]}), true),
        (json!({"a": "*"}), json!({}), false),
        (json!({"a": "*"}), json!({"a": 1, "b": 2}), false),
        (json!(["*"]), json!([1, 2]), false),
        (json!(1), json!("1"), false),
    ] {
        assert_eq!(fits(&expected, &found), fitting, "{expected} {found}");
    }
}
