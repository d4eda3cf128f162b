//! Filters that are refused, each with the path of what is wrong and what would do.

use profiles_domain::Error;
use profiles_filters::{Field, Filter, Filters, GroupOp, PropertyFilter, filters_op};

use crate::support::{now, refusal};

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
fn companies_have_filters_of_their_properties_only() {
    let read = |filters: &serde_json::Value| Filters::parse_of_companies(&filters.to_string(), GroupOp::And, now());
    let cases: Vec<serde_json::Value> =
        include_str!("../refusals_of_companies.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(cases.len() >= 20);
    for case in cases {
        let (path, must) = (case.get("path").unwrap().as_str().unwrap(), case.get("must").unwrap().as_str().unwrap());
        match read(case.get("filters").unwrap()) {
            Err(Error::InvalidField { field, expected }) => {
                assert!(field == path && expected.contains(must), "{case}: {field}, {expected}")
            }
            Err(error) => panic!("{case}: {error}"),
            Ok(_) => panic!("accepted: {case}"),
        }
    }
}

#[test]
fn fields_of_profiles_are_properties_of_companies() {
    let read = |prop: &str, value: serde_json::Value| {
        let filters = serde_json::json!([{"prop": prop, "op": "eq", "value": value}]);
        let read = Filters::parse_of_companies(&filters.to_string(), GroupOp::And, now()).unwrap();
        assert_eq!((read.companies, read.activities), (0, 0));
        let Some(Filter::Property(PropertyFilter { field: Field::Path(path), test })) = read.group.filters.first() else {
            panic!("{prop}")
        };
        let value = test.values().unwrap().first().unwrap();
        (path.join("."), serde_json::to_value(value).unwrap())
    };
    for (prop, sent, path, value) in [
        ("uid", serde_json::json!(123), "uid", serde_json::json!("123")),
        ("ID", serde_json::json!(123), "id", serde_json::json!("123")),
        // Not an address.
        ("email", serde_json::json!(" Office@Acme.co "), "email", serde_json::json!(" Office@Acme.co ")),
        ("delivery_ids", serde_json::json!(5), "delivery_ids", serde_json::json!(5)),
        ("Invited Users-Count", serde_json::json!("3"), "invited_users_count", serde_json::json!(3)),
        ("traits.companyId", serde_json::json!(7), "traits.company_id", serde_json::json!(7)),
    ] {
        assert_eq!(read(prop, sent), (path.to_owned(), value), "{prop}");
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
