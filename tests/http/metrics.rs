//! Metrics: the log lines from which CloudWatch makes them.

use profiles_tests::stream;
use serde_json::{Value, json};

use crate::local_api::{LocalApi, local_api};

/// Returns the log lines with this text and message.
fn lines(api: &LocalApi, text: &str, message: &str) -> Vec<Value> {
    let lines = api.output();
    let lines = lines.lines().filter(|line| line.contains(text)).filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["message"] == message).collect()
}

#[test]
fn the_line_of_a_request_counts_its_database_requests_and_units() {
    let api = local_api();
    let account = api.account();
    // The first ones also tell the registry of properties.
    for plan in ["growth", "scale", "growth", "scale"] {
        account.upsert(&format!(r#"{{"uid":18821,"plan":"{plan}"}}"#));
    }
    // Other tests send requests, too. One line like this must be among all of them.
    let output = api.output();
    let lines: Vec<Value> = output.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let is_one = |line: &&Value| {
        line["route"] == "/v3/observe/hooks/profiles" && line["status"] == 200 && line["requests"] == 1 && line["write_units"] == 1
    };
    let line = lines.iter().find(is_one).unwrap_or_else(|| panic!("{lines:#?}"));
    assert!(line["read_units"].is_null() && line["milliseconds"].is_number(), "{line}");
    // The first of an instance has its metrics written at once.
    let is_counted = |line: &&Value| line["function"] == "upsert" && line["ColdStarts"] == json!([1]);
    let counted = lines.iter().find(is_counted).unwrap_or_else(|| panic!("{lines:#?}"));
    assert_eq!(counted["Milliseconds"].as_array().map(Vec::len), Some(1), "{counted}");
}

#[test]
fn items_are_counted_when_they_are_accepted_and_when_they_are_applied() {
    let api = local_api();
    let account = api.account();
    let account_id = account.send("GET", "/", "").body["account"]["id"].as_str().unwrap().to_owned();
    let reply = account.send("POST", "/v3/observe/hooks/profiles/batch", r#"{"profiles":[{"uid":1},{"uid":2},{"plan":"growth"}]}"#);
    let batch = reply.body["batch"]["id"].as_str().unwrap();
    let [accepted] = &lines(api, batch, "accepted a batch")[..] else { panic!("{}", api.output()) };
    assert_eq!((&accepted["ItemsAccepted"], &accepted["ItemsRefused"]), (&json!(2), &json!(1)));
    assert_eq!(accepted["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([[]]));

    api.invoke("sweep", r#"{"source":"aws.events","detail-type":"Scheduled Event"}"#);
    let waiting = lines(api, "OldestChunkAge", "looked for chunks that wait").pop().unwrap();
    assert!(waiting["ChunksWaiting"].as_u64().unwrap() >= 1, "{waiting}");

    api.invoke("batch_worker", &stream::event(&format!("{account_id}#{batch}"), "ticket#000").to_string());
    let [applied] = &lines(api, batch, "applied a chunk")[..] else { panic!("{}", api.output()) };
    assert_eq!((&applied["ItemsApplied"], &applied["ItemsFailed"], &applied["created"]), (&json!(2), &json!(0), &json!(2)));
    let metrics = applied["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap();
    let names: Vec<_> = metrics.iter().map(|metric| metric["Name"].as_str().unwrap()).collect();
    assert_eq!(names, ["ItemsApplied", "ItemsFailed", "ChunkSeconds"]);
    let handled = lines(api, "batch_worker", "handled").pop().unwrap();
    assert!(handled["DynamoDbRequests"].as_u64().unwrap() > 3, "{handled}");
}
