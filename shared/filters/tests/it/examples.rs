//! The documented examples of filters.

use profiles_domain::InteractionState;
use profiles_filters::{Activity, Comparison, Filter, Filters, GroupOp, Window, filters_op};

use crate::support::{Person, ago, filters, now, person};

const DAY: i64 = 86_400_000;

fn example(id: &str) -> Filters {
    let file = include_str!("../examples.jsonl");
    let mut examples = file.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let example = examples.find(|example| example.get("id").unwrap() == id).unwrap();
    let list = example.get("filters").or_else(|| example.get("items")).unwrap_or(&serde_json::Value::Null);
    let op = example.get("filters_op").map_or(GroupOp::And, |op| filters_op("filters_op", op.as_str().unwrap()).unwrap());
    let json = if list.is_null() { "[]".to_owned() } else { list.to_string() };
    Filters::parse(&json, op, now()).unwrap_or_else(|error| panic!("{id}: {error}"))
}

/// Who of some fits, by their numbers.
fn who(id: &str, people: &[Person]) -> Vec<usize> {
    let filters = example(id);
    people.iter().enumerate().filter(|(_, person)| filters.fit(*person)).map(|(number, _)| number).collect()
}

fn people(properties: &[&str]) -> Vec<Person> {
    properties.iter().map(|json| person(json)).collect()
}

#[test]
fn every_example_is_read() {
    let ids = include_str!("../examples.jsonl").lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let ids: Vec<_> = ids.map(|example| example.get("id").unwrap().as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 22);
    for id in ids {
        let filters = example(&id);
        // Two have no filters.
        assert_eq!(filters.group.filters.is_empty(), ["S10", "S11"].contains(&id.as_str()), "{id}");
    }
}

#[test]
fn examples_of_activities() {
    let activity = |id: &str| match example(id).group.filters.as_slice() {
        [Filter::Activity(0, filter)] => filter.clone(),
        _ => panic!("{id}"),
    };
    let completed = activity("S1");
    assert!(completed.activity == Activity::Tour("T".into(), Some(InteractionState::Completed)));
    assert!(completed.window.is_none() && !completed.negated);
    let exited = activity("S2");
    assert!(exited.activity == Activity::Tour("T".into(), Some(InteractionState::Exited)));
    assert!(matches!(exited.window, Some(Window::After(time)) if time.to_string() == ago(3 * DAY)));
    assert!(activity("S3").activity == Activity::Survey("V".into(), Some((Comparison::GreaterOrEqual, 9.into()))));
    assert!(activity("S4").activity == Activity::Survey("V".into(), Some((Comparison::LessOrEqual, 2.into()))));
}

#[test]
fn examples_of_times() {
    let seen = |millis| person(&format!(r#"{{"last_seen_at":"{}"}}"#, ago(millis)));
    let people = [seen(0), seen(7 * DAY - 1), seen(7 * DAY), seen(7 * DAY + 1), seen(365 * DAY), seen(365 * DAY + 1), person("{}")];
    assert_eq!(who("S5", &people), [0, 1]);
    assert_eq!(who("F3", &people), [3, 4, 5]);
    assert_eq!(who("I2", &people), [5]);
}

#[test]
fn examples_of_properties_and_groups() {
    let invites = people(&[
        r#"{"role":"admin","invited_users_count":3}"#,
        r#"{"role":"admin","invited_users_count":2}"#,
        r#"{"role":"owner","invited_users_count":5}"#,
        r#"{"role":"Admin"}"#,
        r#"{"role":"superuser","invited_users_count":"many"}"#,
    ]);
    assert_eq!(who("S6", &invites), [0]);
    assert_eq!(who("G1", &invites), [0]);
    assert_eq!(who("S7", &invites), [0, 1, 2]);
    assert_eq!(who("F1", &invites), [0, 1]);
    assert_eq!(who("F2", &invites), [0, 1, 2, 4]);
    assert_eq!(who("F4", &invites), [0, 1, 2]);
    let zones = people(&[
        r#"{"role":"admin","browser_tz":-4}"#,
        r#"{"role":"admin","browser_tz":-3.5}"#,
        r#"{"role":"admin","browser_tz":-9}"#,
        r#"{"role":"admin","browser_tz":null}"#,
        r#"{"role":"owner","browser_tz":2}"#,
    ]);
    assert_eq!(who("S8", &zones), [1, 2]);
    let plans = people(&[r#"{"plan":500}"#, r#"{"plan":500.5}"#, r#"{"plan":"900"}"#, r#"{"plan":"silver"}"#]);
    assert_eq!(who("P1", &plans), [1]);
    assert_eq!(who("H1", &plans), [3]);
    let employees = people(&[r#"{"employee_count":10}"#, r#"{"employee_count":11}"#, r#"{"employee_count":20}"#]);
    assert_eq!(who("H2", &employees), [1]);
}

#[test]
fn examples_of_identifiers_and_companies() {
    let people = people(&[
        r#"{"uid":"123","email":"kim@gmail.com"}"#,
        r#"{"uid":"1234","email":"gmail.com@example.com"}"#,
        r#"{"uid":"0123","email":"kim@acme.co","role":"admin"}"#,
    ]);
    assert_eq!(who("C1", &people), [0]);
    assert_eq!(who("I1", &people), [0, 1]);
    let mut member = person(r#"{"role":"admin"}"#);
    member.company = Some(Box::new(person(r#"{"name":"Acme Inc."}"#)));
    let mut other = person(r#"{"role":"admin"}"#);
    other.company = Some(Box::new(person(r#"{"name":"Other"}"#)));
    let [_, _, with_address] = people.try_into().unwrap();
    assert_eq!(who("S9", &[with_address, member, other]), [0, 1]);
}

#[test]
fn without_filters_everybody_fits() {
    for json in ["[]", r#"[{"kind":"group","filters":[]}]"#, r#"[{"kind":"group","filters_op":"or","filters":[]}]"#] {
        assert!(filters(json).fit(&person("{}")), "{json}");
    }
    let any = Filters::parse("[]", GroupOp::Or, now()).unwrap();
    assert!(
        any.fit(&person("{}"))
            && any == Filters { group: profiles_filters::Group { op: GroupOp::Or, filters: vec![] }, ..Filters::default() }
    );
}
