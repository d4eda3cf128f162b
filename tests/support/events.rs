//! Sends the events in `events/` to the functions, and compares the answers with the expected ones beside them.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use http::HeaderMap;
use profiles_api::routes::ROUTES;
use serde_json::{Value, json};

use crate::check_answer;

/// The functions with events.
pub const FUNCTIONS: [&str; 15] = [
    "analyze",
    "batch",
    "batch_worker",
    "clear",
    "companies",
    "deliveries",
    "events",
    "experiences",
    "forget",
    "properties",
    "retrieve",
    "root",
    "search",
    "sweep",
    "upsert",
];
/// The secret in every event.
pub const SECRET: &str = "dev-secret";
/// The secret of another account, which must see nothing of the first one's.
pub const OTHER_SECRET: &str = "other-secret";

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../events");

/// Hands an event's text to the function of this name. Returns its answer, or the reason why there is none.
pub type Invoke<'a> = dyn Fn(&str, &str) -> Result<Value, String> + 'a;

/// Returns the names of all cases, such as `upsert/by_uid`.
#[must_use]
pub fn cases() -> BTreeSet<String> {
    let mut cases = BTreeSet::new();
    for function in FUNCTIONS {
        for entry in Path::new(DIRECTORY).join(function).read_dir().unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            cases.insert(format!("{function}/{}", name.strip_suffix(".expected.json").or(name.strip_suffix(".json")).expect("only JSON")));
        }
    }
    cases
}

/// Returns the event of a case, as it is in the file.
#[must_use]
pub fn event(case: &str) -> String {
    read(case)
}

/// Returns the content of the file beside the event of a case: the expected answer.
#[must_use]
pub fn expected(case: &str) -> Value {
    serde_json::from_str(&read(&format!("{case}.expected"))).unwrap_or_else(|error| panic!("{case}: {error}"))
}

/// Returns whether the event is a request of the HTTP API, and not an event of a stream or of the schedule.
#[must_use]
pub fn is_request(expected: &Value) -> bool {
    expected["answer"].is_null()
}

/// Returns the function that a case is for.
#[must_use]
pub fn function(case: &str) -> &str {
    case.split_once('/').map_or(case, |(function, _)| function)
}

/// Sends the event of a case, after those that must come before it, and checks the answer. If the case has an answer for the other
/// account, the event is sent for that account first: that must not change what the owner gets.
///
/// # Errors
/// A text with the expected and the actual answer.
pub fn check(invoke: &Invoke<'_>, case: &str) -> Result<(), String> {
    let expected = expected(case);
    let (event, _) = prepare(invoke, case)?;
    let others = &expected["other_account"];
    if !others.is_null() {
        let found = send(invoke, case, &of_other_account(&event))?;
        compare(&format!("{case} with the other account's secret"), others, &found)?;
    }
    compare(case, &expected, &send(invoke, case, &event)?)
}

/// Checks that two accounts each have a profile of their own with the same uid and address, and read and change only that.
///
/// # Errors
/// A text with the expected and the actual answer.
pub fn check_that_each_account_has_its_own(invoke: &Invoke<'_>) -> Result<(), String> {
    const UPSERT: &str = "upsert/by_uid";
    const OWNERS_PLAN: &str = "growth";
    const OTHERS_PLAN: &str = "scale";
    let owners = event(UPSERT);
    assert!(owners.contains(OWNERS_PLAN), "{UPSERT} has no {OWNERS_PLAN}");
    let others = of_other_account(&owners).replace(OWNERS_PLAN, OTHERS_PLAN);
    let mut profiles = Vec::new();
    for (event, plan) in [(owners, OWNERS_PLAN), (others, OTHERS_PLAN)] {
        let answer = send(invoke, UPSERT, &event)?;
        compare(UPSERT, &json!({"status": 200, "body": {"profile": {"id": "*"}}}), &answer)?;
        profiles.push((answer["body"]["profile"]["id"].clone(), plan));
    }
    if profiles[0].0 == profiles[1].0 {
        return Err(format!("both accounts have the profile {}", profiles[0].0));
    }
    for case in ["retrieve/by_uid", "retrieve/by_email"] {
        let owners = event(case);
        let others = of_other_account(&owners);
        for (event, (id, plan)) in [owners, others].into_iter().zip(&profiles) {
            let profile = send(invoke, case, &event)?["body"]["profile"].take();
            if (&profile["id"], &profile["plan"]) != (id, &json!(plan)) {
                return Err(format!("{case}: expected the profile {id} with the plan {plan}, found {profile}"));
            }
        }
    }
    Ok(())
}

/// Sends the events that must come before a case. Returns the event of the case, with the values that these gave filled in, and their
/// answers, the latest first.
fn prepare(invoke: &Invoke<'_>, case: &str) -> Result<(String, Vec<Value>), String> {
    let expected = expected(case);
    let (mut event, mut answers) = (event(case), Vec::new());
    let after = match &expected["after"] {
        Value::Array(all) => all.as_slice(),
        Value::Null => &[],
        one => std::slice::from_ref(one),
    };
    for first in after {
        let first = first.as_str().unwrap_or_else(|| panic!("{case}: {first} is no event"));
        let (text, before) = prepare(invoke, first)?;
        answers.splice(0..0, before);
        answers.insert(0, send(invoke, first, &text)?);
    }
    for (text, place) in expected["replace"].as_object().into_iter().flatten() {
        let pointer = format!("/body/{}", place.as_str().unwrap().replace('.', "/"));
        let value = answers.iter().find_map(|answer| answer.pointer(&pointer)?.as_str());
        let value = value.ok_or_else(|| format!("{case}: no {place} in {answers:?}"))?;
        assert!(event.contains(text), "{case} has no {text}");
        event = event.replace(text, value);
    }
    Ok((event, answers))
}

/// Sends an event to the function of a case. Returns the parts of the answer that cases expect: the status and body of the answer to a
/// request, or the whole answer to another event.
fn send(invoke: &Invoke<'_>, case: &str, event: &str) -> Result<Value, String> {
    let answer = invoke(function(case), event).map_err(|error| format!("{case}: {error}"))?;
    if !is_request(&expected(case)) {
        return Ok(json!({"answer": answer}));
    }
    let body = answer["body"].as_str().and_then(|body| serde_json::from_str::<Value>(body).ok());
    match body {
        Some(body) if answer["headers"]["content-type"] == "application/json" && answer["isBase64Encoded"] != true => {
            check_with_contract(event, &answer, &body).map_err(|error| format!("{case}: {error}"))?;
            Ok(json!({"status": answer["statusCode"], "body": body}))
        }
        _ => Err(format!("{case}: not the answer to a request: {answer}")),
    }
}

/// Checks that the answer to an event's request is as `openapi.yaml` says.
fn check_with_contract(event: &str, answer: &Value, body: &Value) -> Result<(), String> {
    let event: Value = serde_json::from_str(event).expect("an event is JSON");
    let route = ROUTES.iter().copied().find(|route| event["routeKey"] == format!("{} {}", route.method, route.path));
    let headers: HashMap<String, String> = serde_json::from_value(answer["headers"].clone()).expect("headers");
    let status = answer["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok()).expect("a status");
    check_answer(route, status, &HeaderMap::try_from(&headers).expect("headers"), body)
}

fn compare(case: &str, expected: &Value, found: &Value) -> Result<(), String> {
    let mut expected = expected.clone();
    expected.as_object_mut().unwrap().retain(|name, _| ["status", "body", "answer"].contains(&name.as_str()));
    if fits(&expected, found) { Ok(()) } else { Err(format!("{case}:\nexpected {expected}\nfound    {found}")) }
}

fn of_other_account(event: &str) -> String {
    assert!(event.contains(SECRET), "no secret in {event}");
    event.replace(SECRET, OTHER_SECRET)
}

fn read(name: &str) -> String {
    let path = format!("{DIRECTORY}/{name}.json");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns whether a value is as expected. In an expected text, `*` matches any text; a text that is only `*` matches any value.
#[must_use]
pub fn fits(expected: &Value, found: &Value) -> bool {
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
