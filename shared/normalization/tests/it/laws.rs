//! Tests the laws that hold for any input.

use profiles_normalization::*;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use unicode_normalization::is_nfc;

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
    prop_oneof!["[abAB_ ]{1,3}", "(order_id|paidAt|visit count|discount)", odd_name()]
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
    let letters_only = name.chars().all(|letter| letter == '_' || letter.is_alphanumeric());
    let single_bars = !name.starts_with('_') && !name.ends_with('_') && !name.contains("__");
    (1..=MAX_NAME_BYTES).contains(&name.len()) && letters_only && single_bars && is_nfc(name) && name.to_lowercase() == name
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

fn cut_any(warnings: &[Warning]) -> bool {
    warnings.iter().any(|warning| warning.message.contains("cut to"))
}

#[test]
fn any_letter_in_any_place_makes_a_name_that_stays() {
    // Without the tens of thousands of ideographs and syllables, which have neither case nor marks.
    let letters = (0..0x3400).chain(0xa000..0xac00).chain(0xd7a4..0x17000).chain(0x18d00..0x20000);
    for letter in letters.filter_map(char::from_u32) {
        for sent in [format!("{letter}"), format!("a{letter}Bb"), format!("AB{letter}\u{345}c{letter}D")] {
            assert_name_laws(&sent);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn names_match_their_own_definition_and_stay(sent in odd_name()) {
        assert_name_laws(&sent);
    }

    #[test]
    fn any_json_comes_out_within_the_limits_and_stays(sent in document()) {
        let raw: &RawValue = serde_json::from_str(&sent).unwrap();
        let mut warnings = Vec::new();
        let value = json("prop", raw, now(), &mut warnings).unwrap();
        assert_within_limits(&value, 1);
        if !cut_any(&warnings) {
            let again = serde_json::to_string(&value).unwrap();
            let raw: &RawValue = serde_json::from_str(&again).unwrap();
            let mut warnings = Vec::new();
            prop_assert_eq!(json("prop", raw, now(), &mut warnings).unwrap(), value);
            prop_assert_eq!(warnings, []);
        }
    }

    #[test]
    fn any_object_comes_out_within_the_limits_and_stays(sent in object_of(document())) {
        let mut warnings = Vec::new();
        let stored = properties(&sent, now(), &mut warnings).unwrap();
        assert_members_within_limits(&stored, 1);
        prop_assert!(warnings.iter().all(|warning| !warning.prop.is_empty() || sent.contains("\"\"")));
        if !cut_any(&warnings) {
            let mut warnings = Vec::new();
            prop_assert_eq!(properties(&serde_json::to_string(&stored).unwrap(), now(), &mut warnings).unwrap(), stored);
            prop_assert_eq!(warnings, []);
        }
    }

    #[test]
    fn any_text_is_taken_or_refused(sent in prop_oneof![any::<String>(), "[\\[\\]{}\",:0-9a-z\\\\ud8e.+-]{0,60}"]) {
        let mut warnings = Vec::new();
        let _ = entries(&sent);
        let _ = properties(&sent, now(), &mut warnings);
        if let Ok(raw) = serde_json::from_str::<&RawValue>(&sent) {
            let _ = json("prop", raw, now(), &mut warnings);
        }
    }

    #[test]
    fn any_string_means_the_same_in_a_form_as_in_json(sent in near_miss()) {
        let mut of_text = Vec::new();
        let mut of_json = Vec::new();
        let quoted = serde_json::to_string(&sent).unwrap();
        let raw: &RawValue = serde_json::from_str(&quoted).unwrap();
        let value = text("prop", &sent, now(), &mut of_text);
        prop_assert_eq!(&json("prop", raw, now(), &mut of_json).unwrap(), &value);
        prop_assert_eq!(of_json, of_text);
        if let Value::String(kept) = &value {
            prop_assert!(sent.starts_with(kept.as_str()) || Timestamp::parse_canonical(kept).is_some());
        }
    }

    #[test]
    fn any_depth_is_skipped_without_recursion(open in "[\\[{]{1,4}", depth in 0_usize..12_000) {
        let opening: String = open.chars().map(|bracket| if bracket == '[' { "[" } else { "{\"a\":" }).collect();
        let closing: String = open.chars().rev().map(|bracket| if bracket == '[' { ']' } else { '}' }).collect();
        let sent = format!("{}1{}", opening.repeat(depth / open.len() + 1), closing.repeat(depth / open.len() + 1));
        let mut warnings = Vec::new();
        let raw: &RawValue = serde_json::from_str(&sent).unwrap();
        assert_within_limits(&json("prop", raw, now(), &mut warnings).unwrap(), 1);
    }

    #[test]
    fn timestamps_sort_as_their_texts(a in -62_167_219_200_000_i64..=253_402_300_799_999, b in -62_167_219_200_000_i64..=253_402_300_799_999, near in 0_i64..2_000) {
        let times = [a, b, (a + near).min(253_402_300_799_999)].map(|millis| Timestamp::from_unix_millis(millis).unwrap());
        for x in times {
            prop_assert_eq!(Timestamp::parse_canonical(&x.to_string()), Some(x));
            prop_assert_eq!(x.to_string().len(), 24);
            for y in times {
                prop_assert_eq!(x.cmp(&y), x.to_string().cmp(&y.to_string()));
            }
        }
    }

    #[test]
    fn timestamps_agree_with_jiff(millis in -62_167_219_200_000_i64..253_402_200_000_000) {
        let expected = jiff::Timestamp::from_millisecond(millis).unwrap();
        let text = Timestamp::from_unix_millis(millis).unwrap().to_string();
        prop_assert_eq!(text, format!("{expected:.3}"));
    }

    #[test]
    fn numbers_come_back_however_they_are_spelled(negative: bool, digits in "[1-9][0-9]{0,36}[1-9]", exponent in -92_i64..=88, shift in 0_i64..60, zeros in 0_usize..50) {
        let sign = if negative { "-" } else { "" };
        let spelled = format!("{sign}{digits}e{exponent}");
        let number = Number::parse(&spelled).unwrap();
        prop_assert_eq!(Number::parse(number.as_str()), Some(number.clone()));
        // More zeros behind, and as many fewer powers of ten.
        let longer = format!("{sign}{digits}{}E{}", "0".repeat(zeros), exponent - i64::try_from(zeros).unwrap());
        prop_assert_eq!(Number::parse(&longer), Some(number.clone()));
        // All behind the point.
        let places = i64::try_from(digits.len()).unwrap() + shift;
        let shifted = format!("{sign}0.{}{digits}{}e{}", "0".repeat(usize::try_from(shift).unwrap()), "0".repeat(zeros), exponent + places);
        prop_assert_eq!(Number::parse(&shifted), Some(number.clone()));
        prop_assert_eq!(number.as_str().parse::<f64>().unwrap(), spelled.parse::<f64>().unwrap());
        prop_assert_eq!(number.is_integer(), exponent >= 0);
        // Through JSON and back with every digit.
        let json = serde_json::to_string(&number).unwrap();
        prop_assert_eq!(Number::parse(&json), Some(number));
    }

    #[test]
    fn integers_come_back(integer: i64) {
        let number = Number::from(integer);
        prop_assert_eq!(number.as_i64(), Some(integer));
        prop_assert!(number.is_integer());
        prop_assert_eq!(Number::parse(&integer.to_string()), Some(number.clone()));
        prop_assert_eq!(serde_json::to_string(&number).unwrap(), integer.to_string());
    }
}
