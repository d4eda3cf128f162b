//! The lines and metrics of the requests of one instance of a function, with as few bytes as possible: each byte is paid for.

use std::sync::{Mutex, MutexGuard, PoisonError};

use profiles_normalization::Timestamp;
use serde::Serialize;

use super::invocation::{Invocation, RequestLabel};
use super::lines::Outcome;
use super::measure::measure;
use super::sink;
use super::text::Text;
use super::volume::{Amount, Values, Volume};
use crate::clock::Clock;
use crate::response::Response;

/// Requests that follow each other within this time have their metrics collected. After a longer pause they are written at once.
const PAUSE_MILLIS: i64 = 1000;

/// Writes the line of each request of an instance, and their metrics: many requests' in one document while they come quickly.
///
/// Lambda freezes an instance between two requests, and tells nobody. What is collected then is written with the next request, or by
/// [`Self::flush`] when the instance ends. So only the last requests of a quick series are counted late, and no alarm depends on them.
pub struct Instance {
    state: Mutex<State>,
    clock: Clock,
    one_success_in: u64,
}

#[derive(Default)]
struct State {
    /// The end of the request before.
    ended: Option<Timestamp>,
    collected: Option<Volume>,
    /// The successful requests since the last of them whose line was written.
    unwritten: u64,
}

impl Instance {
    /// Begins with nothing collected. `LOG_ONE_SUCCESS_IN` is the number of requests that succeed, come quickly, and have one line
    /// together (default 1).
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self::with_one_success_in(super::variable("LOG_ONE_SUCCESS_IN").parse().unwrap_or(1), clock)
    }

    /// The same with this number.
    #[must_use]
    pub fn with_one_success_in(one_success_in: u64, clock: Clock) -> Self {
        Self { state: Mutex::default(), clock, one_success_in }
    }

    /// Answers a request, and writes its line. Its metrics are collected.
    pub async fn request(&self, label: RequestLabel, invocation: Invocation<'_>, answer: impl Future<Output = Response>) -> Response {
        let began = self.clock.now();
        let (response, outcome) = measure(&invocation, answer, |response| response.status().is_server_error()).await;
        self.ended(
            &Line::new(self.clock.now(), &label, &invocation, &outcome, response.status().as_u16()),
            &outcome,
            label.function,
            began,
        );
        response
    }

    /// Writes what is collected.
    pub fn flush(&self) {
        if let Some(volume) = self.state().collected.take() {
            volume.write();
        }
    }

    fn ended(&self, line: &Line<'_>, outcome: &Outcome, function: &'static str, began: Timestamp) {
        let now = line.now;
        let mut state = self.state();
        let pause = state.ended.map(|ended| began.unix_millis().saturating_sub(ended.unix_millis()));
        let is_quick = pause.is_some_and(|pause| (0..PAUSE_MILLIS).contains(&pause));
        state.ended = Some(now);
        state.unwritten = state.unwritten.saturating_add(1);
        if !is_quick || line.status >= 400 || state.unwritten >= self.one_success_in {
            state.unwritten = 0;
            line.write();
        }
        if let Some(other) = state.collected.take_if(|collected| !collected.takes(function, now)) {
            other.write();
        }
        let volume = state.collected.get_or_insert_with(|| Volume::new(function, now));
        let is_server_error = outcome.is_server_error;
        let values = Values { milliseconds: line.milliseconds, consumed: outcome.consumed, is_cold: line.cold_start, is_server_error };
        volume.add(now, values);
        if !is_quick || is_server_error || volume.is_full() {
            volume.write();
            state.collected = None;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The line of a request. What is 0 is left out, and the function too: its log group has its name.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(skip)]
    now: Timestamp,
    timestamp: String,
    level: &'static str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    xray_trace_id: Option<&'a str>,
    /// The method, if it is one of HTTP's own.
    method: &'static str,
    /// The route's pattern, never the path.
    route: &'static str,
    status: u16,
    milliseconds: Amount,
    /// Requests to the database on the wire.
    #[serde(skip_serializing_if = "is_zero")]
    requests: u32,
    #[serde(skip_serializing_if = "Amount::is_zero")]
    read_units: Amount,
    #[serde(skip_serializing_if = "Amount::is_zero")]
    write_units: Amount,
    /// Whether it is the first of its instance.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cold_start: bool,
}

impl<'a> Line<'a> {
    fn new(now: Timestamp, label: &RequestLabel, invocation: &Invocation<'a>, outcome: &Outcome, status: u16) -> Self {
        Self {
            now,
            timestamp: now.to_string(),
            level: "INFO",
            request_id: invocation.request_id,
            xray_trace_id: invocation.xray_trace_id,
            method: label.method,
            route: label.route,
            status,
            milliseconds: Amount::rounded(outcome.took.as_secs_f64() * 1000.0),
            requests: outcome.consumed.requests,
            read_units: Amount(outcome.consumed.read_units),
            write_units: Amount(outcome.consumed.write_units),
            cold_start: invocation.is_cold,
        }
    }

    fn write(&self) {
        let text = || {
            let text = Text::request(self.status, self.method, self.route);
            Some(text.with_cost(self.milliseconds.0, self.requests, self.read_units.0, self.write_units.0))
        };
        sink::write_json(|_| self, text);
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}
