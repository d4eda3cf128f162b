//! The one line of each request and each other event, as it is written.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::io;
use std::sync::{Mutex, Once};

use http::{Response, StatusCode};
use profiles_api::Request;
use profiles_api::telemetry::{self, Invocation, Named};
use profiles_domain::Error;
use serde_json::{Value, json};

static WRITTEN: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Writer;

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        WRITTEN.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn invocation(request_id: &str) -> Invocation<'_> {
    static WRITES: Once = Once::new();
    WRITES.call_once(|| telemetry::init_with("info", || Writer));
    Invocation { function: "upsert", request_id, xray_trace_id: None, is_cold: true }
}

fn named(method: &str, path: &str) -> Named {
    let request = Request { method: method.to_owned(), path: path.to_owned(), ..Request::default() };
    Named::of(method, request.routed().route())
}

/// All lines that have this text.
fn lines(text: &str) -> Vec<Value> {
    let written = String::from_utf8(WRITTEN.lock().unwrap().clone()).unwrap();
    written.lines().filter(|line| line.contains(text)).map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn answer(status: StatusCode) -> Response<String> {
    Response::builder().status(status).body(String::new()).unwrap()
}

#[tokio::test]
async fn a_request_has_one_line_from_which_cloudwatch_makes_metrics_of_its_function() {
    let named = named("POST", "/v3/observe/hooks/secret/profiles");
    let invocation = Invocation { xray_trace_id: Some("1-5759e988-bd862e3fe1be46a994272793"), ..invocation("whole") };
    telemetry::request(named, invocation, answer(StatusCode::OK)).await;
    let [line] = &lines("whole")[..] else { panic!("{:?}", lines("whole")) };
    let directive = &line["_aws"]["CloudWatchMetrics"];
    let metrics = json!([
        {"Name": "Milliseconds", "Unit": "Milliseconds"}, {"Name": "DynamoDbRequests"}, {"Name": "ReadUnits"}, {"Name": "WriteUnits"},
        {"Name": "ColdStarts"}, {"Name": "ServerErrors"},
    ]);
    assert_eq!(directive, &json!([{"Namespace": "Profiles", "Dimensions": [["function"]], "Metrics": metrics}]));
    assert!(line["Milliseconds"].is_number() && line["_aws"]["Timestamp"].is_number() && line["timestamp"].is_string(), "{line}");
    let mut rest = line.clone();
    ["_aws", "Milliseconds", "timestamp"].into_iter().for_each(|name| _ = rest.as_object_mut().unwrap().remove(name));
    assert_eq!(
        rest,
        json!({
            "level": "INFO", "message": "answered", "function": "upsert", "request_id": "whole",
            "xray_trace_id": "1-5759e988-bd862e3fe1be46a994272793", "method": "POST",
            "route": "/v3/observe/hooks/{account_secret}/profiles", "status": 200, "DynamoDbRequests": 0, "ReadUnits": 0, "WriteUnits": 0,
            "ColdStarts": 1, "ServerErrors": 0,
        })
    );
}

#[tokio::test]
async fn what_a_client_made_up_is_in_no_line() {
    let named = named("LEON@CHMLN.CO", "/v3/leon@chmln.co");
    assert_eq!(named.function, "root");
    telemetry::request(named, invocation("made-up"), answer(StatusCode::NOT_FOUND)).await;
    let line = &lines("made-up")[0];
    assert_eq!((&line["method"], &line["route"], &line["status"]), (&json!("other"), &json!("unknown"), &json!(404)));
    assert_eq!(lines("chmln"), lines("CHMLN"));
    assert!(lines("chmln").is_empty());
}

#[tokio::test]
async fn only_what_is_not_the_clients_fault_counts_as_a_server_error() {
    for (status, errors) in [(422, 0), (429, 0), (500, 1), (503, 1), (504, 1)] {
        let id = format!("status-{status}");
        let named = named("GET", "/");
        telemetry::request(named, invocation(&id), answer(StatusCode::from_u16(status).unwrap())).await;
        assert_eq!(lines(&id)[0]["ServerErrors"], errors, "{status}");
    }
}

#[tokio::test]
async fn an_event_that_is_no_request_has_a_line_too_and_counts_when_it_failed() {
    let failed = telemetry::event(invocation("failed"), async { Err::<(), _>(Error::Unavailable) }).await;
    assert_eq!(failed, Err(Error::Unavailable));
    telemetry::event(invocation("done"), async { Ok(()) }).await.unwrap();
    let (failed, done) = (&lines("failed")[0], &lines("done")[0]);
    assert_eq!((&failed["message"], &failed["ServerErrors"], &done["ServerErrors"]), (&json!("handled"), &json!(1), &json!(0)));
    assert!(failed["status"].is_null() && failed["route"].is_null(), "{failed}");
}

#[tokio::test]
async fn whatever_is_logged_meanwhile_names_the_request() {
    let answered = async {
        tracing::warn!(target: "profiles_api", "something happened");
        answer(StatusCode::OK).await
    };
    telemetry::request(named("GET", "/"), invocation("meanwhile"), answered).await;
    let warning = lines("meanwhile").into_iter().find(|line| line["message"] == "something happened").unwrap();
    assert_eq!(warning["span"], json!({"name": "invocation", "function": "upsert", "request_id": "meanwhile"}));
}
