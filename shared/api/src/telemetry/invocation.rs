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
    /// Lambda's own id of the call, where that is another one. Its own lines have it.
    pub lambda_request_id: Option<&'a str>,
    /// The id of its trace in X-Ray.
    pub xray_trace_id: Option<&'a str>,
    /// Whether it is the first of its instance.
    pub is_cold: bool,
}

impl<'a> Invocation<'a> {
    /// Takes the API's id of the request, which the client and the access log have too, if it is shorter than Lambda's, as API Gateway's
    /// is. Those of local stand-ins are not, and nothing else has them.
    #[must_use]
    pub fn named_by(self, id_of_api: Option<&'a str>) -> Self {
        let is_shorter = |id: &&str| (1..self.request_id.len()).contains(&id.len());
        // A stand-in may put anything there.
        let is_id = |id: &&str| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=".contains(&byte));
        match id_of_api.filter(is_shorter).filter(is_id) {
            Some(id) => Self { request_id: id, lambda_request_id: Some(self.request_id), ..self },
            None => self,
        }
    }

    /// Opens the span that names the call in every line that is logged in it.
    pub(super) fn span(&self) -> Span {
        let Self { function, request_id, lambda_request_id, .. } = self;
        tracing::error_span!("invocation", function, request_id, lambda_request_id)
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
