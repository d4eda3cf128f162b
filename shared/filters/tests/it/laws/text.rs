//! No text makes the reader panic, and what it refuses is refused with a path.

use profiles_domain::Error;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value as Json, json};

use super::generate::tree;
use crate::support::read;

const WORDS: [&str; 24] = [
    "property",
    "group",
    "event",
    "tour",
    "survey",
    "and",
    "or",
    "ex",
    "nx",
    "eq",
    "gt",
    "gt-d",
    "in",
    "in-i",
    "in-v",
    "in-a",
    "sw",
    "started",
    "company",
    "company.a",
    "delivery_ids",
    "email",
    "7",
    "a,b",
];

/// Something like filters, of which most are wrong.
fn like_filters() -> impl Strategy<Value = Json> {
    let names = prop_oneof![
        6 => select(&["kind", "prop", "op", "value", "filters", "filters_op", "mod", "range", "cond", "int"][..]).prop_map(str::to_owned),
        1 => "[01]|[a-z]{0,3}",
    ];
    let scalar = prop_oneof![
        6 => select(&WORDS[..]).prop_map(Json::from),
        1 => any::<String>().prop_map(Json::from),
        1 => any::<i64>().prop_map(Json::from),
        1 => any::<f64>().prop_map(|number| json!(number)),
        1 => any::<bool>().prop_map(Json::from),
        1 => Just(Json::Null),
    ];
    scalar.prop_recursive(7, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map(names.clone(), inner, 0..7).prop_map(|members| json!(members)),
        ]
    })
}

fn check(text: &str) -> Result<(), TestCaseError> {
    if let Err(error) = read(text) {
        let is_refused = matches!(&error, Error::InvalidField { field, .. } if field.starts_with("filters"));
        prop_assert!(is_refused, "{}: {}", text, error);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_text(text: String) {
        check(&text)?;
        check(&format!("[{text}]"))?;
        check(&format!(r#"[{{"prop":"x","op":"eq","value":{text}}}]"#))?;
    }

    #[test]
    fn any_json(filters in prop::collection::vec(like_filters(), 0..3)) {
        check(&json!(filters).to_string())?;
    }

    #[test]
    fn filters_with_a_piece_missing_or_replaced(tree in tree(), at in any::<prop::sample::Index>(), with in select(&["", "\"", "{", "]", "0", "\\", "null"][..])) {
        let text = tree.to_string();
        let letters: Vec<char> = text.chars().collect();
        let at = at.index(letters.len());
        check(&letters[..at].iter().collect::<String>())?;
        let replaced: String = letters[..at].iter().chain(&with.chars().collect::<Vec<_>>()).chain(&letters[at + 1..]).collect();
        check(&replaced)?;
    }
}
