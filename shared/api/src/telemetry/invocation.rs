//! One line for each request and each other event, with what it took.

use std::time::Instant;

use profiles_domain::Error;
use profiles_storage::Meter;
use tracing::{Instrument, Span};

use super::lines::{Answered, Handled, Outcome};
use crate::response::Response;
use crate::routes::{Function, Route};

/// HTTP's own methods. Any other word may be somebody's secret.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];

/// Which call of which function it is.
#[derive(Clone, Copy)]
pub struct Invocation<'a> {
    /// The function, by the name of its binary.
    pub function: &'static str,
    /// Its id, which other lines about it have too.
    pub request_id: &'a str,
    /// Where X-Ray has its trace.
    pub xray_trace_id: Option<&'a str>,
    /// Whether it is the first of its instance.
    pub is_cold: bool,
}

impl Invocation<'_> {
    /// Whatever is logged in it names the request.
    fn span(&self) -> Span {
        tracing::error_span!("invocation", function = self.function, request_id = self.request_id)
    }
}

/// A request as its line names it: nothing private is in it.
#[derive(Clone, Copy)]
pub struct Named {
    /// The function that serves its route.
    pub function: &'static str,
    method: &'static str,
    route: &'static str,
}

impl Named {
    /// By the route that it matched.
    #[must_use]
    pub fn of(method: &str, route: Option<Route>) -> Self {
        Self {
            // It answers what no route takes.
            function: route.map_or(Function::Root, |route| route.endpoint.function()).name(),
            method: METHODS.into_iter().find(|known| *known == method).unwrap_or("other"),
            route: route.map_or("unknown", |route| route.path),
        }
    }
}

/// Answers a request, and writes the line that tells of it.
pub async fn request(named: Named, invocation: Invocation<'_>, answer: impl Future<Output = Response>) -> Response {
    let (began, meter) = (Instant::now(), Meter::default());
    let response = meter.measure(answer).instrument(invocation.span()).await;
    let status = response.status().as_u16();
    let outcome = Outcome { took: began.elapsed(), consumed: meter.consumed(), is_server_error: status >= 500 };
    let answered = Answered { method: named.method, route: named.route, status };
    Handled::write("answered", &invocation, &outcome, Some(answered));
    response
}

/// Handles an event that is no request, and writes the line that tells of it.
///
/// # Errors
/// Those of `handle`.
pub async fn event<T>(invocation: Invocation<'_>, handle: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let (began, meter) = (Instant::now(), Meter::default());
    let handled = meter.measure(handle).instrument(invocation.span()).await;
    let outcome = Outcome { took: began.elapsed(), consumed: meter.consumed(), is_server_error: handled.is_err() };
    Handled::write("handled", &invocation, &outcome, None);
    handled
}
