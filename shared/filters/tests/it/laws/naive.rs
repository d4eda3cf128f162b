//! A second reading of filters, straight from what the client sent, as simple as can be.

use profiles_normalization::Timestamp;
use serde_json::Value as Json;

use super::generate::Record;
use crate::support::NOW;

pub(super) fn all(filters: &Json, record: &Record) -> bool {
    let mut fits = true;
    for filter in filters.as_array().unwrap() {
        fits = fits && one(filter, record);
    }
    fits
}

fn one(filter: &Json, record: &Record) -> bool {
    match filter["kind"].as_str().unwrap_or("property") {
        "group" => {
            let results: Vec<bool> = filter["filters"].as_array().unwrap().iter().map(|filter| one(filter, record)).collect();
            let fitting = results.iter().filter(|fits| **fits).count();
            if filter["filters_op"] == "or" { fitting > 0 || results.is_empty() } else { fitting == results.len() }
        }
        "event" => {
            let did = record.events.iter().any(|event| filter["prop"] == **event);
            did == (filter["op"] == "ex")
        }
        _ => property(filter["op"].as_str().unwrap(), &stored(filter["prop"].as_str().unwrap(), record), &filter["value"]),
    }
}

/// What is at a path.
fn stored(prop: &str, record: &Record) -> Option<Json> {
    if prop == "delivery_ids" {
        return if record.delivery_ids.is_empty() { None } else { Some(Json::from(record.delivery_ids.clone())) };
    }
    let (owner, path) = match prop.strip_prefix("company.") {
        Some(path) => (record.company.clone()?, path),
        None => (record.properties.clone(), prop),
    };
    let pointer = format!("/{}", path.replace('.', "/"));
    owner.pointer(&pointer).cloned()
}

fn property(op: &str, stored: &Option<Json>, value: &Json) -> bool {
    let text = stored.as_ref().and_then(Json::as_str);
    match op {
        "ex" => stored.is_some(),
        "eq" => stored.as_ref().is_some_and(|stored| same(stored, value)),
        "gt" => less(Some(value), stored.as_ref()),
        "lt" => less(stored.as_ref(), Some(value)),
        "gte" => comparable(stored.as_ref(), value) && !less(stored.as_ref(), Some(value)),
        "lte" => comparable(stored.as_ref(), value) && !less(Some(value), stored.as_ref()),
        "gt-d" => time(stored.as_ref()).is_some_and(|millis| millis as f64 > then(value)),
        "lt-d" => time(stored.as_ref()).is_some_and(|millis| (millis as f64) < then(value)),
        "in" => text.is_some_and(|text| text.contains(value.as_str().unwrap())),
        "in-i" => text.is_some_and(|text| any_case(text).contains(&any_case(value.as_str().unwrap()))),
        "sw" => text.is_some_and(|text| text.find(value.as_str().unwrap()) == Some(0)),
        "in-v" => {
            let values = match value {
                Json::String(text) => text.split(',').map(|part| Json::from(part.trim())).filter(|part| part != "").collect(),
                values => values.as_array().unwrap().clone(),
            };
            values.iter().any(|value| property("eq", stored, value))
        }
        "in-a" => match stored {
            Some(Json::Array(items)) => items.iter().any(|item| same(item, value)),
            _ => false,
        },
        "nx" => stored.is_none(),
        "ne" => !property("eq", stored, value),
        negated => !property(negated.strip_prefix('n').unwrap(), stored, value),
    }
}

/// The milliseconds of a time, or of a number that may be one.
fn time(stored: Option<&Json>) -> Option<i64> {
    match stored? {
        Json::String(text) => millis(text),
        Json::Number(number) if number.as_i64()? > 1_000_000_000_000 => number.as_i64(),
        Json::Number(number) if number.as_i64()? > 1_000_000_000 => Some(number.as_i64()? * 1_000),
        _ => None,
    }
}

fn then(days: &Json) -> f64 {
    NOW as f64 - days.as_f64().unwrap() * 86_400_000.0
}

/// JSON's own equality tells `5` from `5.0`.
fn same(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(one), Json::Number(other)) => one.as_f64() == other.as_f64(),
        (Json::Array(one), Json::Array(other)) => one.len() == other.len() && (0..one.len()).all(|index| same(&one[index], &other[index])),
        (Json::Object(one), Json::Object(other)) => {
            one.keys().eq(other.keys()) && one.iter().all(|(name, member)| same(member, &other[name]))
        }
        _ => one == other,
    }
}

fn comparable(one: Option<&Json>, other: &Json) -> bool {
    match (one, other) {
        (Some(Json::Number(_)), Json::Number(_)) => true,
        (Some(Json::String(one)), Json::String(other)) => millis(one).is_some() == millis(other).is_some(),
        _ => false,
    }
}

fn less(one: Option<&Json>, other: Option<&Json>) -> bool {
    let Some(other) = other else { return false };
    if !comparable(one, other) {
        return false;
    }
    match (one, other) {
        (Some(Json::Number(one)), Json::Number(other)) => one.as_f64() < other.as_f64(),
        (Some(Json::String(one)), Json::String(other)) => match (millis(one), millis(other)) {
            (Some(one), Some(other)) => one < other,
            _ => one.chars().map(u32::from).lt(other.chars().map(u32::from)),
        },
        _ => false,
    }
}

fn millis(text: &str) -> Option<i64> {
    Timestamp::parse_canonical(text).map(Timestamp::unix_millis)
}

/// Upper and then lower case, which is enough for the generated texts.
fn any_case(text: &str) -> String {
    text.to_uppercase().to_lowercase()
}
