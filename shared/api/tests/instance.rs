//! The lines of an instance's requests, and the documents with their metrics.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::io;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use http::{Response, StatusCode};
use profiles_api::telemetry::{self, Format, Instance, Invocation, Output, RequestLabel};
use profiles_api::{Clock, Request};
use profiles_normalization::Timestamp;
use serde_json::{Value, json};

static WRITTEN: Mutex<Vec<u8>> = Mutex::new(Vec::new());
/// One test after the other, because all write to the same place.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
/// 2029-04-07T12:18:00Z, where a minute begins.
const BEGAN: i64 = 1_870_258_680_000;

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

/// An instance at a time that the test sets.
struct Running {
    instance: Instance,
    now: Arc<AtomicI64>,
    requests: usize,
    _turn: tokio::sync::MutexGuard<'static, ()>,
}

impl Running {
    async fn new(one_success_in: u64) -> Self {
        let turn = TURN.lock().await;
        static WRITES: std::sync::Once = std::sync::Once::new();
        WRITES.call_once(|| telemetry::init_with("info", [Output::new(Format::Json, || Writer)]));
        WRITTEN.lock().unwrap().clear();
        let now = Arc::new(AtomicI64::new(BEGAN));
        let shown = Arc::clone(&now);
        let clock = Clock::from_fn(move || Timestamp::from_unix_millis(shown.load(Ordering::Relaxed)).unwrap());
        Self { instance: Instance::with_one_success_in(one_success_in, clock), now, requests: 0, _turn: turn }
    }

    /// Answers a request some milliseconds after the one before.
    async fn request(&mut self, after: i64, status: u16) {
        self.now.fetch_add(after, Ordering::Relaxed);
        let id = self.requests.to_string();
        let invocation =
            Invocation { function: "root", request_id: &id, lambda_request_id: None, xray_trace_id: None, is_cold: self.requests == 0 };
        let request = Request { method: "GET".to_owned(), path: "/".to_owned(), ..Request::default() };
        let answer = async { Response::builder().status(StatusCode::from_u16(status).unwrap()).body(String::new()).unwrap() };
        self.instance.request(RequestLabel::of(&request.routed()), invocation, answer).await;
        self.requests += 1;
    }

    async fn quick(&mut self, statuses: &[u16]) {
        for status in statuses {
            self.request(10, *status).await;
        }
    }

    /// The ids of requests with a line, in their order.
    fn lines(&self) -> Vec<u64> {
        written().iter().filter_map(|line| line["request_id"].as_str()?.parse().ok()).collect()
    }

    /// The number of requests in each document.
    fn counted(&self) -> Vec<usize> {
        documents().iter().map(|document| document["Milliseconds"].as_array().unwrap().len()).collect()
    }
}

fn written() -> Vec<Value> {
    String::from_utf8(WRITTEN.lock().unwrap().clone()).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn documents() -> Vec<Value> {
    written().into_iter().filter(|line| line["_aws"].is_object()).collect()
}

#[tokio::test]
async fn quick_requests_have_a_short_line_each_and_their_metrics_in_one_document() {
    let mut running = Running::new(1).await;
    running.quick(&[200, 404, 200]).await;
    // The metrics of the first are written at once, as after a pause. Those of the others wait.
    assert_eq!((running.lines(), running.counted()), (vec![0, 1, 2], vec![1]));
    running.instance.flush();
    running.instance.flush();
    assert_eq!(running.counted(), [1, 2]);
    let document = &documents()[1];
    let two = json!([0, 0]);
    for name in ["DynamoDbRequests", "ReadUnits", "WriteUnits", "ColdStarts", "ServerErrors"] {
        assert_eq!(document[name], two, "{name}");
    }
    assert_eq!((&document["function"], &document["level"]), (&json!("root"), &json!("INFO")));
    assert_eq!((&document["_aws"]["Timestamp"], &document["timestamp"]), (&json!(BEGAN + 30), &json!("2029-04-07T12:18:00.030Z")));

    let mut line = written()[3].clone();
    line.as_object_mut().unwrap().remove("milliseconds").unwrap();
    let timestamp = "2029-04-07T12:18:00.030Z";
    assert_eq!(line, json!({"timestamp": timestamp, "level": "INFO", "request_id": "2", "method": "GET", "route": "/", "status": 200}));
}

#[tokio::test]
async fn a_document_describes_its_metrics_as_a_line_does_that_has_its_own() {
    let mut running = Running::new(1).await;
    running.request(0, 200).await;
    let invocation = Invocation { function: "root", request_id: "own", lambda_request_id: None, xray_trace_id: None, is_cold: true };
    telemetry::event(invocation, async { Ok(()) }).await.unwrap();
    let [document, line] = &documents()[..] else { panic!("{:?}", written()) };
    assert_eq!(document["_aws"]["CloudWatchMetrics"], line["_aws"]["CloudWatchMetrics"]);
    for metric in document["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap() {
        let name = metric["Name"].as_str().unwrap();
        assert!(document[name][0].is_number() && line[name].is_number(), "{name}");
    }
}

#[tokio::test]
async fn a_document_takes_a_hundred_values_of_a_metric() {
    let mut running = Running::new(1).await;
    running.quick(&[200; 205]).await;
    running.instance.flush();
    assert_eq!((running.counted(), running.lines().len()), (vec![1, 100, 100, 4], 205));
}

#[tokio::test]
async fn metrics_are_written_at_once_after_a_pause_and_when_a_request_failed() {
    let mut running = Running::new(1).await;
    running.quick(&[200, 200, 200]).await;
    running.request(999, 200).await;
    assert_eq!(running.counted(), [1]);
    running.request(1000, 200).await;
    assert_eq!(running.counted(), [1, 4]);
    running.quick(&[200, 503]).await;
    assert_eq!(running.counted(), [1, 4, 2]);
    assert_eq!(documents()[2]["ServerErrors"], json!([0, 1]));
    // A clock that is put back is a pause, too.
    running.request(-60_000, 200).await;
    assert_eq!(running.counted(), [1, 4, 2, 1]);
}

#[tokio::test]
async fn a_document_is_of_one_minute() {
    let mut running = Running::new(1).await;
    running.request(59_000, 200).await;
    running.request(500, 200).await;
    running.request(490, 200).await;
    running.request(10, 200).await;
    assert_eq!(running.counted(), [1, 2]);
    running.instance.flush();
    let times: Vec<_> = documents().iter().map(|document| document["_aws"]["Timestamp"].as_i64().unwrap() - BEGAN).collect();
    assert_eq!(times, [59_000, 59_990, 60_000]);
}

#[tokio::test]
async fn of_quick_successes_one_in_so_many_has_a_line_and_all_are_counted() {
    let mut running = Running::new(10).await;
    running.quick(&[[200; 25].as_slice(), &[404, 500], &[200; 10]].concat()).await;
    // The first, every tenth after it, those that did not succeed, and the tenth after them.
    assert_eq!(running.lines(), [0, 10, 20, 25, 26, 36]);
    running.request(1000, 200).await;
    running.request(1000, 200).await;
    assert_eq!(running.lines()[6..], [37, 38]);
    assert_eq!(running.counted().iter().sum::<usize>(), 39);
}

#[test]
fn a_request_is_named_as_the_client_knows_it_unless_that_name_is_long_or_may_be_made_up() {
    let by_lambda = "8e1e7556-9131-44a7-b2aa-54ed60dca210";
    let lambda = Invocation { function: "root", request_id: by_lambda, lambda_request_id: None, xray_trace_id: None, is_cold: false };
    let ids = |by_api| {
        let named = lambda.named_by(by_api);
        (named.request_id, named.lambda_request_id)
    };
    assert_eq!(ids(Some("JKJaXmPLvHcESHA=")), ("JKJaXmPLvHcESHA=", Some(by_lambda)));
    let stand_in = "7b96c5ec-1b87-48ae-9b00-12dd8d27a9c9";
    for other in [None, Some(""), Some("leon@chmln.co"), Some("a b"), Some(by_lambda), Some(stand_in), Some("a".repeat(65).as_str())] {
        assert_eq!(ids(other), (by_lambda, None), "{other:?}");
    }
}
