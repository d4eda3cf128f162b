//! Counts the requests of one operation after another.

use profiles_api::Response;
use serde_json::Value;

use crate::instance::Instance;
use crate::local::Local;
use crate::recorder::{Recorded, Recorder};
use crate::report::Findings;

/// Makes requests to one instance, and writes a line about the requests to the database of each.
pub(crate) struct Counter<'a> {
    pub(crate) local: &'a Local,
    pub(crate) recorder: Recorder,
    instance: Instance,
    pub(crate) findings: &'a mut Findings,
}

/// A request of a client.
pub(crate) struct Call {
    method: &'static str,
    path: String,
    query: String,
    body: String,
}

impl Call {
    pub(crate) fn get(path: &str, query: impl Into<String>) -> Self {
        Self { method: "GET", path: path.to_owned(), query: query.into(), body: String::new() }
    }

    pub(crate) fn post(path: &str, body: impl Into<String>) -> Self {
        Self { method: "POST", path: path.to_owned(), query: String::new(), body: body.into() }
    }

    pub(crate) fn delete(path: &str, query: impl Into<String>) -> Self {
        Self { method: "DELETE", path: path.to_owned(), query: query.into(), body: String::new() }
    }
}

impl<'a> Counter<'a> {
    /// Writes the table's heading, and uses an instance that knows the secret already.
    pub(crate) async fn new(local: &'a Local, findings: &'a mut Findings) -> Self {
        Self::write_heading(findings);
        let recorder = Recorder::default();
        let instance = Instance::new(local.recorded_by(&recorder), &local.secret);
        Self::of(local, recorder, instance, findings).await
    }

    /// Uses this instance, whose calls the recorder has, and lets it learn the secret.
    pub(crate) async fn of(local: &'a Local, recorder: Recorder, instance: Instance, findings: &'a mut Findings) -> Self {
        let counter = Self { local, recorder, instance, findings };
        counter.make(Call::get("/", "")).await;
        counter
    }

    /// Writes the table's heading.
    pub(crate) fn write_heading(findings: &mut Findings) {
        findings.say(&format!("{:44} {:>8} {:>11} {:>10}  {}", "", "requests", "write units", "read units", "calls"));
    }

    /// Makes a request that must succeed, without counting.
    pub(crate) async fn make(&self, call: Call) -> Value {
        let response = self.send(call).await;
        assert!(response.status().is_success(), "{}", response.body());
        serde_json::from_str(response.body()).expect("JSON")
    }

    /// Makes a request that must succeed, and counts. Returns the answer, and what was recorded.
    pub(crate) async fn count(&mut self, operation: &str, call: Call) -> (Value, Recorded) {
        self.recorder.take();
        let answer = self.make(call).await;
        (answer, self.write_line(operation))
    }

    /// Makes a request that must be refused as a conflict, and counts.
    pub(crate) async fn count_conflict(&mut self, operation: &str, call: Call) {
        self.recorder.take();
        let response = self.send(call).await;
        assert_eq!(response.status(), http::StatusCode::CONFLICT, "{}", response.body());
        self.write_line(operation);
    }

    /// Writes the line of an operation, about what was recorded since the last time, and returns that.
    pub(crate) fn write_line(&mut self, operation: &str) -> Recorded {
        let recorded = self.recorder.take();
        let Recorded { read_units, write_units, .. } = recorded;
        let (requests, calls) = (recorded.requests(), recorded.calls());
        self.findings.say(&format!("{operation:44} {requests:8} {write_units:11} {read_units:10} {calls}"));
        recorded
    }

    async fn send(&self, Call { method, path, query, body }: Call) -> Response {
        profiles_api::dispatch(&self.instance.context, self.instance.request(method, &path, query, body)).await
    }
}
