//! Limits, both sides of each, and inputs that have broken other implementations.

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

#[test]
fn numbers_have_up_to_38_digits() {
    let nines = "9".repeat(38);
    assert_eq!(number(&nines), Some(nines.clone()));
    assert_eq!(number(&format!("-{nines}")), Some(format!("-{nines}")));
    assert_eq!(number(&format!("{nines}9")), None);
    assert_eq!(number(&format!("0.{nines}")), Some(format!("0.{nines}")));
    assert_eq!(number(&format!("0.{nines}9")), None);
    assert_eq!(number(&format!("0.{nines}000")), Some(format!("0.{nines}")));
    assert_eq!(number(&format!("{nines}000")), Some(format!("9.{}e40", "9".repeat(37))));
    assert_eq!(stored("n", &format!("{nines}9")), (format!("\"{nines}9\""), vec![]));
}

#[test]
fn numbers_end_at_9_9_e125() {
    let largest = format!("9.{}e125", "9".repeat(37));
    assert_eq!(number(&largest), Some(largest.clone()));
    assert_eq!(number(&format!("-{largest}")), Some(format!("-{largest}")));
    assert_eq!(number("9.9e125").as_deref(), Some("9.9e125"));
    assert_eq!(number("99e124").as_deref(), Some("9.9e125"));
    assert_eq!(number(&format!("99{}", "0".repeat(124))).as_deref(), Some("9.9e125"));
    assert_eq!(number("1e126"), None);
    assert_eq!(number("-1e126"), None);
    assert_eq!(number("10e125"), None);
    assert_eq!(number(&format!("1{}", "0".repeat(126))), None);
    assert_eq!(stored("n", "1e126"), ("\"1e126\"".to_owned(), vec![]));
}

#[test]
fn numbers_end_at_1e_130_towards_zero() {
    assert_eq!(number("1e-130").as_deref(), Some("1e-130"));
    assert_eq!(number("-1e-130").as_deref(), Some("-1e-130"));
    assert_eq!(number("1.5E-130").as_deref(), Some("1.5e-130"));
    assert_eq!(number(&format!("0.{}1", "0".repeat(129))).as_deref(), Some("1e-130"));
    assert_eq!(number("9.99e-131"), None);
    assert_eq!(number("-9.99e-131"), None);
    assert_eq!(number(&format!("0.{}1", "0".repeat(130))), None);
    assert_eq!(number("0e-999").as_deref(), Some("0"));
}

#[test]
fn huge_exponents_do_not_overflow() {
    for exponent in ["9223372036854775807", "9223372036854775808", "99999999999999999999999999999999"] {
        assert_eq!(number(&format!("1e{exponent}")), None);
        assert_eq!(number(&format!("1e-{exponent}")), None);
        assert_eq!(number(&format!("0e{exponent}")).as_deref(), Some("0"));
        assert_eq!(number(&format!("-0.0e-{exponent}")).as_deref(), Some("0"));
    }
    let zeros = "0".repeat(100_000);
    assert_eq!(number(&format!("1{zeros}e-100000")).as_deref(), Some("1"));
    assert_eq!(number(&format!("0.{zeros}1e100001")).as_deref(), Some("1"));
}

#[test]
fn only_json_spells_numbers() {
    for text in [
        "",
        "-",
        "+1",
        "01",
        "-01",
        "00",
        ".5",
        "1.",
        "1.e5",
        "1e",
        "1e+",
        "1e5.0",
        "1_000",
        "1,000",
        " 1",
        "1 ",
        "0x1F",
        "NaN",
        "Infinity",
        "-Infinity",
        "1d",
        "1f",
        "\u{661}",
        "1e\u{661}",
        "--1",
        "1-",
        "1e--1",
        "1.5.5",
        "\u{feff}1",
    ] {
        assert_eq!(number(text), None, "{text:?}");
    }
}

#[test]
fn integers_know_that_they_are() {
    for (text, integer, as_i64) in [
        ("0", true, Some(0)),
        ("-0", true, Some(0)),
        ("12.0", true, Some(12)),
        ("1e2", true, Some(100)),
        ("1.5e1", true, Some(15)),
        ("9223372036854775807", true, Some(i64::MAX)),
        ("-9223372036854775808", true, Some(i64::MIN)),
        ("9223372036854775808", true, None),
        ("1e38", true, None),
        ("1e125", true, None),
        ("12.5", false, None),
        ("1e-1", false, None),
        ("1e-100", false, None),
    ] {
        let number = Number::parse(text).unwrap();
        assert_eq!((number.is_integer(), number.as_i64()), (integer, as_i64), "{text}");
    }
    assert_eq!(Number::from(i64::MIN), Number::parse("-9223372036854775808").unwrap());
    assert_eq!(Number::from(0), Number::parse("-0.0").unwrap());
}

#[test]
fn trailing_zeros_count_in_a_string_so_that_identifiers_of_one_length_have_one_type() {
    assert_eq!(stored("n", "\"100000000000000\"").0, "100000000000000");
    assert_eq!(stored("n", "\"1000000000000000\"").0, "\"1000000000000000\"");
    assert_eq!(stored("n", "\"0.000000000000000000001\"").0, "1e-21");
    assert_eq!(stored("n", "\"1e-200\"").0, "\"1e-200\"");
}

#[test]
fn half_surrogates_are_an_error_and_pairs_are_a_character() {
    let mut warnings = Vec::new();
    for sent in [r#""\ud83d""#, r#""\ude00\ud83d""#, r#"["\ud83d"]"#, r#"{"a":"\ud83dx"}"#, r#"{"\ud83d":1}"#] {
        let raw: &RawValue = serde_json::from_str(sent).unwrap();
        assert!(json("s", raw, now(), &mut warnings).is_err(), "{sent}");
    }
    assert!(properties(r#"{"\udc00":1}"#, now(), &mut warnings).is_err());
    assert_eq!(warnings, []);
    assert_eq!(stored("s", r#""\ud83d\ude00""#).0, "\"😀\"");
    // What is kept as JSON text keeps its escapes too.
    assert_eq!(stored("s", r#"{"a":{"b":{"c":{"d":"\ud83d"}}}}"#).0, r#"{"a":{"b":{"c":"{\"d\":\"\\ud83d\"}"}}}"#);
}

#[test]
fn names_are_composed() {
    assert_eq!(name("e\u{301}cole"), name("école"));
    assert_eq!(name("E\u{301}cole"), name("École"));
    assert_eq!(name("\u{1112}\u{1161}\u{11ab}").unwrap(), "한");
    assert_eq!(name("\u{212a}elvin").unwrap(), "kelvin");
    assert_eq!(name("Ά\u{345}").unwrap(), "ᾴ");
}

#[test]
fn names_in_greek_end_in_the_final_sigma() {
    assert_eq!(name("ΟΔΟΣ").unwrap(), "οδος");
    assert_eq!(name("ΟΔΟΣ ΣΑΣ").unwrap(), "οδος_σας");
    assert_eq!(name("Σ").unwrap(), "σ");
}

#[test]
fn names_with_letters_whose_case_is_odd() {
    // The dot above is a mark, neither letter nor digit.
    assert_eq!(name("İstanbul").unwrap(), "i_stanbul");
    assert_eq!(name("straßeNr").unwrap(), "straße_nr");
    assert_eq!(name("GROẞ").unwrap(), "groß");
    assert_eq!(name("ısı").unwrap(), "ısı");
    assert_eq!(name("𝐀𝐀B").unwrap(), "𝐀𝐀b");
    assert_eq!(name("a𝐀B").unwrap(), "a𝐀b");
}

#[test]
fn names_of_emoji_alone_are_empty() {
    assert_eq!(name("😀"), Err(NameError::Empty));
    assert_eq!(name("👩‍👩‍👧"), Err(NameError::Empty));
    assert_eq!(name("🎉 launch 🎉").unwrap(), "launch");
}

#[test]
fn names_end_at_255_bytes() {
    assert_eq!(name(&"a".repeat(255)).unwrap().len(), 255);
    assert_eq!(name(&"a".repeat(256)), Err(NameError::TooLong));
    assert_eq!(name(&"é".repeat(127)).unwrap().len(), 254);
    assert_eq!(name(&"é".repeat(128)), Err(NameError::TooLong));
    // The limit is that of the normalized name.
    assert_eq!(name(&format!("{}a", "_".repeat(1_000))).unwrap(), "a");
    assert_eq!(name(&format!("a{}", "!".repeat(1_000))).unwrap(), "a");
    assert_eq!(name(&"aB".repeat(85)).unwrap().len(), 255);
    assert_eq!(name(&"aB".repeat(86)), Err(NameError::TooLong));
}

#[test]
fn names_that_are_dropped_are_named_in_a_warning() {
    let long = "é".repeat(128);
    let sent = format!(r#"{{"!!!": 1, "{long}": 2, "h": {{"?": 3}}}}"#);
    let mut warnings = Vec::new();
    let kept = properties(&sent, now(), &mut warnings).unwrap();
    assert_eq!(kept, BTreeMap::from([("h".to_owned(), Value::Hash(BTreeMap::new()))]));
    let warnings: Vec<_> = warnings.iter().map(|warning| (warning.prop.as_str(), warning.message.as_str())).collect();
    let shown = format!("{}…", "é".repeat(32));
    assert_eq!(
        warnings,
        [
            ("!!!", "dropped: the name has no letter or digit"),
            (shown.as_str(), "dropped: the name is longer than 255 bytes"),
            ("h.?", "dropped: the name has no letter or digit"),
        ]
    );
}

#[test]
fn of_names_that_become_the_same_the_last_wins_with_one_warning() {
    let mut warnings = Vec::new();
    let kept = properties(r#"{"userRole":1,"user_role":2,"b":0,"User Role":null,"USER-role":"3"}"#, now(), &mut warnings).unwrap();
    assert_eq!(serde_json::to_string(&kept).unwrap(), r#"{"b":0,"user_role":3}"#);
    assert_eq!(warnings, [Warning::repeated("user_role")]);
}

#[test]
fn days_from_now() {
    becomes("+0d", "2029-01-01T00:00:00.000Z");
    becomes("+59d", "2029-03-01T00:00:00.000Z");
    becomes("+99999d", "2302-10-17T00:00:00.000Z");
    stays("+100000d");
    stays("+d");
    stays("+1.5d");
    stays("+-1d");
    stays("++1d");
    stays("+1 d");
    stays("+\u{661}d");
}

#[test]
fn days_beyond_the_year_9999_stay_a_string() {
    let late = Timestamp::parse_canonical("9999-12-30T12:00:00.000Z").unwrap();
    let mut warnings = Vec::new();
    assert_eq!(text("t", "+1d", late, &mut warnings), Value::String("9999-12-31T12:00:00.000Z".to_owned()));
    assert_eq!(text("t", "+2d", late, &mut warnings), Value::String("+2d".to_owned()));
    assert_eq!(late.plus_days(u32::MAX), None);
}

#[test]
fn far_years() {
    becomes("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z");
    becomes("0000-02-29", "0000-02-29T00:00:00.000Z");
    becomes("9999-12-31", "9999-12-31T00:00:00.000Z");
    becomes("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999Z");
    becomes("9999-12-31T23:59:59+14:00", "9999-12-31T09:59:59.000Z");
    becomes("0000-01-01T00:00:00-00:01", "0000-01-01T00:01:00.000Z");
    stays("0000-01-01T00:00:00+00:01");
    stays("9999-12-31T23:59:59-00:01");
    stays("10000-01-01");
    stays("-0001-01-01");
    stays("+02029-08-21");
    stays("Sat, 1 Jan 10000 00:00:00 GMT");
    becomes("Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59.000Z");
    stays("Fri, 31 Dec 9999 23:59:59 -0100");
}

#[test]
fn timestamps_outside_of_the_years_0000_to_9999_do_not_exist() {
    for (millis, expected) in [
        (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
    ] {
        let time = Timestamp::from_unix_millis(millis).unwrap();
        assert_eq!(time.to_string(), expected);
        assert_eq!(serde_json::to_string(&time).unwrap(), format!("\"{expected}\""));
        assert_eq!(Timestamp::parse_canonical(expected), Some(time));
        assert_eq!(time.unix_millis(), millis);
        assert_eq!(time.unix_seconds(), millis.div_euclid(1_000));
    }
    for millis in [-62_167_219_200_001, 253_402_300_800_000, i64::MIN, i64::MAX] {
        assert_eq!(Timestamp::from_unix_millis(millis), None);
    }
}

#[test]
fn one_spelling_is_canonical() {
    for text in [
        "2029-08-21T02:46:46Z",
        "2029-08-21T02:46:46.00Z",
        "2029-08-21T02:46:46.0000Z",
        "2029-08-21t02:46:46.000Z",
        "2029-08-21T02:46:46.000z",
        "2029-08-21 02:46:46.000Z",
        "2029-08-21T02:46:46.000",
        " 2029-08-21T02:46:46.000Z",
        "2029-02-30T02:46:46.000Z",
        "2029-08-21T24:00:00.000Z",
        "2029-08-21T02:46:60.000Z",
        "2029-08-21T02:46:46+00:00",
        "2029-08-21T02:46:46,000Z",
        "2029-08-21",
        "",
        "é029-08-21T02:46:46.000Z",
        "2029-08-21T02:46:46.0 0Z",
    ] {
        assert_eq!(Timestamp::parse_canonical(text), None, "{text:?}");
    }
}

#[test]
fn dates_of_rfc_2822() {
    let expected = "2029-08-21T02:46:46.000Z";
    for sent in [
        "Tue, 21 Aug 2029 02:46:46 +0000",
        "Tue, 21 Aug 2029 02:46:46 -0000",
        "Tue, 21 Aug 2029 02:46:46 GMT",
        "tue, 21 aug 2029 02:46:46 gmt",
        "Tue,21 Aug 2029 02:46:46 UT",
        "21 Aug 2029 02:46:46 +0000",
        "Tue,  21\tAug 2029 02:46:46   +0000",
        "Mon, 20 Aug 2029 22:46:46 -0400",
        "Mon, 20 Aug 2029 22:46:46 EDT",
        "Mon, 20 Aug 2029 18:46:46 PST",
        " Tue, 21 Aug 2029 08:16:46 +0530 ",
    ] {
        becomes(sent, expected);
    }
    becomes("Wed, 1 Aug 2029 02:46 GMT", "2029-08-01T02:46:00.000Z");
    becomes("Wed, 01 Aug 2029 02:46 GMT", "2029-08-01T02:46:00.000Z");
    becomes("29 Feb 2028 00:00:00 GMT", "2028-02-29T00:00:00.000Z");
    for sent in [
        "Mon, 21 Aug 2029 02:46:46 GMT",
        "Tue, 21 Aug 29 02:46:46 GMT",
        "Tue, 21 August 2029 02:46:46 GMT",
        "Tuesday, 21 Aug 2029 02:46:46 GMT",
        "Tue 21 Aug 2029 02:46:46 GMT",
        "Tue, 21 Aug 2029 02:46:46",
        "Tue, 21 Aug 2029 02:46:46 +00:00",
        "Tue, 21 Aug 2029 2:46:46 GMT",
        "Tue, 21 Aug 2029 02:46:60 GMT",
        "Tue, 21 Aug 2029 24:00:00 GMT",
        "29 Feb 2029 00:00:00 GMT",
        "31 Apr 2029 00:00:00 GMT",
        "0 Aug 2029 00:00:00 GMT",
        "Tue, 21 Aug 2029 02:46:46 CET",
        "Tue, 21 Aug 2029 02:46:46 Z",
        "Tue, 21 Aug 2029 02:46:46 +2400",
        "Tue, 21 Aug 2029 02:46:46 GMT (noon)",
        "Tue, 21 Aug 2029 02:46:46.000 GMT",
        "Abc, 21 Aug 2029 02:46:46 GMT",
        "Tue, 21 Abc 2029 02:46:46 GMT",
        "Tue, ",
        "1 x",
        "10 Downing Street",
        "Tue,\u{a0}21 Aug 2029 02:46:46 GMT",
    ] {
        stays(sent);
    }
}

#[test]
fn offsets() {
    let expected = "2029-08-21T02:46:46.000Z";
    for sent in [
        "2029-08-21T02:46:46+00:00",
        "2029-08-21T02:46:46+00:00 ",
        "2029-08-21T02:46:46-00:00",
        "2029-08-21T02:46:46+0000",
        "2029-08-21T02:46:46Z",
        "2029-08-21T02:46:46z",
        "2029-08-21t02:46:46Z",
        "2029-08-21t02:46:46",
        "2029-08-21 02:46:46",
        "2029-08-21 02:46:46 UTC",
        "2029-08-21T02:46:46 UTC",
        "2029-08-21 02:46:46 +0000",
        "2029-08-22T02:45:46+23:59",
        "2029-08-20T02:47:46-23:59",
        "2029-08-21T08:31:46+05:45",
    ] {
        becomes(sent, expected);
    }
    for sent in [
        "2029-08-21T02:46:46+24:00",
        "2029-08-21T02:46:46+00:60",
        "2029-08-21T02:46:46+00",
        "2029-08-21T02:46:46+0:00",
        "2029-08-21T02:46:46+00:000",
        "2029-08-21T02:46:46 Z",
        "2029-08-21T02:46:46UTC",
        "2029-08-21T02:46:46 utc",
        "2029-08-21T02:46:46  UTC",
        "2029-08-21T02:46:46 GMT",
        "2029-08-21T02:46:46 CET",
        "2029-08-21T02:46:46Z ago",
        "2029-08-21  02:46:46",
        "2029-08-21_02:46:46",
        "2029-08-21T02:46",
        "2029-08-21T02",
        "2029-08-21T",
        "2029-08-21Z",
        "2029-08-21T02:46:46\u{2212}00:00",
        "2029-08-21T02:46:46Z[UTC]",
        "2029-W34-2",
        "2029-233",
    ] {
        stays(sent);
    }
}

#[test]
fn fractions_of_a_second_are_cut_after_the_milliseconds() {
    becomes("2029-08-21T02:46:46.1Z", "2029-08-21T02:46:46.100Z");
    becomes("2029-08-21T02:46:46.12Z", "2029-08-21T02:46:46.120Z");
    becomes("2029-08-21T02:46:46.1239Z", "2029-08-21T02:46:46.123Z");
    becomes("2029-12-31T23:59:59.9999999999Z", "2029-12-31T23:59:59.999Z");
    becomes("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z");
    becomes(&format!("2029-08-21T02:46:46.{}Z", "9".repeat(700)), "2029-08-21T02:46:46.999Z");
    stays("2029-08-21T02:46:46.");
    stays("2029-08-21T02:46:46.Z");
    stays("2029-08-21T02:46:46,123Z");
}

#[test]
fn dates_and_times_that_do_not_exist_stay_strings() {
    for sent in [
        "2029-02-29",
        "2100-02-29",
        "1900-02-29",
        "2029-04-31",
        "2029-00-10",
        "2029-13-10",
        "2029-10-00",
        "2029-10-32",
        "2029-10-10T24:00:00Z",
        "2029-10-10T23:60:00Z",
        "2029-06-30T23:59:60Z",
        "2016-12-31T23:59:60Z",
        "2029-10-10T23:59:61Z",
        "2029-06-30 23:59:60",
    ] {
        stays(sent);
    }
    becomes("2000-02-29", "2000-02-29T00:00:00.000Z");
}

#[test]
fn unix_seconds_begin_and_end() {
    for (sent, expected) in [
        ("999999999", "999999999"),
        ("1000000000", "\"2001-09-09T01:46:40.000Z\""),
        ("4102444799", "\"2099-12-31T23:59:59.000Z\""),
        ("4102444800", "4102444800"),
    ] {
        assert_eq!(stored("t", sent).0, expected);
        assert_eq!(stored("t", &format!("\"{sent}\"")).0, expected);
        assert_eq!(stored("t", &format!("{sent}.0")).0, expected);
        assert_eq!(stored("t", &format!("\"{sent}.0\"")).0, expected);
    }
}

#[test]
fn names_of_integers_overrule_the_guess_at_unix_seconds() {
    for word in ["id", "uid", "phone", "number", "count", "code", "zip"] {
        for name in [word.to_owned(), format!("visit_{word}"), format!("a_b_{word}")] {
            assert_eq!(stored(&name, "1881974806").0, "1881974806", "{name}");
            assert_eq!(stored(&name, "\"1881974806\"").0, "1881974806", "{name}");
            assert_eq!(stored(&name, "[1881974806]").0, "[1881974806]", "{name}");
        }
        for name in [format!("dis{word}"), format!("{word}_at"), format!("{word}s"), format!("{word}2")] {
            assert_eq!(stored(&name, "1881974806").0, "\"2029-08-21T02:46:46.000Z\"", "{name}");
        }
    }
    // The hash's own name says nothing about what is in it.
    assert_eq!(stored("id", r#"{"at":1881974806}"#).0, r#"{"at":"2029-08-21T02:46:46.000Z"}"#);
    assert_eq!(stored("h", r#"{"orderId":1881974806}"#).0, r#"{"order_id":1881974806}"#);
}

#[test]
fn hashes_go_three_levels_deep() {
    let sent = r#"{"a":{"b":{"c":{"d":1},"e":[{"f":1}],"g":{}}}}"#;
    let (value, warnings) = stored("traits", sent);
    assert_eq!(value, r#"{"a":{"b":{"c":"{\"d\":1}","e":[],"g":"{}"}}}"#);
    let deep = "hashes go 3 levels deep: stored as JSON text";
    assert_eq!(
        warnings,
        [
            format!("traits.a.b.c: {deep}"),
            "traits.a.b.e: an array holds no hashes or arrays: 1 dropped".to_owned(),
            format!("traits.a.b.g: {deep}"),
        ]
    );
}

#[test]
fn hashes_kept_as_text_lose_their_blanks_and_end_at_768_bytes() {
    let wrap = |inner: &str| format!(r#"{{"a":{{"b":{{"c":{inner}}}}}}}"#);
    let inner = |stored: &str| {
        let value: serde_json::Value = serde_json::from_str(stored).unwrap();
        value["a"]["b"]["c"].as_str().unwrap().to_owned()
    };
    let (value, _) = stored("h", &wrap("{ \"a b\" : \" \\\" \\\\\" ,\n\t\"c\" : [ 1 , 2 ] }"));
    assert_eq!(inner(&value), r#"{"a b":" \" \\","c":[1,2]}"#);

    // 768 bytes exactly, then one more.
    let fits = format!("{{ \"a\": \"{}\" }}", "x".repeat(760));
    let (value, warnings) = stored("h", &wrap(&fits));
    assert_eq!(inner(&value).len(), 768);
    assert_eq!(warnings, ["h.a.b.c: hashes go 3 levels deep: stored as JSON text"]);
    let (value, warnings) = stored("h", &wrap(&fits.replace("x\"", "xx\"")));
    assert_eq!(inner(&value).len(), 768);
    assert_eq!(warnings, ["h.a.b.c: hashes go 3 levels deep: stored as JSON text, cut to 768 bytes"]);
    let (value, _) = stored("h", &wrap(&format!("{{\"a\":\"{}\"}}", "名".repeat(760))));
    assert_eq!(inner(&value).len(), 768);
    let (value, _) = stored("h", &wrap(&format!("{{\"ab\":\"{}\"}}", "名".repeat(760))));
    assert_eq!(inner(&value).len(), 766);
}

#[test]
fn nesting_of_10_000_levels_needs_no_stack() {
    let deep = 10_000;
    let arrays = format!("{}{}", "[".repeat(deep), "]".repeat(deep));
    assert_eq!(stored("a", &arrays).0, "[]");
    let hashes = format!("{}1{}", r#"{"a":"#.repeat(deep), "}".repeat(deep));
    let (value, warnings) = stored("h", &hashes);
    assert!(value.starts_with(r#"{"a":{"a":{"a":"{\"a\":{\"a\":"#));
    assert_eq!(warnings, ["h.a.a.a: hashes go 3 levels deep: stored as JSON text, cut to 768 bytes"]);
    let mut warnings = Vec::new();
    assert_eq!(properties(&hashes, now(), &mut warnings).unwrap().len(), 1);
    assert_eq!(entries(&format!(r#"{{"a":{arrays},"b":{hashes}}}"#)).unwrap().len(), 2);
}

#[test]
fn items_of_arrays_are_cut_with_one_warning_for_the_array() {
    let long = "x".repeat(769);
    let (value, warnings) = stored("a", &format!(r#"["{long}", "{long}", "short"]"#));
    let kept = "x".repeat(768);
    assert_eq!(value, format!(r#"["{kept}","{kept}","short"]"#));
    assert_eq!(warnings, ["a: 2 items cut to 768 bytes"]);
    let (_, warnings) = stored("h", &format!(r#"{{"Inner List":["{long}"],"s":"{long}"}}"#));
    assert_eq!(warnings, ["h.inner_list: 1 items cut to 768 bytes", "h.s: cut to 768 bytes"]);
}

#[test]
fn numbers_kept_as_text_are_cut_like_strings() {
    let (value, warnings) = stored("n", &"7".repeat(800));
    assert_eq!(value, format!("\"{}\"", "7".repeat(768)));
    assert_eq!(warnings, ["n: cut to 768 bytes"]);
}

#[test]
fn entries_keep_order_repetitions_and_spelling() {
    let object = "{ \"b\" : 1.50 , \"a\\u0301\":{ \"x\" : 1 }, \"b\":[ ] }";
    let found = entries(object).unwrap();
    let found: Vec<_> = found.iter().map(|(name, raw)| (name.as_ref(), raw.get())).collect();
    assert_eq!(found, [("b", "1.50"), ("a\u{301}", "{ \"x\" : 1 }"), ("b", "[ ]")]);
    assert!(entries(" {} ").unwrap().is_empty());
}

#[test]
fn entries_refuse_what_is_no_object_without_repeating_it() {
    for sent in [
        "",
        " ",
        "null",
        "[]",
        "\"secret\"",
        "77",
        "{",
        "{\"a\"}",
        "{\"a\":1,}",
        "{\"a\":1} x",
        "{'a':1}",
        "{\"a\":secret}",
        "{\"a\":01}",
        "{\"a\":\"\n\"}",
    ] {
        let error = entries(sent).unwrap_err().to_string();
        assert!(!error.contains("secret") && !error.contains("77"), "{error}");
    }
}

#[test]
fn warnings_are_objects_of_prop_and_message() {
    let mut warnings = Vec::new();
    text("s", &"x".repeat(769), now(), &mut warnings);
    assert_eq!(serde_json::to_string(&warnings).unwrap(), r#"[{"prop":"s","message":"cut to 768 bytes"}]"#);
}

#[test]
fn an_instant_before_what_can_be_written_is_the_beginning_of_1970() {
    let (second, now) = (std::time::Duration::from_secs(1), Timestamp::from_unix_millis(1_870_258_680_000).unwrap());
    assert_eq!(now.minus(second).to_string(), "2029-04-07T12:17:59.000Z");
    assert_eq!(Timestamp::UNIX_EPOCH.minus(second).to_string(), "1969-12-31T23:59:59.000Z");
    assert_eq!(now.minus(std::time::Duration::MAX), Timestamp::UNIX_EPOCH);
}
