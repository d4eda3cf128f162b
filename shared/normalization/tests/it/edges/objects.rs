//! Hashes, arrays, strings, and the JSON around them.

use super::*;

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
