//! What `prop` names: properties, what is in hashes, fields, and the company's.

use profiles_filters::{Field, Filter};

use crate::support::{Person, filters, person, read};

fn property(prop: &str) -> Filter {
    let json = serde_json::json!([{ "prop": prop, "op": "eq", "value": "5" }]).to_string();
    filters(&json).group.filters.remove(0)
}

fn path(prop: &str) -> Vec<String> {
    match property(prop) {
        Filter::Property(filter) | Filter::Company(_, filter) => match filter.field {
            Field::Path(names) => names,
            Field::DeliveryIds => vec![],
        },
        _ => panic!("{prop}"),
    }
}

#[test]
fn each_part_is_normalized_as_names_are() {
    assert_eq!(path("userRole"), ["user_role"]);
    assert_eq!(path("Traits.Current Plan"), ["traits", "current_plan"]);
    assert_eq!(path(" a . B . c-D . Ünder"), ["a", "b", "c_d", "ünder"]);
    assert_eq!(path("ID"), ["id"]);
    assert_eq!(path("delivery_ids.x"), ["delivery_ids", "x"]);
    assert_eq!(path("deliveryIds"), Vec::<String>::new());
}

#[test]
fn the_first_part_may_be_the_company() {
    for (prop, names) in [
        ("company.name", vec!["name"]),
        ("Company.Name", vec!["name"]),
        ("company.a.b.c.d", vec!["a", "b", "c", "d"]),
        ("company.company.name", vec!["company", "name"]),
        ("company.delivery_ids", vec!["delivery_ids"]),
    ] {
        assert!(matches!(property(prop), Filter::Company(0, _)), "{prop}");
        assert_eq!(path(prop), names);
    }
    for prop in ["company_id", "company_name", "companies.name", "the.company.name"] {
        assert!(matches!(property(prop), Filter::Property(_)), "{prop}");
    }
}

#[test]
fn filters_of_companies_and_activities_are_numbered_in_their_order() {
    let tree = filters(
        r#"[{"prop":"company.a","op":"ex"},{"kind":"event","prop":"e"},{"prop":"x","op":"ex"},
            {"kind":"group","filters":[{"kind":"tour","value":"T"},{"prop":"company.b","op":"nx"}]},{"prop":"company.c","op":"ex"}]"#,
    );
    assert_eq!((tree.companies, tree.activities), (3, 2));
    let [Filter::Company(0, _), Filter::Activity(0, _), Filter::Property(_), Filter::Group(group), Filter::Company(2, _)] =
        tree.group.filters.as_slice()
    else {
        panic!()
    };
    assert!(matches!(group.filters.as_slice(), [Filter::Activity(1, _), Filter::Company(1, _)]));
}

fn fits(prop: &str, op: &str, record: &Person) -> bool {
    filters(&serde_json::json!([{ "prop": prop, "op": op, "value": "5" }]).to_string()).fit(record)
}

#[test]
fn only_hashes_have_something_inside() {
    let record = person(
        r#"{"traits":{"plan":5,"none":null,"deep":{"er":{"est":5}},"list":[5]},"text":"plan","list":[{"plan":5}],"null":null,
            "traits_plan":6,"number":5}"#,
    );
    for there in ["traits.plan", "traits.none", "traits.deep.er.est", "traits.deep", "traits"] {
        assert!(fits(there, "ex", &record) && !fits(there, "nx", &record), "{there}");
    }
    for absent in [
        "traits.other",
        "traits.plan.x",
        "traits.none.x",
        "text.plan",
        "list.plan",
        "list.0",
        "list.0.plan",
        "null.x",
        "number.x",
        "other.plan",
        "plan",
        "traits.deep.plan",
    ] {
        assert!(!fits(absent, "ex", &record) && fits(absent, "nx", &record), "{absent}");
        assert!(!fits(absent, "eq", &record) && fits(absent, "ne", &record), "{absent}");
        assert!(fits(absent, "nin", &record) && fits(absent, "nin-v", &record) && fits(absent, "nin-a", &record), "{absent}");
    }
    for equal in ["traits.plan", "traits.deep.er.est", "number"] {
        assert!(fits(equal, "eq", &record), "{equal}");
    }
    assert!(fits("traits.list", "in-a", &record));
}

#[test]
fn deliveries_are_an_array_of_texts_that_is_not_there_without_any() {
    let mut record = person("{}");
    assert!(!fits("delivery_ids", "ex", &record) && fits("delivery_ids", "nin-a", &record));
    record.delivery_ids = vec!["5".to_owned(), "6".to_owned()];
    assert!(fits("delivery_ids", "ex", &record) && fits("delivery_ids", "in-a", &record) && !fits("delivery_ids", "eq", &record));
    let all = filters(r#"[{"prop":"delivery_ids","op":"eq","value":["5",6]}]"#);
    assert!(all.fit(&record));
    record.delivery_ids.reverse();
    assert!(!all.fit(&record));
}

#[test]
fn without_a_company_nothing_of_it_is_there() {
    let mut record = person(r#"{"name":"5"}"#);
    assert!(!fits("company.name", "eq", &record) && fits("company.name", "ne", &record) && fits("company.name", "nx", &record));
    record.company = Some(Box::new(person(r#"{"name":5}"#)));
    assert!(fits("company.name", "eq", &record) && !fits("company.name", "ne", &record) && fits("company.name", "ex", &record));
}

#[test]
fn members_that_mean_nothing_are_ignored_and_of_the_same_the_last_counts() {
    let tree = read(
        r#"[{"id":"5f3c4232c712de665632a6d8","name":["x"],"KIND":5,"kind":"segment","kind":null,"prop":"a","op":"like","prop":"b",
             "op":"eq","value":[],"value":"5","filters":null,"mod":null}]"#,
    )
    .unwrap();
    assert!(tree.fit(&person(r#"{"b":5}"#)) && !tree.fit(&person(r#"{"a":5}"#)));
    // A key may have escapes.
    assert!(filters(r#"[{"\u0070rop":"b","op":"eq","value":5}]"#).fit(&person(r#"{"b":5}"#)));
}
