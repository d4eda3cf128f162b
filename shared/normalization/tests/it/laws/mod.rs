//! Tests the laws that hold for any input.

mod names;
mod numbers;
mod order;
mod times;
mod values;

use profiles_normalization::unicode::{composed, is_mark};
use profiles_normalization::*;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Letters whose case, composition or class is unlike that of most.
const ODD: &[char] = &[
    'a',
    'b',
    'B',
    'T',
    '1',
    '_',
    ' ',
    '-',
    'É',
    'e',
    '\u{301}',
    '\u{307}',
    '\u{308}',
    '\u{345}',
    '\u{327}',
    'Ά',
    'Α',
    'ᾼ',
    'ᾳ',
    'İ',
    'ı',
    'ß',
    'ẞ',
    'Σ',
    'σ',
    'ς',
    '𝐀',
    '𝐚',
    'ǅ',
    'Ǆ',
    'Ⅷ',
    'ⅷ',
    '²',
    '①',
    'Ⓐ',
    '名',
    'क',
    'ा',
    '्',
    '\u{958}',
    'ᄀ',
    'ᅡ',
    'ᆨ',
    '\u{212a}',
    '\u{2126}',
    'ª',
    'ﬁ',
    '😀',
    '🅰',
    '\u{200d}',
    '\u{feff}',
    'Ꭰ',
    'ꭰ',
    'Ა',
    'ა',
    '\u{10400}',
    '\u{fb1d}',
    '\u{ac00}',
];

fn now() -> Timestamp {
    Timestamp::parse_canonical("2029-01-01T00:00:00.000Z").unwrap()
}

fn odd_name() -> impl Strategy<Value = String> {
    prop_oneof![
        vec(prop::sample::select(ODD), 0..12).prop_map(|letters| letters.into_iter().collect()),
        "[A-Za-z0-9_ .-]{0,20}",
        "\\PC{0,300}",
        any::<String>(),
    ]
}

/// Strings close to everything that is recognized.
fn near_miss() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9eE+.\\-]{0,20}",
        "-?[0-9]{1,45}(\\.[0-9]{1,45})?([eE][+-]?[0-9]{1,3})?",
        "[ \t]{0,2}[0-9]{4}-[0-1][0-9]-[0-3][0-9]([Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,9})?( ?[+-][0-2][0-9]:?[0-6][0-9]|Z|z| UTC)?)?[ \t]{0,2}",
        "((Mon|Tue|Wed), ?)?[0-3]?[0-9] (Jan|feb|AUG|Dec) [0-9]{2,5} [0-2][0-9]:[0-6][0-9](:[0-6][0-9])? (GMT|UT|EST|[+-][0-9]{4})",
        "\\+[0-9]{0,7}d",
        "(\\$now|true|false|null|TRUE| true )",
        "[0-9TZtzUC:,.+\\- ]{0,40}",
        "(名|😀|a| |1){0,1000}",
        any::<String>(),
    ]
}

fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
        "-?(0|[1-9][0-9]{0,45})(\\.[0-9]{1,45})?([eE][+-]?[0-9]{1,4})?",
        (1_000_000_000_i64..4_102_444_800).prop_map(|seconds| seconds.to_string()),
        near_miss().prop_map(|text| serde_json::to_string(&text).unwrap()),
        vec(any::<u16>(), 0..400).prop_map(|units| {
            // Every character escaped; half surrogates are left out.
            let text: String = String::from_utf16_lossy(&units);
            let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
            format!("\"{escaped}\"")
        }),
    ]
}

fn member_name() -> impl Strategy<Value = String> {
    prop_oneof!["[abAB_ ]{1,3}", "(order_id|paidAt|visit count|createdOn|appVersion)", odd_name()]
}

fn document() -> impl Strategy<Value = String> {
    scalar().prop_recursive(6, 60, 6, |inner| {
        prop_oneof![
            (vec(inner.clone(), 0..6), "[ \n]{0,2}").prop_map(|(items, blank)| format!("[{}]", items.join(&format!("{blank},{blank}")))),
            object_of(inner),
        ]
    })
}

fn object_of(inner: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (vec((member_name(), inner), 0..6), "[ \t]{0,2}").prop_map(|(members, blank)| {
        let members: Vec<_> =
            members.into_iter().map(|(name, value)| format!("{}{blank}:{blank}{value}", serde_json::to_string(&name).unwrap())).collect();
        format!("{{{}}}", members.join(","))
    })
}

fn is_name(name: &str) -> bool {
    let letters_only = name.chars().all(|letter| letter == '_' || letter.is_alphanumeric() || is_mark(letter));
    let marks_follow_letters = !name.split('_').any(|word| word.starts_with(is_mark));
    let single_bars = !name.starts_with('_') && !name.ends_with('_') && !name.contains("__");
    (1..=MAX_NAME_BYTES).contains(&name.len())
        && letters_only
        && marks_follow_letters
        && single_bars
        && composed(name) == name
        && name.to_lowercase() == name
}

fn assert_name_laws(sent: &str) {
    match name(sent) {
        Ok(normal) => {
            assert!(is_name(&normal), "{sent:?} => {normal:?}");
            assert_eq!(name(&normal).as_ref(), Ok(&normal), "{sent:?}");
        }
        Err(NameError::Empty) => assert!(!sent.chars().any(|letter| letter.is_ascii_alphanumeric()), "{sent:?}"),
        Err(NameError::TooLong) => assert!(sent.len() > MAX_NAME_BYTES / 4, "{sent:?}"),
    }
}

fn assert_within_limits(value: &Value, level: usize) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => assert_eq!(Number::parse(number.as_str()).as_ref(), Some(number)),
        Value::String(string) => assert!(string.len() <= MAX_VALUE_BYTES),
        Value::Array(items) => {
            for item in items {
                assert!(!matches!(item, Value::Null | Value::Array(_) | Value::Hash(_)));
                assert_within_limits(item, level);
            }
        }
        Value::Hash(members) => {
            assert!(level <= MAX_HASH_DEPTH);
            assert_members_within_limits(members, level + 1);
        }
    }
}

fn assert_members_within_limits(members: &BTreeMap<String, Value>, level: usize) {
    for (name, value) in members {
        assert!(is_name(name), "{name:?}");
        assert_within_limits(value, level);
    }
}

/// What a scalar became without a warning is what was sent: the same JSON, or a string's plain reading as a boolean, a number that is
/// written the same, or a time.
fn assert_unchanged(sent: &str, stored: &Value) {
    let of_string: Option<String> = serde_json::from_str(sent).ok();
    match (of_string, stored) {
        (Some(text), Value::Bool(bool)) => assert_eq!(text.trim(), bool.to_string()),
        (Some(text), Value::Number(number)) => assert_eq!(text.trim(), number.as_str()),
        (Some(text), Value::String(kept)) => assert!(*kept == text || Timestamp::parse_canonical(kept).is_some(), "{sent}"),
        (None, Value::Number(number)) => assert_eq!(Number::parse(sent).as_ref(), Some(number)),
        // A number that the database cannot hold, or a Unix time.
        (None, Value::String(kept)) => assert!(*kept == sent || Timestamp::parse_canonical(kept).is_some(), "{sent}"),
        (None, _) => assert_eq!(serde_json::to_string(stored).unwrap(), sent),
        (Some(_), _) => panic!("{sent} became {stored:?}"),
    }
}

fn cut_any(warnings: &[Warning]) -> bool {
    warnings.iter().any(|warning| warning.message.contains("cut to"))
}
