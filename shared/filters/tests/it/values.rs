//! Values, which are normalized as what was stored was.

use profiles_filters::{Filter, Test, Window};
use profiles_normalization::Value;

use crate::support::{ago, filters, person};

fn test_of(prop: &str, op: &str, value: &str) -> Test {
    match filters(&format!(r#"[{{"prop":"{prop}","op":"{op}","value":{value}}}]"#)).group.filters.remove(0) {
        Filter::Property(filter) | Filter::Company(_, filter) => filter.test,
        _ => panic!("{prop}"),
    }
}

/// The value of a filter with `eq`, as JSON.
fn value(prop: &str, sent: &str) -> String {
    match test_of(prop, "eq", sent) {
        Test::Equal { value, negated: false } => serde_json::to_string(&value).unwrap(),
        _ => panic!("{prop} {sent}"),
    }
}

#[test]
fn a_property_is_compared_in_its_normal_form() {
    for (prop, sent, stored) in [
        ("plan", r#"" 5.0 ""#, "5"),
        ("plan", r#""007""#, r#""007""#),
        ("plan", "12345678901234567890", "12345678901234567890"),
        ("plan", r#""1234567890123456""#, r#""1234567890123456""#),
        ("app_version", r#""1.10""#, r#""1.10""#),
        ("traits.app_version", r#""1.10""#, r#""1.10""#),
        ("traits.plan", r#""1.10""#, "1.1"),
        ("version.number", r#""1.10""#, "1.1"),
        ("signed_up_at", "1870257600", r#""2029-04-07T12:00:00.000Z""#),
        ("company.signed_up_at", "1870257600000", r#""2029-04-07T12:00:00.000Z""#),
        ("traits.signed_up_at", r#""1870257600""#, r#""2029-04-07T12:00:00.000Z""#),
        ("signed_up_at.count", "1870257600", "1870257600"),
        ("last_seen_at", r#""$now""#, r#""2029-04-07T12:00:00.000Z""#),
        ("last_seen_at", r#""+1d""#, r#""2029-04-08T12:00:00.000Z""#),
        ("created_at", r#""2029-04-07 12:00:00Z""#, r#""2029-04-07T12:00:00.000Z""#),
        ("last_seen_session_count", r#""4""#, "4"),
        ("browser_x", r#""1200""#, "1200"),
        ("disabled", r#""true""#, "true"),
        ("tags", r#"["1",2.0,"a",null,[],{},true]"#, r#"[1,2,"a",true]"#),
        ("times_at", r#"[1870257600,"x"]"#, r#"["2029-04-07T12:00:00.000Z","x"]"#),
        (
            "traits",
            r#"{"Signed Up On":1870257600,"!":1,"b":{"c":{"d":{"e":1}}}}"#,
            r#"{"b":{"c":{"d":"{\"e\":1}"}},"signed_up_on":"2029-04-07T12:00:00.000Z"}"#,
        ),
    ] {
        assert_eq!(value(prop, sent), stored, "{prop} {sent}");
    }
}

#[test]
fn identifiers_are_texts() {
    for prop in ["uid", "id", "company_id", "company.uid", "company.id", "delivery_ids", "Uid"] {
        for (sent, text) in [
            ("123", "123"),
            ("123.0", "123"),
            ("1.23e2", "123"),
            ("-0", "0"),
            (r#""123""#, "123"),
            (r#""123.0""#, "123.0"),
            (r#""true""#, "true"),
            (r#"" 5 ""#, " 5 "),
            (r#""2029-04-07""#, "2029-04-07"),
            ("1.5", "1.5"),
            ("1e9999", "1e9999"),
            ("123456789012345678901234567890123456789012345", "123456789012345678901234567890123456789012345"),
        ] {
            assert_eq!(value(prop, sent), format!("{text:?}"), "{prop}");
            assert!(matches!(test_of(prop, "gt", sent), Test::Compare(_, Value::String(value)) if value == text));
            assert!(matches!(test_of(prop, "in-a", sent), Test::Has { value: Value::String(value), .. } if value == text));
        }
        assert_eq!(value(prop, r#"[1,"2.0",null,{},true]"#), r#"["1","2.0",true]"#);
        assert_eq!(value(prop, "null"), "null");
        assert!(matches!(test_of(prop, "in-v", r#"" 1.0 ,a, 7""#), Test::OneOf { values, .. }
            if values == ["1.0", "a", "7"].map(|text| Value::String(text.to_owned()))));
    }
    // None of these is an identifier.
    for prop in ["company.company_id", "company.email", "traits.uid", "uid.x", "user_id"] {
        assert_eq!(value(prop, r#""123""#), "123", "{prop}");
    }
}

#[test]
fn an_address_is_in_its_one_form() {
    for (sent, stored) in [
        (r#"" Kim@Example.COM ""#, "kim@example.com"),
        (r#""kim@xn--mnchen-3ya.example""#, "kim@münchen.example"),
        (r#""kim@example.com.""#, "kim@example.com"),
        (r#"" No Address ""#, "no address"),
        ("5", "5"),
        (r#""5""#, "5"),
        (r#""true""#, "true"),
    ] {
        assert_eq!(value("email", sent), format!("{stored:?}"), "{sent}");
    }
    assert!(matches!(test_of("email", "in-v", r#""A@b.c, B@b.c""#), Test::OneOf { values, .. }
        if values == ["a@b.c", "b@b.c"].map(|text| Value::String(text.to_owned()))));
    for op in ["in", "nin", "in-i", "nin-i", "sw"] {
        let text = match test_of("email", op, r#"" @ACME.co ""#) {
            Test::Contains { text, .. } | Test::StartsWith(text) => text,
            _ => panic!("{op}"),
        };
        assert_eq!(text, "@acme.co");
    }
    // A letter and its mark are one letter.
    assert!(matches!(test_of("email", "in", "\"E\u{301}\""), Test::Contains { text, .. } if text == "é"));
    // Only the profile's own address has a form of its own.
    assert_eq!(value("company.email", r#""Kim@Example.com""#), r#""Kim@Example.com""#);
}

#[test]
fn parts_of_strings_are_as_sent() {
    for (sent, text) in [
        ("5.50", "5.50"),
        (r#"" 5 ""#, " 5 "),
        ("true", "true"),
        (r#""2029-04-07""#, "2029-04-07"),
        (r#""$now""#, "$now"),
        (r#""\u00e9""#, "é"),
        (r#""""#, ""),
    ] {
        assert!(matches!(test_of("x", "in", sent), Test::Contains { text: found, any_case: false, .. } if found == text), "{sent}");
        assert!(matches!(test_of("x", "sw", sent), Test::StartsWith(found) if found == text), "{sent}");
    }
}

#[test]
fn the_case_is_ignored_in_every_script() {
    for (one, other) in [
        ("ÉCOLE", "école"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("straße", "STRASSE"),
        ("ﬁn", "FIN"),
        ("İ", "i\u{307}"),
        ("ẞ", "ss"),
        ("Ⅷ", "ⅷ"),
        ("Ꭰ", "ꭰ"),
        ("ſ", "S"),
        ("K", "k"),
        ("Ǆ", "ǅ"),
    ] {
        for (value, stored) in [(one, other), (other, one)] {
            let filter = filters(&serde_json::json!([{ "prop": "x", "op": "in-i", "value": value }]).to_string());
            for stored in [stored.to_owned(), format!("-{stored}-")] {
                assert!(filter.fit(&person(&serde_json::json!({ "x": stored }).to_string())), "{value} in {stored}");
            }
            assert!(!filter.fit(&person(r#"{"x":"another"}"#)), "{value}");
        }
    }
}

#[test]
fn a_string_of_any_length_can_contain() {
    for length in [766, 767, 768, 769, 1_000, 100_000] {
        let stored = format!(r#"{{"x":"{}Zz"}}"#, "a".repeat(length - 2));
        for (value, fits) in [("aZZ", true), ("zza", false), ("ß", false)] {
            let filter = filters(&serde_json::json!([{ "prop": "x", "op": "in-i", "value": value }]).to_string());
            assert_eq!(filter.fit(&person(&stored)), fits, "{length} {value}");
        }
    }
}

#[test]
fn days_are_exact_to_the_millisecond() {
    for (days, millis) in [
        ("0", 0),
        ("-0", 0),
        ("1", 86_400_000),
        (r#"" 1.0 ""#, 86_400_000),
        ("0.5", 43_200_000),
        ("1e-1", 8_640_000),
        ("1e-8", 1),
        ("5.787037037037037e-9", 0),
        ("5.787037037037038e-9", 1),
        ("0.0000000057870370370371", 1),
        ("1e-100", 0),
        ("36500", 3_153_600_000_000),
        ("3.65e4", 3_153_600_000_000),
        ("36499.99999999999999999999999999999", 3_153_600_000_000),
        (r#""36500.000""#, 3_153_600_000_000),
        // What a client's own division gives.
        ("0.041666666666666664", 3_600_000),
        ("0.0416666666666666666667", 3_600_000),
        ("0.04166666", 3_599_999),
        ("0.3125", 27_000_000),
        ("1.0009765625", 86_484_375),
    ] {
        assert!(matches!(test_of("x", "lt-d", days), Test::Age(Window::Before(time)) if time.to_string() == ago(millis)), "{days}");
    }
}
