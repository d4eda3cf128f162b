//! The roles that a deployment creates, with all that SAM adds.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::translated::{list, resources, template};
use super::{Allowed, expected, expected_keys};

/// Reads a policy's `Resource`: a resource of the template, and the text after its ARN.
fn named(resource: &Value) -> String {
    if let Some(parts) = resource["Fn::GetAtt"].as_array() {
        let id = parts[0].as_str().expect("an id");
        return if parts[1] == "Arn" { id.to_owned() } else { format!("{id}.{}", parts[1].as_str().expect("an attribute")) };
    }
    let text = resource["Fn::Sub"].as_str().unwrap_or_else(|| panic!("a resource that is none of the template's: {resource}"));
    let (id, rest) = text.strip_prefix("${").and_then(|text| text.split_once(".Arn}")).unwrap_or_else(|| panic!("{text}"));
    format!("{id}{rest}")
}

/// Adds the permissions of a role's own statements.
fn add(allowed: &mut Allowed, function: &str, role: &Value) {
    for policy in list(&role["Properties"]["Policies"]) {
        for statement in list(&policy["PolicyDocument"]["Statement"]) {
            let names: BTreeSet<_> = statement.as_object().expect("a statement").keys().map(String::as_str).collect();
            assert!(names.is_subset(&BTreeSet::from(["Sid", "Effect", "Action", "Resource", "Condition"])), "{function}: {statement}");
            assert_eq!(statement["Effect"], "Allow", "{function}");
            for resource in list(&statement["Resource"]) {
                let resource = named(&resource);
                let actions = list(&statement["Action"]).into_iter().map(|action| action.as_str().expect("an action").to_owned());
                for action in actions {
                    let expected = expected_keys(function, &action, &resource);
                    let keys = (!expected.is_empty()).then(|| json!({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": expected}}));
                    assert_eq!(statement["Condition"], keys.unwrap_or_default(), "{function}: {action} on {resource}");
                    allowed.entry((function.to_owned(), resource.clone())).or_default().insert(action);
                }
            }
        }
    }
}

/// Asserts that a role has nothing but its own statements, and that only this service may take it.
fn assert_own(id: &str, role: &Value, service: &str, condition: &Value) {
    let properties = role["Properties"].as_object().expect("properties");
    let names: BTreeSet<_> = properties.keys().map(String::as_str).collect();
    assert!(names.is_subset(&BTreeSet::from(["AssumeRolePolicyDocument", "Policies"])), "{id} has {names:?}");
    let mut statement = json!({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"});
    if !condition.is_null() {
        statement["Condition"] = condition.clone();
    }
    assert_eq!(properties["AssumeRolePolicyDocument"]["Statement"], json!([statement]), "{id}");
}

#[test]
fn the_roles_of_a_deployment_allow_what_is_written_here_and_nothing_else() {
    let resources = resources();
    let is = |kind: &'static str| resources.iter().filter(move |(_, resource)| resource["Type"] == kind);
    let mut allowed = Allowed::new();
    let mut roles = BTreeSet::new();
    for (function, resource) in is("AWS::Lambda::Function") {
        let role = resource["Properties"]["Role"]["Fn::GetAtt"][0].as_str().unwrap_or_else(|| panic!("{function} has a foreign role"));
        assert!(roles.insert(role.to_owned()), "{function} shares the role {role}");
        assert_own(role, &resources[role], "lambda.amazonaws.com", &Value::Null);
        add(&mut allowed, function, &resources[role]);
    }
    assert_eq!(allowed, expected());

    // The other role is that of the schedule, which may start its function.
    let group = "arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule-group/default";
    let only_here = json!({"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}, "aws:SourceArn": {"Fn::Sub": group}}});
    let mut schedules = Allowed::new();
    for (id, role) in is("AWS::IAM::Role").filter(|(id, _)| !roles.contains(*id)) {
        assert_own(id, role, "scheduler.amazonaws.com", &only_here);
        add(&mut schedules, id, role);
    }
    let mut used = Allowed::new();
    for (_, schedule) in is("AWS::Scheduler::Schedule") {
        let target = &schedule["Properties"]["Target"];
        used.entry((named(&target["RoleArn"]), named(&target["Arn"]))).or_default().insert("lambda:InvokeFunction".to_owned());
    }
    assert_eq!(schedules, used);
    assert_eq!(used.keys().map(|(_, function)| function.as_str()).collect::<Vec<_>>(), ["Sweep"]);

    // Nothing else may start a function: only the API, a schedule or its stream.
    for (id, permission) in is("AWS::Lambda::Permission") {
        assert_eq!(permission["Properties"]["Principal"], "apigateway.amazonaws.com", "{id}");
    }
    assert!(is("AWS::IAM::ManagedPolicy").next().is_none(), "permissions are in the roles");
}

#[test]
fn traces_are_written_only_if_they_are_asked_for() {
    let template = template();
    assert_eq!(template["Parameters"]["Tracing"]["Default"], "PassThrough");
    assert_eq!(template["Conditions"]["Traces"], json!({"Fn::Equals": [{"Ref": "Tracing"}, "Active"]}));
    let resources = resources();
    let is = |kind: &'static str| resources.iter().filter(move |(_, resource)| resource["Type"] == kind);
    let mut roles = BTreeSet::new();
    for (id, function) in is("AWS::Lambda::Function") {
        assert_eq!(function["Properties"]["TracingConfig"], json!({"Mode": {"Ref": "Tracing"}}), "{id}");
        roles.insert(function["Properties"]["Role"]["Fn::GetAtt"][0].as_str().expect("a role").to_owned());
    }
    // The only policy outside of a role.
    let policies: Vec<_> = is("AWS::IAM::Policy").collect();
    assert_eq!(policies.len(), 1);
    let (id, policy) = policies[0];
    assert_eq!((id.as_str(), &policy["Condition"]), ("TracingPolicy", &json!("Traces")));
    let properties = &policy["Properties"];
    assert!(properties["Users"].is_null() && properties["Groups"].is_null());
    // One is there only if its function is.
    let name = |role: &Value| role["Ref"].as_str().or_else(|| role.pointer("/Fn::If/1/Ref")?.as_str()).expect("a role").to_owned();
    let given = list(&properties["Roles"]).into_iter().map(|role| name(&role));
    assert_eq!(given.collect::<BTreeSet<_>>(), roles);
    let statement = &list(&properties["PolicyDocument"]["Statement"])[..];
    assert_eq!(statement.len(), 1);
    assert_eq!(statement[0]["Action"], json!(["xray:PutTelemetryRecords", "xray:PutTraceSegments"]));
}
