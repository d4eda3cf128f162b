//! Each test alone, of each kind of value.

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_filters::{Comparison, Field, Filter, PropertyFilter, Test, Window};
use profiles_normalization::{Timestamp, Value};

use super::table::{Outcome, Profiles, company_id, company_set, filters};
use super::values::{TIME, all, hash, number, text};
use crate::dynamo::value::to_attribute;
use crate::schema::attributes::{COMPANY_ID, DELIVERY_IDS};
use crate::search::known::Sets;

const COMPARISONS: [Comparison; 4] = [Comparison::Greater, Comparison::GreaterOrEqual, Comparison::Less, Comparison::LessOrEqual];

/// A profile for each value, which it has in several places, and one that has none.
async fn profiles() -> Profiles {
    let as_sent = ["1E2", "100.0", "1E+2", "0.10"].map(|number| AttributeValue::N(number.to_owned()));
    let values = all().into_iter().map(to_attribute).chain(as_sent);
    let having = values.map(|value| {
        let inside = AttributeValue::M([("size".to_owned(), value.clone())].into());
        let inside = AttributeValue::M([("size".to_owned(), value.clone()), ("in".to_owned(), inside)].into());
        vec![("size".to_owned(), value), ("in".to_owned(), inside)]
    });
    Profiles::new(having.chain([Vec::new()])).await
}

fn path(names: &[&str]) -> Field {
    Field::Path(names.iter().map(|name| (*name).to_owned()).collect())
}

fn property(field: Field, test: Test) -> Filter {
    Filter::Property(PropertyFilter { field, test })
}

/// The tests that compare with a value, and the same negated.
fn tests(value: &Value) -> Vec<Test> {
    let mut tests: Vec<_> = COMPARISONS.into_iter().map(|comparison| Test::Compare(comparison, value.clone())).collect();
    for negated in [false, true] {
        tests.push(Test::Exists { negated });
        tests.push(Test::Equal { value: value.clone(), negated });
        tests.push(Test::Has { value: value.clone(), negated });
        tests.push(Test::OneOf { values: vec![value.clone(), text("abc"), value.clone()], negated });
        if let Value::String(text) = value {
            tests.push(Test::Contains { text: text.clone(), any_case: false, negated });
            tests.push(Test::Contains { text: text.to_lowercase(), any_case: true, negated });
        }
    }
    if let Value::String(text) = value {
        tests.push(Test::StartsWith(text.clone()));
        if let Some(time) = Timestamp::parse_canonical(text) {
            tests.extend([Test::Age(Window::After(time)), Test::Age(Window::Before(time))]);
        }
    }
    tests
}

#[tokio::test]
async fn each_test_of_each_value_lets_through_who_fits() {
    let profiles = profiles().await;
    for value in all() {
        for test in tests(&value) {
            for names in [&["size"][..], &["in", "size"]] {
                let outcome = profiles.ask(&filters(vec![property(path(names), test.clone())]), &Sets::default()).await;
                outcome.check();
            }
        }
    }
}

async fn ask(profiles: &Profiles, field: Field, test: Test) -> Outcome {
    let outcome = profiles.ask(&filters(vec![property(field, test)]), &Sets::default()).await;
    outcome.check();
    outcome
}

#[tokio::test]
async fn most_tests_are_exact() {
    let profiles = profiles().await;
    let size = || path(&["size"]);
    for negated in [false, true] {
        let contains = |text: &str, any_case| Test::Contains { text: text.to_owned(), any_case, negated };
        let exact = [
            Test::Exists { negated },
            contains("abc", false),
            contains("", false),
            contains("", true),
            Test::OneOf { values: Vec::new(), negated },
            Test::OneOf { values: all(), negated },
            Test::Has { value: number("100"), negated },
            Test::Has { value: text(""), negated },
            Test::StartsWith("ab".into()),
            Test::StartsWith(String::new()),
        ];
        let equal = all().into_iter().map(|value| Test::Equal { value, negated });
        let compared = COMPARISONS.map(|comparison| Test::Compare(comparison, number("100")));
        for test in exact.into_iter().chain(equal).chain(compared) {
            assert!(ask(&profiles, size(), test).await.expression.is_exact);
        }
        for test in [contains("abc", true), Test::Has { value: Value::Null, negated }] {
            let outcome = ask(&profiles, size(), test).await;
            assert!(!outcome.expression.is_exact);
            assert_eq!(outcome.expression.needed, ["id", "size"]);
            assert_eq!(outcome.let_through.len() < profiles.len(), !negated, "DynamoDB knows the type");
        }
    }
}

fn age(comparison: Comparison) -> Test {
    let time = Timestamp::parse_canonical(TIME).unwrap();
    let is_after = matches!(comparison, Comparison::Greater | Comparison::GreaterOrEqual);
    Test::Age(if is_after { Window::After(time) } else { Window::Before(time) })
}

#[tokio::test]
async fn times_are_compared_exactly_where_nothing_else_is() {
    let times = [Value::Null, text(TIME), text("1999-12-31T23:59:59.999Z"), text("2029-04-07T12:18:00.001Z")];
    let profiles = Profiles::new(times.into_iter().map(|time| vec![("last_seen_at".to_owned(), to_attribute(time))])).await;
    for comparison in COMPARISONS {
        let compare = |value: &str| Test::Compare(comparison, text(value));
        for name in ["last_seen_at", "created_at", "updated_at", "last_cleared_at"] {
            assert!(ask(&profiles, path(&[name]), compare(TIME)).await.expression.is_exact, "{name}");
            assert!(ask(&profiles, path(&[name]), age(comparison)).await.expression.is_exact, "{name}");
        }
        for names in [&["seen_at"][..], &["in", "last_seen_at"]] {
            assert!(!ask(&profiles, path(names), age(comparison)).await.expression.is_exact, "{names:?}");
            assert!(!ask(&profiles, path(names), compare(TIME)).await.expression.is_exact, "{names:?}");
        }
        let greater = matches!(comparison, Comparison::Greater | Comparison::GreaterOrEqual);
        for (text, is_exact) in
            [("gold", greater), ("2029", false), ("/", !greater), ("", !greater), ("9999-12-31T23:59:59.999Z\0", greater)]
        {
            assert_eq!(ask(&profiles, path(&["last_seen_at"]), compare(text)).await.expression.is_exact, is_exact, "{text}");
        }
    }
}

#[tokio::test]
async fn pending_deliveries_are_left_to_the_predicate() {
    let list = |entries: &[&str]| AttributeValue::L(entries.iter().map(|entry| AttributeValue::S((*entry).to_owned())).collect());
    let (one, other) = ("000000010000000000000005", "000000020000000000000005");
    let over = format!("{one}#1999-12-31T23:59:59.999Z");
    let pending = format!("{one}#2029-04-08T12:18:00.000Z");
    let lists = [list(&[one]), list(&[&over]), list(&[&pending]), list(&[&over, other]), list(&[])];
    let having = lists.map(|list| vec![(DELIVERY_IDS.to_owned(), list)]);
    let profiles = Profiles::new(having.into_iter().chain([Vec::new()])).await;
    for value in [text(one), text(other), Value::Null, Value::Array(vec![text(one)]), Value::Array(Vec::new())] {
        for test in tests(&value) {
            let outcome = ask(&profiles, Field::DeliveryIds, test).await;
            assert!(!outcome.expression.is_exact);
            assert_eq!(outcome.expression.needed, [DELIVERY_IDS, "id"]);
        }
    }
}

#[tokio::test]
async fn members_of_companies_are_found_by_their_ids() {
    let members = (0..450).map(|number| vec![(COMPANY_ID.to_owned(), to_attribute(text(company_id(number).to_string())))]);
    let profiles = Profiles::new(members.chain([Vec::new()])).await;
    let filter = || PropertyFilter { field: path(&["plan"]), test: Test::Exists { negated: false } };
    for (count, is_exact) in [(0, true), (1, true), (100, true), (101, true), (400, true), (401, false)] {
        for others_fit in [false, true] {
            let sets = Sets { companies: vec![company_set(0..count, others_fit)], ..Sets::default() };
            let outcome = profiles.ask(&filters(vec![Filter::Company(0, filter())]), &sets).await;
            outcome.check();
            assert_eq!(outcome.expression.is_exact, is_exact);
            assert_eq!(outcome.fitting.len(), if others_fit { 451 - count } else { count });
        }
    }
}

#[tokio::test]
async fn the_id_of_a_company_that_is_gone_counts_as_not_there() {
    let members = (0..6).map(|number| vec![(COMPANY_ID.to_owned(), to_attribute(text(company_id(number).to_string())))]);
    let profiles = Profiles::new(members.chain([Vec::new()])).await;
    let id = |number| text(company_id(number).to_string());
    let ids = |numbers: &[usize]| numbers.iter().map(|number| id(*number)).collect::<Vec<_>>();
    for (gone, is_exact) in [(0, true), (2, true), (400, true), (401, false)] {
        let sets = Sets { gone: (0..gone).map(company_id).collect(), ..Sets::default() };
        let is_gone = |number: &usize| *number < gone;
        let count = |numbers: &[usize]| numbers.iter().filter(|number| !is_gone(number)).count();
        for (test, fitting) in [
            (Test::Exists { negated: false }, count(&[0, 1, 2, 3, 4, 5])),
            (Test::Exists { negated: true }, 7 - count(&[0, 1, 2, 3, 4, 5])),
            (Test::Equal { value: id(1), negated: false }, count(&[1])),
            (Test::Equal { value: id(1), negated: true }, 7 - count(&[1])),
            (Test::OneOf { values: ids(&[1, 3]), negated: false }, count(&[1, 3])),
            (Test::OneOf { values: ids(&[1, 3]), negated: true }, 7 - count(&[1, 3])),
            (Test::OneOf { values: Vec::new(), negated: false }, 0),
            (Test::OneOf { values: Vec::new(), negated: true }, 7),
            (Test::StartsWith("0".to_owned()), count(&[0, 1, 2, 3, 4, 5])),
            (Test::Contains { text: "0".to_owned(), any_case: false, negated: true }, 7 - count(&[0, 1, 2, 3, 4, 5])),
        ] {
            let outcome = profiles.ask(&filters(vec![property(path(&[COMPANY_ID]), test)]), &sets).await;
            outcome.check();
            assert_eq!((outcome.fitting.len(), outcome.expression.is_exact), (fitting, is_exact), "{gone}");
        }
    }
    // What DynamoDB cannot tell is left to the predicate, and no value is sent that is not used.
    let sets = Sets { gone: (0..2).map(company_id).collect(), ..Sets::default() };
    for negated in [false, true] {
        let test = Test::Contains { text: "0".to_owned(), any_case: true, negated };
        let outcome = profiles.ask(&filters(vec![property(path(&[COMPANY_ID]), test)]), &sets).await;
        outcome.check();
        assert_eq!((outcome.fitting.len(), outcome.expression.is_exact), (if negated { 3 } else { 4 }, false));
    }
}

#[tokio::test]
async fn names_are_kept_apart() {
    let value = || to_attribute(text("abc"));
    let nested = to_attribute(hash(&[("b", text("abc")), ("b.c", text("abc"))]));
    let names = ["a.b", "size", "status", "order", "values", "#f0", "a b", "日本", "ก็", "-", "0"];
    let mut attributes: Vec<_> = names.map(|name| (name.to_owned(), value())).into();
    attributes.push(("a".to_owned(), nested));
    let profiles = Profiles::new([attributes, Vec::new()]).await;
    let long = "x".repeat(255);
    for names in names.iter().map(|name| vec![*name]).chain([vec!["a", "b"], vec!["a", "b.c"], vec!["a", "b", "c"], vec![long.as_str()]]) {
        let expected = usize::from(names.len() < 3 && names != [long.as_str()]);
        let outcome = ask(&profiles, path(&names), Test::Equal { value: text("abc"), negated: false }).await;
        assert_eq!((outcome.fitting.len(), outcome.let_through.len()), (expected, expected), "{names:?}");
    }
    let deep = ask(&profiles, path(&["a"; 40]), Test::Exists { negated: true }).await;
    assert_eq!(deep.let_through.len(), 2);
}
