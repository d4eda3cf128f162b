//! Counts the requests of one operation after another.

use profiles_api::Response;
use serde_json::Value;

use crate::instance::Instance;
use crate::local::Local;
use crate::recorder::{Recorded, Recorder};
use crate::report::Findings;

/// Makes requests to one instance, and writes a line about the requests to the database of each.
pub(super) struct Counter<'a> {
    pub(super) local: &'a Local,
    pub(super) recorder: Recorder,
    instance: Instance,
    findings: &'a mut Findings,
}

/// A request of a client.
pub(super) struct Call {
    method: &'static str,
    path: String,
    query: String,
    body: String,
}

impl Call {
    pub(super) fn get(path: &str, query: impl Into<String>) -> Self {
        Self { method: "GET", path: path.to_owned(), query: query.into(), body: String::new() }
    }

    pub(super) fn post(path: &str, body: impl Into<String>) -> Self {
        Self { method: "POST", path: path.to_owned(), query: String::new(), body: body.into() }
    }

    pub(super) fn delete(path: &str, query: impl Into<String>) -> Self {
        Self { method: "DELETE", path: path.to_owned(), query: query.into(), body: String::new() }
    }
}

impl<'a> Counter<'a> {
    /// Writes the table's heading, and uses an instance that knows the secret already.
    pub(super) async fn new(local: &'a Local, findings: &'a mut Findings) -> Self {
        findings.say(&format!("{:44} {:>8} {:>11} {:>10}  {}", "", "requests", "write units", "read units", "calls"));
        let recorder = Recorder::default();
        let instance = Instance::new(local.recorded_by(&recorder), &local.secret);
        let counter = Self { local, recorder, instance, findings };
        counter.make(Call::get("/", "")).await;
        counter
    }

    /// Makes a request that must succeed, without counting.
    pub(super) async fn make(&self, call: Call) -> Value {
        let response = self.send(call).await;
        assert!(response.status().is_success(), "{}", response.body());
        serde_json::from_str(response.body()).expect("JSON")
    }

    /// Makes a request that must succeed, and counts.
    pub(super) async fn count(&mut self, operation: &str, call: Call) {
        self.recorder.take();
        self.make(call).await;
        self.write_line(operation);
    }

    /// Makes a request that must be refused as a conflict, and counts.
    pub(super) async fn count_conflict(&mut self, operation: &str, call: Call) {
        self.recorder.take();
        let response = self.send(call).await;
        assert_eq!(response.status(), http::StatusCode::CONFLICT, "{}", response.body());
        self.write_line(operation);
    }

    /// Writes the line of an operation, about what was recorded since the last time.
    pub(super) fn write_line(&mut self, operation: &str) {
        let recorded = self.recorder.take();
        let Recorded { read_units, write_units, .. } = recorded;
        let (requests, calls) = (recorded.requests(), recorded.calls());
        self.findings.say(&format!("{operation:44} {requests:8} {write_units:11} {read_units:10} {calls}"));
    }

    async fn send(&self, Call { method, path, query, body }: Call) -> Response {
        profiles_api::dispatch(&self.instance.context, self.instance.request(method, &path, query, body)).await
    }
}
