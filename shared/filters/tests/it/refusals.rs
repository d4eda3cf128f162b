//! Filters that are refused, each with the path of what is wrong and what would do.

use profiles_filters::filters_op;

use crate::support::refusal;

#[test]
fn each_refusal_names_the_path_and_what_would_do() {
    let cases: Vec<serde_json::Value> = include_str!("../refusals.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(cases.len() > 60);
    for case in cases {
        let text = case.get("text").and_then(|text| text.as_str()).map(str::to_owned);
        let json = text.unwrap_or_else(|| case.get("filters").unwrap().to_string());
        let (path, expected) = refusal(&json);
        assert_eq!(path, case.get("path").unwrap().as_str().unwrap(), "{json}");
        let must = case.get("must").unwrap().as_str().unwrap();
        assert!(expected.contains(must), "{json}: {expected}, not {must}");
    }
}

#[test]
fn the_message_reads_well() {
    let of = |json: &str| crate::support::read(json).err().unwrap().to_string();
    assert_eq!(
        of(r#"[{},{},{"kind":"group","filters":[{"prop":"x","op":"like"}]}]"#.replace("{},", r#"{"prop":"x","op":"ex"},"#).as_str()),
        "`filters[2].filters[0].op` must be `ex`, `nx`, `eq`, `ne`, `gt`, `gte`, `lt`, `lte`, `gt-d`, `lt-d`, `in`, `nin`, `in-i`, `nin-i`, \
         `in-v`, `nin-v`, `in-a`, `nin-a` or `sw`"
    );
    assert_eq!(of(r#"[{"kind":"segment"}]"#), "`filters[0].kind` must be `property`, `group`, `event`, `tour` or `survey`");
    assert_eq!(
        of(r#"[{"kind":"tour","value":"T","mod":"gt"}]"#),
        "`filters[0].mod` must be left out, because a tour has `value`, `op`, `range`, `cond` and `int` only"
    );
}

#[test]
fn operators_of_groups_are_exact_words() {
    for word in ["", "AND", "xor", " and", "or,"] {
        assert_eq!(filters_op("filters_op", word).err().unwrap().to_string(), "`filters_op` must be `and` or `or`");
    }
}
