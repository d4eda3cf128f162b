//! Limits, which are cheap to hold: nothing behind them is looked at.

use profiles_filters::Filter;

use crate::support::{filters, refusal};

const FILTER: &str = r#"{"prop":"x","op":"ex"}"#;
/// Nothing that could be read: who gets there says so.
const BROKEN: &str = r#"{"prop":"x","op":"ex","#;

fn list(filters: &[&str]) -> String {
    format!("[{}]", filters.join(","))
}

fn group(filters: &str) -> String {
    format!(r#"{{"kind":"group","filters":{filters}}}"#)
}

/// Groups in groups, with a filter in the innermost.
fn nested(groups: usize, innermost: &str) -> String {
    (0..groups).fold(innermost.to_owned(), |inner, _| group(&list(&[&inner])))
}

#[test]
fn a_search_has_at_most_100_filters() {
    assert_eq!(filters(&list(&[FILTER; 100])).group.filters.len(), 100);
    for more in [FILTER, "5", BROKEN] {
        let mut hundred = vec![FILTER; 101];
        hundred.push(more);
        let (path, expected) = refusal(&list(&hundred));
        assert_eq!(path, "filters[100]");
        assert!(expected.contains("at most 100 filters"));
    }
}

#[test]
fn groups_and_what_is_in_them_count() {
    let in_group = group(&list(&[FILTER; 98]));
    filters(&list(&[&in_group, FILTER]));
    assert_eq!(refusal(&list(&[&in_group, FILTER, FILTER])).0, "filters[2]");
    let in_group = group(&list(&[FILTER; 99]));
    filters(&list(&[&in_group]));
    let in_group = group(&list(&[FILTER; 100]));
    assert_eq!(refusal(&list(&[&in_group])).0, "filters[0].filters[99]");
    // Empty groups, too.
    assert_eq!(refusal(&list(&[group("[]").as_str(); 101])).0, "filters[100]");
}

#[test]
fn a_megabyte_of_filters_is_not_read_to_its_end() {
    let mut text = list(&[FILTER; 101]);
    text.pop();
    for _ in 0..1_000_000 / FILTER.len() {
        text.push(',');
        text.push_str(FILTER);
    }
    text.push_str(BROKEN);
    assert_eq!(refusal(&text).0, "filters[100]");
}

#[test]
fn filters_go_5_levels_deep() {
    let deepest = filters(&list(&[&nested(4, FILTER)]));
    let mut group = &deepest.group;
    let mut levels = 1;
    while let [Filter::Group(inner)] = group.filters.as_slice() {
        group = inner;
        levels += 1;
    }
    assert_eq!(levels, 5);
    // An empty group on the fifth level has nothing on the sixth.
    filters(&list(&[&nested(4, &self::group("[]"))]));
    let sixth = "filters[0].filters[0].filters[0].filters[0].filters[0].filters[0]";
    for depth in [5, 6, 7, 100, 2_000] {
        let (path, expected) = refusal(&list(&[&nested(depth, FILTER)]));
        assert_eq!(path, sixth, "{depth}");
        assert!(expected.contains("5 levels deep"));
        // What is at the bottom is not looked at.
        assert_eq!(refusal(&list(&[&nested(depth, "5")])).0, sixth);
    }
}

#[test]
fn a_list_has_at_most_500_values() {
    let with = |value: &str| format!(r#"[{{"prop":"x","op":"in-v","value":{value}}}]"#);
    for (value, more) in [
        (list(&["7"; 500]), list(&["7"; 501])),
        (list(&["null"; 500]), list(&["null"; 501])),
        // A wrong one behind the limit is not looked at.
        (list(&["\"a\""; 500]), list(&[["1"; 500].as_slice(), &["1", "[]"]].concat())),
    ] {
        filters(&with(&value));
        let (path, expected) = refusal(&with(&more));
        assert_eq!(path, "filters[0].value[500]");
        assert!(expected.contains("500 values"));
    }
    let text = |count: usize| format!("\"{}\"", "a, ,".repeat(count));
    filters(&with(&text(500)));
    assert_eq!(refusal(&with(&text(501))), ("filters[0].value".to_owned(), "a list of at most 500 values"));
    for op in ["eq", "ne"] {
        let with = |value: &str| format!(r#"[{{"prop":"x","op":"{op}","value":{value}}}]"#);
        filters(&with(&list(&["7"; 500])));
        assert_eq!(refusal(&with(&list(&["7"; 501]))).0, "filters[0].value[500]");
        let hash = |count: usize| format!("{{{}}}", (0..count).map(|name| format!("\"a{name}\":1")).collect::<Vec<_>>().join(","));
        filters(&with(&hash(500)));
        assert_eq!(refusal(&with(&hash(501))).0, "filters[0].value");
    }
}

#[test]
fn a_value_has_at_most_768_bytes() {
    let with = |prop: &str, op: &str, value: &str| format!(r#"[{{"prop":"{prop}","op":"{op}","value":{value}}}]"#);
    for prop in ["x", "uid", "email", "company.x", "delivery_ids"] {
        for op in ["eq", "gt", "in", "in-i", "sw", "in-v", "in-a"] {
            for (unit, most) in [("a", 768), ("é", 384), ("\\u00e9", 384), ("😀", 192)] {
                let text = |count: usize| format!("\"{}\"", unit.repeat(count));
                filters(&with(prop, op, &text(most)));
                assert_eq!(refusal(&with(prop, op, &text(most + 1))), ("filters[0].value".to_owned(), "a value of at most 768 bytes"));
            }
            assert_eq!(refusal(&with(prop, op, &"9".repeat(769))).0, "filters[0].value");
        }
        let long = format!("\"{}\"", "a".repeat(769));
        for op in ["eq", "in-v"] {
            assert_eq!(refusal(&with(prop, op, &list(&["1", &long]))).0, "filters[0].value[1]", "{prop} {op}");
        }
        for deep in [format!(r#"{{"a":{long}}}"#), format!(r#"{{"a":{{"b":{{"c":{{"d":{long}}}}}}}}}"#), format!(r#"{{"a":[{long}]}}"#)] {
            assert!(refusal(&with(prop, "eq", &deep)).0.starts_with("filters[0].value"), "{prop}");
        }
    }
    // A fourth hash is stored as one text.
    let half = format!("\"{}\"", "a".repeat(400));
    let hash = |levels: usize| (0..levels).fold(format!("[{half},{half}]"), |inner, _| format!(r#"{{"a":{inner},"b":{inner}}}"#));
    filters(&with("x", "eq", &hash(3)));
    assert_eq!(refusal(&with("x", "eq", &hash(4))).0, "filters[0].value");
    // The parts of a text are values of their own.
    filters(&with("x", "in-v", &format!("\"{0},{0}\"", "a".repeat(768))));
    assert_eq!(refusal(&with("x", "in-v", &format!("\"a,{}\"", "a".repeat(769)))).0, "filters[0].value");
    assert_eq!(refusal(&with("email", "in", &format!("\"{}\"", "İ".repeat(384)))).0, "filters[0].value");
}
