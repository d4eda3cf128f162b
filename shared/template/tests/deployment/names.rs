//! Two stacks of the template in one account and region.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::translated;

/// The names that belong to something else in the stack, or that a parameter sets.
const NO_NAMES_OF_THEIR_OWN: [(&str, &str); 6] = [
    // Among those of its roles.
    ("AWS::IAM::Policy", "PolicyName"),
    // Among those of its API.
    ("AWS::ApiGatewayV2::Stage", "StageName"),
    // A parameter: two stacks cannot have one domain.
    ("AWS::ApiGatewayV2::DomainName", "DomainName"),
    ("AWS::ApiGatewayV2::ApiMapping", "DomainName"),
    // What an alarm looks at.
    ("AWS::CloudWatch::Alarm", "MetricName"),
    ("AWS::CloudWatch::Alarm", "Namespace"),
];

/// The value of a name in a stack; `None` if CloudFormation makes it up, or it is that of another resource.
fn resolved(name: &Value, stack: &str) -> Option<String> {
    match name {
        Value::String(literal) => Some(literal.clone()),
        Value::Object(function) => {
            let text = function.get("Fn::Sub").and_then(Value::as_str)?;
            Some(text.replace("${AWS::StackName}", stack))
        }
        other => panic!("a name that is {other}"),
    }
}

/// The names of a stack's resources, by type, logical id and property.
fn names(resources: &BTreeMap<String, Value>, stack: &str) -> BTreeMap<(String, String, String), String> {
    let mut names = BTreeMap::new();
    for (id, resource) in resources {
        let kind = resource["Type"].as_str().expect("a type");
        for (property, value) in resource["Properties"].as_object().into_iter().flatten() {
            if !property.ends_with("Name") || NO_NAMES_OF_THEIR_OWN.contains(&(kind, property)) {
                continue;
            }
            if let Some(name) = resolved(value, stack) {
                names.insert((kind.to_owned(), id.clone(), property.clone()), name);
            }
        }
    }
    names
}

#[test]
fn two_stacks_have_no_name_in_common() {
    let resources = translated::resources();
    let [one, other] = ["production", "staging"].map(|stack| names(&resources, stack));
    // The dashboard and the log groups have names at least.
    assert!(one.len() >= 10, "{one:?}");
    for (whose, name) in &one {
        let taken = other.iter().find(|(_, taken)| *taken == name);
        assert_eq!(taken, None, "{whose:?} has the same name in every stack: the second one could not be deployed");
    }
}
