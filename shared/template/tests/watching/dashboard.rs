//! What the dashboard shows, and whether CloudWatch takes it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{NAMESPACE, OWN, all_alarms, all_functions, all_tables, written};

/// The characters of a search that CloudWatch takes.
const LONGEST_SEARCH: usize = 1024;
/// The random text at the end of a name that CloudFormation makes.
const SUFFIX: &str = "1ABCDEFGHIJKL";

/// The dashboard's text and the names of its searches: the bare arguments of a `!Sub`.
fn body() -> (String, Value) {
    let options = serde_saphyr::options! { strict_booleans: true };
    let template: Value = serde_saphyr::from_str_with_options(OWN, options).expect("YAML");
    let body = &template["Resources"]["Dashboard"]["Properties"]["DashboardBody"];
    (body[0].as_str().expect("a text").to_owned(), body[1].clone())
}

/// The names that a search looks for, and what is between them.
fn names(search: &Value) -> (&str, Vec<&str>) {
    let join = &search[1]["Names"];
    (join[0].as_str().expect("a separator"), join[1].as_array().expect("names").iter().filter_map(Value::as_str).collect())
}

/// The dashboard of a stack of this name.
fn filled(stack: &str) -> String {
    let (mut text, searches) = body();
    for (name, search) in searches.as_object().expect("searches") {
        let (separator, names) = names(search);
        let names: Vec<_> = names.into_iter().map(|id| physical(stack, id)).collect();
        let search = search[0].as_str().expect("a text").replace("${Names}", &names.join(separator));
        text = text.replace(&format!("${{{name}}}"), &search);
    }
    text.replace("${AWS::StackName}", stack)
}

/// A name as long as CloudFormation makes it. A function's has 64 characters at most.
fn physical(stack: &str, id: &str) -> String {
    let longest = if id.ends_with("Table") { 255 } else { 64 };
    format!("{stack}-{id}-{SUFFIX}").chars().take(longest).collect()
}

/// The expressions of all graphs.
fn expressions(dashboard: &str) -> Vec<String> {
    let parsed: Value = serde_json::from_str(dashboard).expect("JSON");
    let widgets = parsed["widgets"].as_array().expect("widgets").iter();
    let metrics = widgets.flat_map(|widget| widget["properties"]["metrics"].as_array().cloned().unwrap_or_default());
    metrics.filter_map(|metric| metric[0]["expression"].as_str().map(str::to_owned)).collect()
}

#[test]
fn it_shows_every_alarm_and_finds_every_function_and_table() {
    let (text, searches) = body();
    for alarm in all_alarms() {
        assert!(text.contains(&format!("\"${{{}.Arn}}\"", alarm.logical_id)), "the alarm {}", alarm.logical_id);
    }
    let searches = searches.as_object().expect("searches");
    let found: BTreeSet<_> = searches.values().flat_map(|search| names(search).1).map(str::to_owned).collect();
    let expected: BTreeSet<_> = all_functions().into_iter().chain(all_tables().into_iter().map(|table| table.logical_id)).collect();
    assert_eq!(found, expected);
    // Where there is one of the searches for tables or for functions, there are all.
    for kind in ["Tables", "Functions"] {
        let of_kind: Vec<_> = searches.keys().filter(|name| name.ends_with(kind)).collect();
        for line in text.lines().filter(|line| line.contains(&format!("{kind}}}"))) {
            let used = of_kind.iter().find(|name| line.contains(name.as_str())).expect("a search");
            for other in &of_kind {
                let other = line.trim_end_matches(',').replace(used.as_str(), other);
                assert!(text.contains(&other), "without {other}");
            }
        }
    }
}

#[test]
fn it_shows_refusals_and_units_of_tables_and_indexes() {
    let found = expressions(&filled("profiles"));
    for schema in ["{AWS/DynamoDB,TableName}", "{AWS/DynamoDB,GlobalSecondaryIndexName,TableName}"] {
        for name in ["ReadThrottleEvents", "WriteThrottleEvents", "ConsumedWriteCapacityUnits"] {
            let start = format!("SEARCH('{schema} MetricName=\"{name}\" ");
            assert!(found.iter().any(|expression| expression.starts_with(&start)), "{start}");
        }
    }
}

#[test]
fn its_searches_are_short_enough_for_every_name_of_a_stack() {
    // A stack's name has 128 characters at most.
    for length in [1, 32, 64, 66, 100, 128] {
        let found = expressions(&filled(&"s".repeat(length)));
        assert!(found.len() >= 20, "{found:?}");
        for expression in found {
            assert!(expression.len() <= LONGEST_SEARCH, "{} characters with a stack's name of {length}: {expression}", expression.len());
        }
    }
}

#[test]
fn it_looks_at_metrics_that_are_written() {
    let written = written();
    let (text, _) = body();
    let in_search = format!(r#"\"{NAMESPACE}\",function}} MetricName=\""#);
    let in_graph = format!(r#"["{NAMESPACE}", ""#);
    let searched = text.split(&in_search).skip(1).filter_map(|rest| rest.split('\\').next());
    let drawn = text.lines().filter(|line| line.contains(&in_graph)).flat_map(|line| {
        let names = line.split("\", \"").skip(1).filter_map(|rest| rest.split('"').next());
        names.filter(|name| name.chars().all(char::is_alphabetic)).collect::<Vec<_>>()
    });
    let looked_at: BTreeSet<_> = searched.chain(drawn).collect();
    assert!(looked_at.len() >= 10, "{looked_at:?}");
    for name in looked_at {
        assert!(written.contains(name), "nobody writes {name}");
    }
}
