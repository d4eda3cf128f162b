//! Checks of the template whose mistakes would only be noticed after a deployment, besides tables, routes, permissions, alarms and the dashboard.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "what a test needs and does not get ends it")]

use std::collections::BTreeMap;

use serde_json::Value;

const OWN: &str = include_str!("../../../template.yaml");

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
fn the_access_log_names_neither_paths_nor_people() {
    for (_, api) in of("AWS::Serverless::HttpApi") {
        let format = text(&api, "/Properties/AccessLogSettings/Format");
        for private in ["path", "query", "identity", "sourceIp", "userAgent", "authorizer", "domain"] {
            assert!(!format.to_lowercase().contains(&private.to_lowercase()), "{private} in {format}");
        }
        // Each is one column, though a route has two words, and a failure is a sentence.
        let columns = [
            "$context.requestId",
            "\"$context.routeKey\"",
            "$context.status",
            "$context.responseLatency",
            "$context.integrationStatus",
            "$context.integration.status",
            "$context.error.responseType",
            "\"$context.integrationErrorMessage\"",
        ];
        assert_eq!(format.split(' ').collect::<Vec<_>>(), columns);
    }
}

#[test]
fn what_the_api_refuses_is_counted_in_the_columns_of_its_log() {
    let filters = of("AWS::Logs::MetricFilter");
    let pattern = text(&filters["ApiRefusalsFilter"], "/Properties/FilterPattern");
    let columns = pattern.strip_prefix('[').and_then(|pattern| pattern.strip_suffix(']')).expect("columns");
    let columns: Vec<_> = columns.split(", ").collect();
    // A function's own 429 has Lambda's status 200.
    assert_eq!(columns, ["id", "route", "status = 429", "milliseconds", "lambda = \"-\"", "function", "reason", "failure"]);
}
