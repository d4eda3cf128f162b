//! Runs every case of `cases.json`, which are those of the contract, and of `more_cases.json`, which are this project's own.

use profiles_normalization::{MAX_VALUE_BYTES, Timestamp, Value, Warning, entries, json, name, properties, text};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

const FILES: [&str; 2] = [include_str!("../cases.json"), include_str!("../more_cases.json")];
/// The sections that a test here reads.
const SECTIONS: [&str; 3] = ["names", "truncation", "values"];

type Members<'a> = BTreeMap<String, &'a RawValue>;

fn members(object: &str) -> Members<'_> {
    entries(object).unwrap().into_iter().map(|(name, raw)| (name.into_owned(), raw)).collect()
}

/// The cases of a section in both files, as text: numbers must keep their spelling.
fn section(name: &str) -> Vec<&'static RawValue> {
    let cases_of = |file| {
        let cases: Vec<&RawValue> = serde_json::from_str(members(file)[name].get()).unwrap();
        assert!(!cases.is_empty(), "no cases in {name}");
        cases
    };
    FILES.into_iter().flat_map(cases_of).collect()
}

/// The fields of a case. Each must be known, or nobody would see that it is not tested.
#[track_caller]
fn fields_of<'a>(case: &'a RawValue, known: &[&str]) -> Members<'a> {
    let fields = members(case.get());
    for field in fields.keys() {
        assert!(known.contains(&field.as_str()), "nothing tests `{field}` of {case}");
    }
    fields
}

#[test]
fn every_section_is_read_by_a_test() {
    for file in FILES {
        let mut sections: Vec<_> = entries(file).unwrap().into_iter().map(|(name, _)| name).filter(|name| name != "now").collect();
        sections.sort();
        assert_eq!(sections, SECTIONS);
    }
}

fn now() -> Timestamp {
    let nows = FILES.map(|file| {
        let mut warnings = Vec::new();
        let now = json("now", members(file)["now"], Timestamp::UNIX_EPOCH, &mut warnings).unwrap();
        let Value::String(now) = now else { panic!("`now` is no time") };
        Timestamp::parse_canonical(&now).unwrap()
    });
    assert_eq!(nows[0], nows[1]);
    nows[0]
}

fn plain(value: &Value) -> serde_json::Value {
    serde_json::to_value(value).unwrap()
}

#[test]
fn every_name() {
    for case in section("names") {
        let (sent, expected): (String, Option<String>) = serde_json::from_str(case.get()).unwrap();
        assert_eq!(name(&sent).ok(), expected, "{sent:?}");
        if let Some(expected) = expected {
            assert_eq!(name(&expected), Ok(expected));
        }
    }
}

#[test]
fn every_value() {
    for case in section("values") {
        let fields = fields_of(case, &["name", "in", "in_json", "out", "out_json", "compare", "warns"]);
        let string = |field: &str| fields.get(field).map(|raw| serde_json::from_str::<String>(raw.get()).unwrap());

        let name = string("name").unwrap();
        let sent = string("in_json").unwrap_or_else(|| fields["in"].get().to_owned());
        let raw: &RawValue = serde_json::from_str(&sent).unwrap();
        let mut warnings = Vec::new();
        let value = json(&name, raw, now(), &mut warnings).unwrap();

        if let Some(exact) = string("out_json") {
            assert_eq!(serde_json::to_string(&value).unwrap(), exact, "{case}");
        } else if let Some(compare) = string("compare") {
            assert_eq!(compare, "numeric-text", "{case}");
            let Value::String(number) = &value else { panic!("no string: {case}") };
            assert_eq!(number.parse::<f64>().unwrap(), string("out").unwrap().parse::<f64>().unwrap(), "{case}");
        } else {
            let expected: serde_json::Value = serde_json::from_str(fields["out"].get()).unwrap();
            assert_eq!(plain(&value), expected, "{case}");
        }
        let warns = fields.get("warns").map_or(0, |warns| warns.get().parse().unwrap());
        assert_eq!(warnings.len(), warns, "{case}: {warnings:?}");

        in_an_object(&name, &sent, &value, &warnings);
        if let Ok(sent) = serde_json::from_str::<String>(&sent) {
            let mut of_text = Vec::new();
            assert_eq!(text(&name, &sent, now(), &mut of_text), value, "{case}");
            assert_eq!(of_text, warnings, "{case}");
        }
    }
}

/// The same value as a member of an object, sent and then sent back as it was stored.
fn in_an_object(name: &str, sent: &str, value: &Value, warnings: &[Warning]) {
    let mut of_object = Vec::new();
    let stored = properties(&format!("{{\"{name}\": {sent}}}"), now(), &mut of_object).unwrap();
    assert_eq!(stored, BTreeMap::from([(name.to_owned(), value.clone())]));
    assert_eq!(of_object, warnings);

    let mut of_stored = Vec::new();
    let returned = serde_json::to_string(&stored).unwrap();
    assert_eq!(properties(&returned, now(), &mut of_stored).unwrap(), stored, "{returned}");
    assert_eq!(of_stored, []);
}

#[test]
fn every_truncation() {
    for case in section("truncation") {
        let fields = fields_of(case, &["repeat", "times", "bytes_out", "warns"]);
        let number = |field: &str| fields[field].get().parse::<usize>().unwrap();
        let sent = serde_json::from_str::<String>(fields["repeat"].get()).unwrap().repeat(number("times"));

        let mut warnings = Vec::new();
        let Value::String(kept) = text("s", &sent, now(), &mut warnings) else { panic!("no string: {case}") };
        assert_eq!(kept.len(), number("bytes_out"), "{case}");
        assert!(sent.starts_with(&kept), "{case}");
        assert_eq!(warnings.len(), number("warns"), "{case}");
        for warning in warnings {
            assert_eq!((warning.prop.as_str(), warning.message), ("s", format!("cut to {MAX_VALUE_BYTES} bytes")));
        }
    }
}
