//! What keeps the cost of a deployment within bounds: throttles of routes, ceilings of tables; and how its own address is closed.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::translated;

/// The routes that have their own throttle, with its parameter: those whose requests cost most, and the one that no client needs.
const THROTTLED: [(&str, &str); 5] = [
    ("POST /v3/observe/hooks/profiles/batch", "BatchThrottling"),
    ("POST /v3/observe/hooks/{account_secret}/profiles/batch", "BatchThrottling"),
    ("POST /v3/observe/hooks/companies/batch", "BatchThrottling"),
    ("POST /v3/observe/hooks/{account_secret}/companies/batch", "BatchThrottling"),
    ("$default", "UnknownRouteThrottling"),
];

fn throttle(rate: &str, burst: &str) -> Value {
    json!({"ThrottlingRateLimit": {"Ref": rate}, "ThrottlingBurstLimit": {"Ref": burst}})
}

/// API Gateway refuses a stage with settings of a route that is not there.
#[test]
fn batches_and_unknown_routes_have_their_own_throttles() {
    let resources = translated::resources();
    let mut routes = BTreeSet::new();
    for (path, methods) in resources["Api"]["Properties"]["Body"]["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            let is_any = method == "x-amazon-apigateway-any-method";
            routes.insert(if is_any { path.clone() } else { format!("{} {path}", method.to_uppercase()) });
        }
    }
    let stage = &resources["ApiApiGatewayDefaultStage"]["Properties"];
    assert_eq!(stage["DefaultRouteSettings"], throttle("ThrottlingRate", "ThrottlingBurst"));
    let settings = stage["RouteSettings"].as_object().expect("settings of routes");
    assert_eq!(settings.len(), THROTTLED.len());
    for (route, parameter) in THROTTLED {
        assert!(routes.contains(route), "{route} is none of {routes:?}");
        assert_eq!(settings[route], throttle(parameter, parameter), "{route}");
    }
    let takes_batches = |route: &&String| route.starts_with("POST ") && route.ends_with("/batch");
    let taking: Vec<_> = routes.iter().filter(takes_batches).collect();
    assert!(taking.len() == 4 && taking.iter().all(|route| settings.contains_key(*route)), "{taking:?}");
}

#[test]
fn every_table_has_the_ceilings_that_are_asked_for_and_else_none() {
    let template = translated::template();
    let is_set = |name: &str| json!({"Fn::Not": [{"Fn::Equals": [{"Ref": name}, ""]}]});
    assert_eq!(template["Conditions"]["LimitsUnits"], json!({"Fn::And": [is_set("MaxReadUnits"), is_set("MaxWriteUnits")]}));
    let ceilings = json!({"MaxReadRequestUnits": {"Ref": "MaxReadUnits"}, "MaxWriteRequestUnits": {"Ref": "MaxWriteUnits"}});
    for name in ["MaxReadUnits", "MaxWriteUnits"] {
        assert_eq!(template["Parameters"][name]["Default"], "", "{name}");
    }
    for (id, resource) in translated::resources().iter().filter(|(_, resource)| resource["Type"] == "AWS::DynamoDB::Table") {
        let ceiling = &resource["Properties"]["OnDemandThroughput"];
        assert_eq!(*ceiling, json!({"Fn::If": ["LimitsUnits", ceilings, {"Ref": "AWS::NoValue"}]}), "{id}");
    }
}

#[test]
fn its_own_address_is_closed_only_behind_a_domain() {
    let template = translated::template();
    let endpoint = template.pointer("/Resources/Api/Properties/Body/servers/0/x-amazon-apigateway-endpoint-configuration");
    assert_eq!(endpoint, Some(&json!({"disableExecuteApiEndpoint": {"Fn::If": ["HasOnlyDomain", true, false]}})));
    let is_asked = json!({"Fn::Equals": [{"Ref": "CloseOwnAddress"}, "true"]});
    assert_eq!(template["Conditions"]["HasOnlyDomain"], json!({"Fn::And": [{"Condition": "HasDomain"}, is_asked]}));
    assert_eq!(template["Parameters"]["CloseOwnAddress"]["Default"], "false");
    // The address that is printed is one that answers.
    assert_eq!(template["Outputs"]["ApiUrl"]["Value"]["Fn::If"][0], "HasOnlyDomain");
}
