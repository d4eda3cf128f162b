//! The names of requests and events in the logs.

use tracing::Span;

use crate::request::RoutedRequest;

/// HTTP's own methods. Any other word may be a secret.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];

/// One call of a function.
#[derive(Clone, Copy)]
pub struct Invocation<'a> {
    /// The function, by the name of its binary.
    pub function: &'static str,
    /// The call's id, which is in every line about it.
    pub request_id: &'a str,
    /// The id of its trace in X-Ray.
    pub xray_trace_id: Option<&'a str>,
    /// Whether it is the first of its instance.
    pub is_cold: bool,
}

impl Invocation<'_> {
    /// Opens the span that names the call in every line that is logged in it.
    pub(super) fn span(&self) -> Span {
        tracing::error_span!("invocation", function = self.function, request_id = self.request_id)
    }
}

/// A request's name in the logs. It holds nothing private.
#[derive(Clone, Copy)]
pub struct RequestLabel {
    /// The function that serves its route.
    pub function: &'static str,
    pub(super) method: &'static str,
    /// The route's pattern, never the path.
    pub(super) route: &'static str,
}

impl RequestLabel {
    /// Labels a request by the route that it matched.
    #[must_use]
    pub fn of(request: &RoutedRequest) -> Self {
        let method = request.sent.method.as_str();
        Self {
            function: request.function().name(),
            method: METHODS.into_iter().find(|known| *known == method).unwrap_or("other"),
            route: request.route().map_or("unknown", |route| route.path),
        }
    }
}
