//! The one line of each request and each other event, in both forms.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::io;
use std::sync::{Mutex, Once};

use http::{Response, StatusCode};
use profiles_api::Request;
use profiles_api::telemetry::{self, Format, Invocation, Output, RequestLabel};
use profiles_domain::Error;
use serde_json::{Value, json};

static JSON: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static TEXT: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static COLORS: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Writer(&'static Mutex<Vec<u8>>);

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn invocation(request_id: &str) -> Invocation<'_> {
    static WRITES: Once = Once::new();
    WRITES.call_once(|| {
        let json = Output::new(Format::Json, || Writer(&JSON));
        let text = Output::new(Format::Text { color: false }, || Writer(&TEXT));
        let colors = Output::new(Format::Text { color: true }, || Writer(&COLORS));
        telemetry::init_with("info", [json, text, colors]);
    });
    Invocation { function: "upsert", request_id, lambda_request_id: None, xray_trace_id: None, is_cold: true }
}

fn label(method: &str, path: &str) -> RequestLabel {
    let request = Request { method: method.to_owned(), path: path.to_owned(), ..Request::default() };
    RequestLabel::of(&request.routed())
}

fn written(to: &Mutex<Vec<u8>>) -> String {
    String::from_utf8(to.lock().unwrap().clone()).unwrap()
}

/// All JSON lines that have this text.
fn lines(text: &str) -> Vec<Value> {
    written(&JSON).lines().filter(|line| line.contains(text)).map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// All lines for people that have this text. Their times are checked and left out, and milliseconds are `_`.
fn texts(text: &str) -> Vec<String> {
    let without_times = |line: &str| {
        let (time, line) = line.split_once(' ').unwrap();
        assert_eq!(time.split(':').map(|part| (part.len(), part.parse::<u8>().is_ok())).collect::<Vec<_>>(), [(2, true); 3], "{time}");
        let parts = line.split("  ").map(|part| match part.strip_suffix(" ms") {
            Some(milliseconds) => milliseconds.parse::<f64>().map(|_| "_ ms").unwrap(),
            None => part,
        });
        parts.collect::<Vec<_>>().join("  ")
    };
    written(&TEXT).lines().filter(|line| line.contains(text)).map(without_times).collect()
}

async fn answer(status: StatusCode) -> Response<String> {
    Response::builder().status(status).body(String::new()).unwrap()
}

#[tokio::test]
async fn a_request_has_one_line_from_which_cloudwatch_makes_metrics_of_its_function() {
    let label = label("POST", "/v3/observe/hooks/secret/profiles");
    let invocation = Invocation { xray_trace_id: Some("1-5759e988-bd862e3fe1be46a994272793"), ..invocation("whole") };
    telemetry::request(label, invocation, answer(StatusCode::OK)).await;
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
    let label = label("LEON@CHMLN.CO", "/v3/leon@chmln.co");
    assert_eq!(label.function, "root");
    telemetry::request(label, invocation("made-up"), answer(StatusCode::NOT_FOUND)).await;
    let line = &lines("made-up")[0];
    assert_eq!((&line["method"], &line["route"], &line["status"]), (&json!("other"), &json!("unknown"), &json!(404)));
    assert_eq!(texts(" other "), ["404 other unknown  _ ms"]);
    for written in [&JSON, &TEXT, &COLORS].map(written) {
        assert!(!written.to_ascii_lowercase().contains("chmln"), "{written}");
    }
}

#[tokio::test]
async fn only_what_is_not_the_clients_fault_counts_as_a_server_error() {
    for (status, errors) in [(422, 0), (429, 0), (500, 1), (503, 1), (504, 1)] {
        let id = format!("status-{status}");
        let label = label("GET", "/");
        telemetry::request(label, invocation(&id), answer(StatusCode::from_u16(status).unwrap())).await;
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
async fn a_request_has_one_line_of_text_with_its_route_and_what_the_database_did_for_it() {
    let label = label("GET", "/v3/analyze/profiles/5f3c4232c712de665632a6d5");
    telemetry::request(label, invocation("in-text"), answer(StatusCode::OK)).await;
    assert_eq!(texts("/v3/analyze/profiles/{id}"), ["200 GET /v3/analyze/profiles/{id}  _ ms"]);
    assert!(!written(&TEXT).contains("5f3c4232c712de665632a6d5"));
    let colors = written(&COLORS);
    let line = colors.lines().find(|line| line.contains("/v3/analyze/profiles/{id}")).unwrap();
    assert!(line.starts_with("\u{1b}[2m") && line.contains("\u{1b}[32m200\u{1b}[0m GET "), "{line:?}");
    assert!(!written(&TEXT).contains('\u{1b}'));
}

#[tokio::test]
async fn an_event_that_found_nothing_to_do_has_no_line_of_text_and_one_that_failed_has_one() {
    let quiet = Invocation { function: "quiet", ..invocation("quiet-event") };
    telemetry::event(quiet, async { Ok(()) }).await.unwrap();
    assert_eq!((lines("quiet-event").len(), texts("quiet").len()), (1, 0));
    let loud = Invocation { function: "loud", ..invocation("loud-event") };
    telemetry::event(loud, async { Err::<(), _>(Error::Unavailable) }).await.unwrap_err();
    assert_eq!(texts("loud"), ["failed loud  _ ms"]);
}

#[tokio::test]
async fn whatever_is_logged_meanwhile_names_the_request() {
    let answered = async {
        tracing::warn!(target: "profiles_api", "something happened");
        answer(StatusCode::OK).await
    };
    telemetry::request(label("GET", "/"), invocation("meanwhile"), answered).await;
    let warning = lines("meanwhile").into_iter().find(|line| line["message"] == "something happened").unwrap();
    assert_eq!(warning["span"], json!({"name": "invocation", "function": "upsert", "request_id": "meanwhile"}));
    assert_eq!(texts("meanwhile"), [r#" WARN invocation: something happened function="upsert" request_id="meanwhile""#]);
}
