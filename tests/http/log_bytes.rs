//! What a request costs in logs: the bytes that an instance of a function writes, and those of the access log.

use std::fs;

use profiles_tests::World;
use serde_json::{Value, json};

use crate::child_process::ROOT;
use crate::runtime_api::Instance;

/// What CloudWatch adds to each line.
const OF_A_LINE: usize = 26;
/// The most bytes of a known upsert. It has some five less, for each pause of a second between two of a hundred requests may cost them.
const OF_A_KNOWN_UPSERT: usize = 390;
/// In dollars, as docs/operations.md has it: the write unit, the API, Lambda's request and time, of a million known upserts.
const OTHER_COSTS: f64 = 0.625 + 1.0 + 0.2 + 0.08;
const A_GIGABYTE_OF_LOGS: f64 = 0.5;

/// An event as API Gateway sends it.
fn event(number: usize, method: &str, route: &str, world: &World, query: &str, body: &str) -> Value {
    let path = route.replace("{account_secret}", &world.secret);
    json!({
        "version": "2.0", "routeKey": format!("{method} {route}"), "rawPath": path, "rawQueryString": query,
        "headers": {"x-account-secret": world.secret, "content-type": "application/json"},
        "requestContext": {
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "curl"},
            "requestId": format!("JKJaXm{number:09}="), "stage": "$default",
        },
        "body": body, "isBase64Encoded": false,
    })
}

fn known_upsert(number: usize, world: &World) -> Value {
    // Of both routes, the one with more bytes.
    event(number, "POST", "/v3/observe/hooks/{account_secret}/profiles", world, "", &format!(r#"{{"uid":"18821","seats":{number}}}"#))
}

/// The bytes of a line in the access log of a request that a function answered.
fn of_access_log(method: &str, route: &str) -> usize {
    let template = fs::read_to_string(format!("{ROOT}/template.yaml")).unwrap();
    let format = template.split_once("        Format: >-\n").unwrap().1;
    let lines: Vec<_> = format.lines().take_while(|line| line.starts_with("          ")).map(str::trim).collect();
    let line = lines.join(" ");
    let values = [
        ("$context.requestId", "JKJaXmPLvHcESHA="),
        ("$context.routeKey", &format!("{method} {route}")),
        ("$context.status", "200"),
        ("$context.responseLatency", "14"),
        ("$context.integrationStatus", "200"),
        ("$context.integration.status", "200"),
        ("$context.error.responseType", "-"),
        ("$context.integrationErrorMessage", "-"),
    ];
    let line = values.into_iter().fold(line, |line, (name, value)| line.replace(name, value));
    assert!(!line.contains('$'), "{line}");
    line.len() + OF_A_LINE
}

/// The bytes for each of so many requests.
fn bytes(lines: &[String], requests: usize) -> usize {
    lines.iter().map(|line| line.len() + OF_A_LINE).sum::<usize>() / requests
}

/// The lines of an instance without those of its first request, which has a document for its own metrics.
fn after_the_first(lines: &[String]) -> &[String] {
    let [first, own, rest @ ..] = lines else { panic!("{lines:#?}") };
    assert!(first.contains("cold_start") && own.contains(r#""ColdStarts":[1]"#), "{first}\n{own}");
    rest
}

fn parsed(lines: &[String]) -> Vec<Value> {
    lines.iter().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// The number of requests in the documents with metrics.
fn counted(lines: &[Value]) -> usize {
    lines.iter().filter_map(|line| line["Milliseconds"].as_array()).map(Vec::len).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_logs_of_a_million_known_upserts_leave_their_cost_below_its_limit() {
    const REQUESTS: usize = 101;
    let world = World::new().await;
    let instance = Instance::start("upsert", &world, &[]);
    for number in 0..REQUESTS {
        assert_eq!(instance.invoke(&known_upsert(number, &world)), 200);
    }
    let lines = instance.end();
    let by_function = bytes(after_the_first(&lines), REQUESTS - 1);
    let by_api = of_access_log("POST", "/v3/observe/hooks/{account_secret}/profiles");
    println!("a known upsert: {by_function} bytes of the function, {by_api} of the access log");
    assert!(by_function + by_api <= OF_A_KNOWN_UPSERT, "{by_function} + {by_api} bytes, as in {:#?}", lines.last_chunk::<3>());
    let dollars = OTHER_COSTS + A_GIGABYTE_OF_LOGS * OF_A_KNOWN_UPSERT as f64 / 1000.0;
    assert!(dollars <= 2.10, "{dollars}");

    // Nothing is missing for it.
    let lines = parsed(&lines);
    let requests: Vec<_> = lines.iter().filter(|line| line["request_id"].is_string()).collect();
    assert_eq!((requests.len(), counted(&lines)), (REQUESTS, REQUESTS));
    let known = requests.last().unwrap();
    for (name, value) in [
        ("request_id", json!("JKJaXm000000100=")),
        ("method", json!("POST")),
        ("route", json!("/v3/observe/hooks/{account_secret}/profiles")),
        ("status", json!(200)),
        ("requests", json!(1)),
        ("write_units", json!(1)),
    ] {
        assert_eq!(known[name], value, "{name}");
    }
    assert!(known["timestamp"].is_string() && known["milliseconds"].is_number(), "{known}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_quick_upserts_one_in_so_many_has_a_line_and_costs_little() {
    let world = World::new().await;
    let instance = Instance::start("upsert", &world, &[("LOG_ONE_SUCCESS_IN", "50")]);
    for number in 0..50 {
        assert_eq!(instance.invoke(&known_upsert(number, &world)), 200);
    }
    let refused = event(50, "POST", "/v3/observe/hooks/profiles", &world, "", "[]");
    assert_eq!(instance.invoke(&refused), 422);
    let lines = instance.end();
    // A fourth of what each would have with a line of its own.
    assert!(bytes(after_the_first(&lines), 50) < 70, "{lines:#?}");
    let lines = parsed(&lines);
    assert_eq!(counted(&lines), 51);
    assert!(lines.iter().any(|line| line["status"] == 422 && line["request_id"] == "JKJaXm000000050="), "{lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_asks_lambda_to_be_told_of_its_end_and_then_writes_what_it_has_collected() {
    let world = World::new().await;
    let instance = Instance::start("upsert", &world, &[("LAMBDA_TASK_ROOT", "/var/task")]);
    for number in 0..5 {
        assert_eq!(instance.invoke(&known_upsert(number, &world)), 200);
    }
    let calls = instance.calls();
    // Lambda takes no extension after the first event was asked for, and starts no instance before each extension has asked for its own.
    assert_eq!(calls[0], "POST /2020-01-01/extension/register");
    assert!(calls[1..].iter().any(|call| call == "GET /2020-01-01/extension/event/next"), "{calls:?}");
    assert_eq!(counted(&parsed(&instance.end())), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_requests_have_no_more_bytes_than_a_known_upsert() {
    let world = World::new().await;
    for (function, method, route, query) in [
        // A new user each.
        ("upsert", "POST", "/v3/observe/hooks/profiles", ""),
        ("retrieve", "GET", "/v3/analyze/profile", "uid=n1"),
        ("search", "GET", "/v3/analyze/profiles", "limit=20"),
    ] {
        let event = |number| event(number, method, route, &world, query, &format!(r#"{{"uid":"n{number}"}}"#));
        let instance = Instance::start(function, &world, &[]);
        for number in 0..31 {
            assert_eq!(instance.invoke(&event(number)), 200, "{function}");
        }
        let lines = instance.end();
        let all = bytes(after_the_first(&lines), 30) + of_access_log(method, route);
        println!("{function}: {all} bytes");
        assert!(all <= OF_A_KNOWN_UPSERT, "{all} bytes of {function}: {lines:#?}");
    }
}
