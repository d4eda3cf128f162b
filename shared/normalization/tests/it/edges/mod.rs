//! Limits, both sides of each, and inputs that have broken other implementations.

mod names;
mod numbers;
mod objects;
mod times;
mod unix_times;

use profiles_normalization::*;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

fn now() -> Timestamp {
    Timestamp::parse_canonical("2029-01-01T00:00:00.000Z").unwrap()
}

/// The stored value as JSON text, and the warnings as `prop: message`.
#[track_caller]
fn stored(name: &str, sent: &str) -> (String, Vec<String>) {
    let raw: &RawValue = serde_json::from_str(sent).unwrap();
    let mut warnings = Vec::new();
    let value = json(name, raw, now(), &mut warnings).unwrap();
    let warnings = warnings.into_iter().map(|warning| format!("{}: {}", warning.prop, warning.message)).collect();
    (serde_json::to_string(&value).unwrap(), warnings)
}

#[track_caller]
fn becomes(sent: &str, expected: &str) {
    let sent = serde_json::to_string(sent).unwrap();
    assert_eq!(stored("t", &sent), (serde_json::to_string(expected).unwrap(), vec![]));
}

#[track_caller]
fn stays(sent: &str) {
    becomes(sent, sent);
}

fn number(text: &str) -> Option<String> {
    Number::parse(text).map(|number| number.as_str().to_owned())
}
