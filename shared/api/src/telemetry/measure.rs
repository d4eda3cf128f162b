//! Measures each request and each other event, and writes its line, with its metrics in it.

use std::time::Instant;

use profiles_domain::Error;
use profiles_storage::Meter;
use tracing::Instrument;

use super::invocation::{Invocation, RequestLabel};
use super::lines::{Answered, Handled, Outcome};
use crate::response::Response;

/// Answers a request, and writes its line.
pub async fn request(label: RequestLabel, invocation: Invocation<'_>, answer: impl Future<Output = Response>) -> Response {
    let (response, outcome) = measure(&invocation, answer, |response| response.status().is_server_error()).await;
    let answered = Answered { method: label.method, route: label.route, status: response.status().as_u16() };
    Handled::write("answered", &invocation, &outcome, Some(answered));
    response
}

/// Handles an event of a stream or schedule, and writes its line.
///
/// # Errors
/// Those of `handle`.
pub async fn event<T>(invocation: Invocation<'_>, handle: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let (handled, outcome) = measure(&invocation, handle, Result::is_err).await;
    Handled::write("handled", &invocation, &outcome, None);
    handled
}

pub(super) async fn measure<T>(
    invocation: &Invocation<'_>,
    task: impl Future<Output = T>,
    is_server_error: fn(&T) -> bool,
) -> (T, Outcome) {
    let (began, meter) = (Instant::now(), Meter::default());
    let done = meter.measure(task).instrument(invocation.span()).await;
    let outcome = Outcome { took: began.elapsed(), consumed: meter.consumed(), is_server_error: is_server_error(&done) };
    (done, outcome)
}
