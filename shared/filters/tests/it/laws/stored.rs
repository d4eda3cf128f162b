//! What is stored is found by what was sent.

use std::collections::BTreeMap;

use profiles_normalization::{MAX_VALUE_BYTES, Value, properties};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use crate::support::{Person, now, read};

/// A text that may look like something else.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ ]?-?[0-9]{1,18}(\\.[0-9]{1,4})?(e-?[0-9]{1,2})?[ ]?",
        "[ ]?(true|false|null|\\$now|\\+[0-9]{1,3}d)[ ]?",
        "20[0-9]{2}-[01][0-9]-[0-3][0-9]([T ][0-2][0-9]:[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,4})?)?(Z|[+]02:00)?)?",
        "[a-zA-Z, ]{0,12}",
    ]
}

fn item() -> impl Strategy<Value = Json> {
    prop_oneof![
        text().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        (90_000_000_i64..5_000_000_000).prop_map(Json::from),
        any::<f64>().prop_filter("JSON has no others", |number| number.is_finite()).prop_map(Json::from),
        any::<bool>().prop_map(Json::from),
    ]
}

/// The name of a property; no identifier's.
fn name() -> impl Strategy<Value = String> {
    prop_oneof!["n[a-z]{0,2}( at|_on|Version|Count)?", "last_seen_at|browser_x|created|percent|version"]
}

fn stored(name: &str, sent: &Json) -> BTreeMap<String, Value> {
    properties(&json!({ name: sent }).to_string(), now(), &mut Vec::new()).unwrap()
}

/// Whether a filter with this value finds the record; `None` if it is refused, because the value is too long.
fn finds(name: &str, op: &str, sent: &Json, record: &BTreeMap<String, Value>) -> Option<bool> {
    let filters = read(&json!([{ "prop": name, "op": op, "value": sent }]).to_string()).ok()?;
    Some(filters.fit(&Person { properties: record.clone(), ..Person::default() }))
}

fn is_short(sent: &Json) -> bool {
    sent.to_string().len() <= MAX_VALUE_BYTES
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn a_value_finds_what_it_became(name in name(), sent in item()) {
        prop_assume!(is_short(&sent));
        let record = stored(&name, &sent);
        for op in ["eq", "ex"] {
            prop_assert_eq!(finds(&name, op, &sent, &record), Some(true), "{}", op);
        }
        for op in ["ne", "nx"] {
            prop_assert_eq!(finds(&name, op, &sent, &record), Some(false), "{}", op);
        }
        prop_assert_eq!(finds(&name, "in-v", &json!(["x", sent]), &record), Some(true));
        if !sent.is_boolean() && record.values().all(|value| !matches!(value, Value::Bool(_))) {
            prop_assert_eq!(finds(&name, "gte", &sent, &record), Some(true));
            prop_assert_eq!(finds(&name, "lt", &sent, &record), Some(false));
        }
    }

    #[test]
    fn a_part_of_a_text_finds_what_it_became(name in name(), sent in text()) {
        prop_assume!(is_short(&json!(sent)) && !sent.contains(',') && !sent.trim().is_empty());
        let sent = sent.trim();
        let record = stored(&name, &json!(sent));
        prop_assert_eq!(finds(&name, "in-v", &json!(format!("x, {sent} ,")), &record), Some(true));
    }

    #[test]
    fn an_array_or_hash_finds_what_it_became(name in name(), items in prop::collection::vec(item(), 0..5), key in name()) {
        prop_assume!(items.iter().all(is_short));
        let record = stored(&name, &json!(items));
        prop_assert_eq!(finds(&name, "eq", &json!(items), &record), Some(true));
        for item in &items {
            prop_assert_eq!(finds(&name, "in-a", item, &record), Some(true), "{}", item);
        }
        let hash = json!({ key.as_str(): items, "x": { "y": items, "Z": null } });
        let record = stored(&name, &hash);
        prop_assert_eq!(finds(&name, "eq", &hash, &record), Some(true));
        prop_assert_eq!(finds(&format!("{name}.x.y"), "eq", &json!(items), &record), Some(true));
        prop_assert_eq!(finds(&format!("{name}.x.z"), "eq", &Json::Null, &record), Some(true));
    }
}
