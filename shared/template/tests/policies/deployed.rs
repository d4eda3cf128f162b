//! The roles that a deployment creates, with all that SAM adds. SAM's own translator translates `template.yaml`, or the output of
//! `sam build` that `BUILT_TEMPLATE` names.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use super::{Allowed, expected};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// The policies that SAM gives every function here, for its own logs and traces.
const EVERY_FUNCTION: [&str; 2] =
    ["arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess", "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"];
/// The policy that SAM gives a function behind a stream. It allows reading streams, but no items except those written meanwhile.
const STREAM: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole";

/// The resources of the deployed template, by their logical ids.
fn resources() -> BTreeMap<String, Value> {
    let python = format!("{ROOT}/.tools/venv/bin/python");
    let template = std::env::var("BUILT_TEMPLATE").unwrap_or_else(|_| "template.yaml".to_owned());
    let translated = Command::new(&python).args(["dev/cloudformation.py", &template]).current_dir(ROOT).output();
    let translated = translated.unwrap_or_else(|error| panic!("{python} can't be started ({error}): run `make setup`"));
    assert!(translated.status.success(), "{}", String::from_utf8_lossy(&translated.stderr));
    let template: Value = serde_json::from_slice(&translated.stdout).expect("JSON");
    let resources = template["Resources"].as_object().expect("resources");
    resources.iter().map(|(id, resource)| (id.clone(), resource.clone())).collect()
}

fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

/// Reads a policy's `Resource`: a resource of the template, and the text after its ARN.
fn named(resource: &Value) -> String {
    if let Some(parts) = resource["Fn::GetAtt"].as_array() {
        assert_eq!(parts[1], "Arn", "{resource}");
        return parts[0].as_str().expect("an id").to_owned();
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
            assert!(names.is_subset(&BTreeSet::from(["Sid", "Effect", "Action", "Resource"])), "{function}: {statement}");
            assert_eq!(statement["Effect"], "Allow", "{function}");
            for resource in list(&statement["Resource"]) {
                let actions = list(&statement["Action"]).into_iter().map(|action| action.as_str().expect("an action").to_owned());
                allowed.entry((function.to_owned(), named(&resource))).or_default().extend(actions);
            }
        }
    }
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
        let properties = &resources[role]["Properties"];
        assert_eq!(properties["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"][0], "lambda.amazonaws.com", "{role}");
        let managed: BTreeSet<_> = list(&properties["ManagedPolicyArns"]).iter().map(|arn| arn.as_str().unwrap().to_owned()).collect();
        let stream = (function == "BatchWorker").then_some(STREAM);
        assert_eq!(managed, EVERY_FUNCTION.into_iter().chain(stream).map(str::to_owned).collect(), "{function}");
        add(&mut allowed, function, &resources[role]);
    }
    assert_eq!(allowed, expected());

    // The other role is that of the schedule, which may start its function.
    let mut schedules = Allowed::new();
    for (id, role) in is("AWS::IAM::Role").filter(|(id, _)| !roles.contains(*id)) {
        let properties = &role["Properties"];
        assert_eq!(properties["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"][0], "scheduler.amazonaws.com", "{id}");
        assert!(properties["ManagedPolicyArns"].is_null(), "{id}");
        add(&mut schedules, id, role);
    }
    let invoke =
        |role: &str, function: &str| ((role.to_owned(), function.to_owned()), BTreeSet::from(["lambda:InvokeFunction".to_owned()]));
    assert_eq!(schedules, BTreeMap::from([invoke("SweepLeftRole", "Sweep")]));

    // Nothing else may start a function: only the API, a schedule or its stream.
    for (id, permission) in is("AWS::Lambda::Permission") {
        assert_eq!(permission["Properties"]["Principal"], "apigateway.amazonaws.com", "{id}");
    }
    assert!(is("AWS::IAM::Policy").chain(is("AWS::IAM::ManagedPolicy")).next().is_none(), "permissions are in the roles");
}
