//! Checks of the template whose mistakes would only be noticed after a deployment, besides tables, routes and permissions.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "what a test needs and does not get ends it")]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

const OWN: &str = include_str!("../../../template.yaml");
/// Metrics in an alarm that CloudWatch accepts at most.
const MOST_METRICS: usize = 10;

fn own() -> Value {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(OWN, options).expect("the project's template is readable")
}

/// The resources of a type, by their logical ids.
fn of(kind: &str) -> BTreeMap<String, Value> {
    let template = own();
    let all = template.get("Resources").and_then(Value::as_object).expect("resources");
    let found: BTreeMap<_, _> =
        all.iter().filter(|(_, resource)| resource["Type"] == kind).map(|(id, resource)| (id.clone(), resource.clone())).collect();
    assert!(!found.is_empty(), "no {kind}");
    found
}

fn ids(kind: &str) -> BTreeSet<String> {
    of(kind).into_keys().collect()
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no text at {pointer} in {value}"))
}

#[test]
fn a_table_outlives_its_stack_and_can_be_restored() {
    // A restore leaves these as they are; see docs/operations.md.
    let is_restored = |id: &str| !matches!(id, "BatchesTable" | "BatchChunksTable");
    for (id, table) in of("AWS::DynamoDB::Table") {
        assert_eq!((&table["DeletionPolicy"], &table["UpdateReplacePolicy"]), (&"Retain".into(), &"Retain".into()), "{id}");
        let properties = &table["Properties"];
        assert_eq!(properties["BillingMode"], "PAY_PER_REQUEST", "{id}");
        assert_eq!(properties["DeletionProtectionEnabled"], true, "{id}");
        assert_eq!(properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], is_restored(&id), "{id}");
        // The bare arguments of an `!If`.
        assert_eq!(properties["SSESpecification"][0], "HasTablesKey", "{id}");
    }
}

#[test]
fn a_deployment_needs_no_parameter() {
    let template = own();
    for (name, parameter) in template["Parameters"].as_object().expect("parameters") {
        assert!(parameter.get("Default").is_some(), "{name} has no default");
        assert!(!text(parameter, "/Description").is_empty(), "{name}");
        let bounds = ["AllowedValues", "AllowedPattern", "MinValue"];
        assert!(bounds.iter().any(|bound| parameter.get(bound).is_some()), "{name} takes anything");
    }
}

#[test]
fn every_log_is_kept_for_a_while() {
    let groups = of("AWS::Logs::LogGroup");
    for (id, group) in &groups {
        assert_eq!(text(group, "/Properties/RetentionInDays"), "LogRetentionDays", "{id}");
    }
    for (id, function) in of("AWS::Serverless::Function") {
        let group = text(&function, "/Properties/LoggingConfig/LogGroup");
        assert_eq!(group, format!("{id}Logs"));
        assert!(groups.contains_key(group), "{group}");
    }
}

#[test]
fn the_access_log_is_json_and_names_neither_paths_nor_people() {
    for (_, api) in of("AWS::Serverless::HttpApi") {
        let format = text(&api, "/Properties/AccessLogSettings/Format");
        let line: BTreeMap<String, String> = serde_json::from_str(format).expect("JSON of strings");
        for private in ["path", "query", "identity", "sourceIp", "userAgent", "authorizer", "domain"] {
            let reveals = |variable: &String| variable.to_lowercase().contains(&private.to_lowercase());
            assert!(!line.values().any(reveals), "{private} in {format}");
        }
        for needed in ["routeKey", "status", "latency", "requestId", "integrationError", "errorType"] {
            assert!(line.contains_key(needed), "no {needed} in {format}");
        }
    }
}

/// The metrics that alarms watch: each metric's name and its dimension.
fn watched() -> BTreeSet<(String, String)> {
    let mut watched = BTreeSet::new();
    for (id, alarm) in of("AWS::CloudWatch::Alarm") {
        assert!(alarm["Properties"]["AlarmActions"].is_array(), "{id} tells nobody");
        assert_eq!(alarm["Properties"]["TreatMissingData"], "notBreaching", "{id}");
        let Some(metrics) = alarm["Properties"]["Metrics"].as_array() else { continue };
        let metrics: Vec<_> = metrics.iter().filter_map(|metric| metric.pointer("/MetricStat/Metric")).collect();
        assert!(metrics.len() <= MOST_METRICS, "{id} adds up {} metrics: CloudWatch refuses it, make it two", metrics.len());
        watched
            .extend(metrics.iter().map(|metric| (text(metric, "/MetricName").to_owned(), text(metric, "/Dimensions/0/Value").to_owned())));
    }
    watched
}

#[test]
fn alarms_watch_every_function_and_table() {
    let watched = watched();
    let expected =
        [("AWS::Serverless::Function", ["Errors", "Throttles"]), ("AWS::DynamoDB::Table", ["ReadThrottleEvents", "WriteThrottleEvents"])];
    for (kind, metrics) in expected {
        for (id, metric) in ids(kind).into_iter().flat_map(|id| metrics.map(|metric| (id.clone(), metric))) {
            assert!(watched.contains(&(metric.to_owned(), id.clone())), "no alarm watches {metric} of {id}");
        }
    }
}

/// For CloudWatch, the name of a metric that is never written is not an error: the alarm would be silent for ever.
#[test]
fn alarms_and_dashboard_look_at_metrics_that_are_written() {
    const LINES: &str = include_str!("../../api/src/telemetry/lines.rs");
    let namespace = "Profiles/${AWS::StackName}";
    assert_eq!(own()["Globals"]["Function"]["Environment"]["Variables"]["METRICS_NAMESPACE"], namespace);
    let mut written: BTreeSet<String> =
        LINES.split("name = \"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect();
    for (_, filter) in of("AWS::Logs::MetricFilter") {
        written.insert(text(&filter, "/Properties/MetricTransformations/0/MetricName").to_owned());
    }
    for (id, alarm) in of("AWS::CloudWatch::Alarm") {
        if alarm["Properties"]["Namespace"] == namespace {
            assert!(written.contains(text(&alarm, "/Properties/MetricName")), "nobody writes what {id} looks at");
        }
    }
    for (_, dashboard) in of("AWS::CloudWatch::Dashboard") {
        let body = text(&dashboard, "/Properties/DashboardBody/0");
        let searched =
            body.split(r#"\"Profiles/${AWS::StackName}\",function} MetricName=\""#).skip(1).filter_map(|rest| rest.split('\\').next());
        let drawn = body.lines().filter(|line| line.contains(r#"["Profiles/${AWS::StackName}", ""#)).flat_map(|line| {
            let names = line.split("\", \"").skip(1);
            names.filter_map(|rest| rest.split('"').next()).filter(|name| name.chars().all(char::is_alphabetic)).collect::<Vec<_>>()
        });
        let looked_at: BTreeSet<_> = searched.chain(drawn).collect();
        assert!(looked_at.len() >= 10, "{looked_at:?}");
        for name in looked_at {
            assert!(written.contains(name), "nobody writes {name}");
        }
    }
}

#[test]
fn the_dashboard_is_json_and_shows_every_function_table_and_alarm() {
    for (_, dashboard) in of("AWS::CloudWatch::Dashboard") {
        let body = &dashboard["Properties"]["DashboardBody"];
        let mut filled = text(body, "/0").to_owned();
        let mut shown = BTreeSet::new();
        for (name, search) in body[1].as_object().expect("names of searches") {
            // Each is a `!Sub` of a text, into which a `!Join` puts the names.
            let (separator, names) = (text(search, "/1/Names/0"), search.pointer("/1/Names/1").and_then(Value::as_array));
            let names: Vec<_> = names.expect("names").iter().filter_map(Value::as_str).collect();
            shown.extend(names.iter().map(|name| (*name).to_owned()));
            filled = filled.replace(&format!("${{{name}}}"), &text(search, "/0").replace("${Names}", &names.join(separator)));
        }
        let parsed: Value = serde_json::from_str(&filled).expect("JSON");
        for id in ids("AWS::CloudWatch::Alarm") {
            assert!(filled.contains(&format!("${{{id}.Arn}}")), "the alarm {id}");
        }
        for id in ids("AWS::Serverless::Function").into_iter().chain(ids("AWS::DynamoDB::Table")) {
            assert!(shown.contains(&id), "{id}");
        }
        // CloudWatch accepts searches of 1,024 characters; names on AWS are logical ids with the stack's name and a suffix.
        for widget in parsed["widgets"].as_array().expect("widgets") {
            let search = widget.pointer("/properties/metrics/0/0/expression").and_then(Value::as_str).unwrap_or_default();
            assert!(search.len() < 500, "{search}");
        }
    }
}
