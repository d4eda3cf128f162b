//! Filters that are at DynamoDB's limits, or beyond them.

use profiles_filters::{Comparison, Field, Filter, Filters, Group, GroupOp, MAX_FILTERS, MAX_VALUES, PropertyFilter, Test};
use profiles_normalization::Value;

use super::table::{Outcome, Profiles, company_set, filters};
use super::values::{hash, number, text};
use crate::dynamo::value::to_attribute;
use crate::search::known::Sets;

async fn profiles() -> Profiles {
    let plans = ["gold", "silver", "v7"].map(|plan| vec![("plan".to_owned(), to_attribute(text(plan)))]);
    Profiles::new(plans.into_iter().chain([Vec::new()])).await
}

fn property(name: impl Into<String>, test: Test) -> Filter {
    Filter::Property(PropertyFilter { field: Field::Path(vec![name.into()]), test })
}

async fn ask(profiles: &Profiles, op: GroupOp, some: Vec<Filter>) -> Outcome {
    let filters = Filters { group: Group { op, filters: some }, ..Filters::default() };
    let outcome = profiles.ask(&filters, &Sets::default()).await;
    outcome.check();
    outcome
}

fn texts(count: usize, bytes: usize) -> Vec<Value> {
    (0..count).map(|index| text(format!("v{index}{}", "x".repeat(bytes)))).collect()
}

#[tokio::test]
async fn a_list_of_as_many_values_as_there_may_be_is_exact() {
    let profiles = profiles().await;
    for negated in [false, true] {
        for bytes in [0, 760] {
            let outcome =
                ask(&profiles, GroupOp::And, vec![property("plan", Test::OneOf { values: texts(MAX_VALUES, bytes), negated })]).await;
            assert!(outcome.expression.is_exact);
        }
    }
}

#[tokio::test]
async fn whatever_is_sent_stays_within_the_limits() {
    let profiles = profiles().await;
    let name = |index: usize| format!("{index}{}", "n".repeat(250));
    let kinds: [&dyn Fn(usize, bool) -> Test; 8] = [
        &|_, negated| Test::Exists { negated },
        &|index, negated| Test::Equal { value: text(format!("{index}")), negated },
        &|index, negated| Test::Contains { text: format!("{index}"), any_case: false, negated },
        &|index, negated| Test::Contains { text: format!("{index}"), any_case: true, negated },
        &|index, negated| Test::Has { value: text(format!("{index}{}", "x".repeat(760))), negated },
        &|_, negated| Test::OneOf { values: texts(MAX_VALUES, 700), negated },
        &|_, negated| Test::OneOf { values: vec![hash(&[("a", Value::Array(texts(MAX_VALUES, 700)))]); 2], negated },
        &|index, _| Test::Compare(Comparison::Greater, number(&index.to_string())),
    ];
    for op in [GroupOp::And, GroupOp::Or] {
        for negated in [false, true] {
            for kind in kinds {
                ask(&profiles, op, (0..MAX_FILTERS).map(|index| property(name(index), kind(index, negated))).collect()).await;
            }
            ask(&profiles, op, (0..MAX_FILTERS).map(|index| property(name(index), kinds[index % kinds.len()](index, negated))).collect())
                .await;
        }
    }
}

#[tokio::test]
async fn what_is_over_the_limits_is_left_out_of_and_and_ends_or() {
    let profiles = profiles().await;
    let gold = || property("plan", Test::Equal { value: text("gold"), negated: false });
    let long = || property("plan", Test::OneOf { values: texts(MAX_VALUES, 0), negated: false });
    let many =
        |op| Filter::Group(Group { op, filters: vec![long(), property("other", Test::OneOf { values: texts(300, 1), negated: false })] });
    let outcome = ask(&profiles, GroupOp::And, vec![gold(), many(GroupOp::Or), long()]).await;
    assert!(!outcome.expression.is_exact);
    assert_eq!(outcome.expression.needed, ["id", "other", "plan"]);
    assert_eq!((outcome.fitting.len(), outcome.let_through.len()), (0, 0));
    assert!(!outcome.expression.names.values().any(|name| name == "other"));
    let outcome = ask(&profiles, GroupOp::Or, vec![gold(), many(GroupOp::Or), long()]).await;
    assert_eq!((outcome.expression.condition, outcome.let_through.len()), (None, 4));
    assert!(outcome.expression.names.is_empty() && outcome.expression.values.is_empty());
    let outcome = ask(&profiles, GroupOp::Or, vec![gold(), many(GroupOp::And)]).await;
    assert_eq!(outcome.let_through.len(), 2, "its first list is asked for");
}

#[tokio::test]
async fn a_hundred_simple_filters_are_all_asked_for() {
    let profiles = profiles().await;
    let equal = |negated| move |index: usize| property(format!("p{index}"), Test::Equal { value: text("x"), negated });
    for op in [GroupOp::And, GroupOp::Or] {
        assert!(ask(&profiles, op, (0..MAX_FILTERS).map(equal(false)).collect()).await.expression.is_exact);
    }
}

#[tokio::test]
async fn large_companies_and_many_filters_stay_within_the_limits() {
    let profiles = profiles().await;
    let filter = || PropertyFilter { field: Field::Path(vec!["plan".into()]), test: Test::Exists { negated: false } };
    let companies = (0..MAX_FILTERS).map(|number| company_set(number..number + 400, number % 2 == 0)).collect();
    let sets = Sets { companies, ..Sets::default() };
    profiles.ask(&filters((0..MAX_FILTERS).map(|number| Filter::Company(number, filter())).collect()), &sets).await.check();
}
