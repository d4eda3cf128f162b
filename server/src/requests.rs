//! Serves requests by the handlers of `profiles_api`.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::StatusCode;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use profiles_api::routes::Endpoint;
use profiles_api::telemetry::{self, Invocation, RequestLabel};
use profiles_api::{Clock, Context, Error, Request, Response, RoutedRequest, dispatch, response};
use profiles_normalization::Timestamp;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::body::{Received, receive};
use crate::probes::Probes;
use crate::settings::Settings;

/// The time for which a request waits when too many are in progress.
const PERMIT_TIMEOUT: Duration = Duration::from_secs(5);
/// The most bytes of the body of a request without a route.
const UNKNOWN_BODY_BYTES: usize = 1024 * 1024;

/// The requests of a server.
pub(crate) struct Requests {
    context: Arc<Context>,
    clock: Clock,
    probes: Probes,
    batches: Permits,
    others: Permits,
    tasks: TaskTracker,
    shutdown_requested: CancellationToken,
    body_timeout: Duration,
    timeout: Duration,
    has_console: bool,
}

/// The permits of a kind of request to be in progress.
struct Permits {
    at_once: usize,
    free: Semaphore,
}

impl Permits {
    fn new(at_once: usize) -> Self {
        Self { at_once, free: Semaphore::new(at_once) }
    }

    /// Waits for a permit.
    async fn acquire(&self) -> Result<SemaphorePermit<'_>, Error> {
        let permit = tokio::time::timeout(PERMIT_TIMEOUT, self.free.acquire()).await;
        permit.ok().and_then(Result::ok).ok_or(Error::TooManyAtOnce(self.at_once))
    }
}

impl Requests {
    pub(crate) fn new(context: Arc<Context>, probes: Probes, settings: &Settings, shutdown_requested: CancellationToken) -> Arc<Self> {
        Arc::new(Self {
            context,
            clock: Clock::system(),
            probes,
            batches: Permits::new(settings.batches_at_once),
            others: Permits::new(settings.requests_at_once),
            tasks: TaskTracker::new(),
            shutdown_requested,
            body_timeout: settings.body,
            timeout: settings.request,
            has_console: settings.console,
        })
    }

    /// Returns when all requests are done.
    pub(crate) async fn ended(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Serves a request to its end, even if its client leaves.
    pub(crate) async fn serve(self: Arc<Self>, request: hyper::Request<Incoming>) -> hyper::Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        if let Some(page) = self.page(&parts) {
            return self.closing(page.map(|body| Full::new(Bytes::from_owner(body))), true);
        }
        let (response, whole) = match self.probes.answer(parts.method.as_str(), parts.uri.path()).await {
            Some((status, text)) => (json(status, text), true),
            None => {
                let (requests, tasks) = (Arc::clone(&self), self.tasks.clone());
                // Boxed, because the compiler gives up on a future of this depth.
                let response: std::pin::Pin<Box<dyn Future<Output = _> + Send>> =
                    Box::pin(async move { requests.receive(parts, body).await });
                // A handler that panicked has printed that to standard error.
                tasks.spawn(response).await.unwrap_or_else(|_| (defect(), false))
            }
        };
        self.closing(response.map(|body| Full::new(Bytes::from(body))), whole)
    }

    /// Returns the page that is asked for. Like a probe, it asks no database and has no line in the log.
    fn page(&self, parts: &Parts) -> Option<hyper::Response<Cow<'static, [u8]>>> {
        if self.has_console { profiles_pages::answer(parts.method.as_str(), parts.uri.path(), &parts.headers) } else { None }
    }

    /// Says in the response that the connection is closed, if it is.
    fn closing(&self, mut response: hyper::Response<Full<Bytes>>, whole: bool) -> hyper::Response<Full<Bytes>> {
        if !whole || self.shutdown_requested.is_cancelled() {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    /// Waits for a permit and the body, and then handles the request. Also returns whether the body was read to its end: otherwise the
    /// connection cannot be used for another request.
    async fn receive(&self, parts: Parts, body: Incoming) -> (Response, bool) {
        let request = head(parts).routed();
        let route = request.route();
        let limit = route.map_or(UNKNOWN_BODY_BYTES, |route| route.endpoint.max_body_bytes());
        let label = RequestLabel::of(&request);
        let mut whole = false;
        let response = async {
            // Batches have permits of their own, because each needs much memory.
            let permits = if route.is_some_and(|route| route.endpoint == Endpoint::AcceptBatch) { &self.batches } else { &self.others };
            let _permit = match permits.acquire().await {
                Ok(permit) => permit,
                Err(too_many) => return response::error_response(&too_many),
            };
            match receive(body, limit, self.body_timeout).await {
                Received::Bytes { bytes, whole: is_whole } => {
                    whole = is_whole;
                    self.handle(request, bytes).await
                }
                // If the client has left, nobody reads this response.
                Received::TooSlow | Received::Broken => response::error_response(&Error::BodyTooSlow),
            }
        };
        let request_id = format!("{:032x}", rand::random::<u128>());
        let invocation =
            Invocation { function: label.function, request_id: &request_id, lambda_request_id: None, xray_trace_id: None, is_cold: false };
        let response = telemetry::request(label, invocation, response).await;
        (response, whole)
    }

    /// Handles the request, up to its time limit. After that, it is abandoned as if the process had died.
    async fn handle(&self, mut request: RoutedRequest, body: Vec<u8>) -> Response {
        let within = i64::try_from(self.timeout.as_millis()).unwrap_or(i64::MAX);
        request.sent.body = body;
        request.sent.deadline = Timestamp::from_unix_millis(self.clock.now().unix_millis().saturating_add(within));
        let response = tokio::time::timeout(self.timeout, dispatch(&self.context, request));
        response.await.unwrap_or_else(|_| response::error_response(&Error::OutOfTime))
    }
}

/// A request without its body.
fn head(parts: Parts) -> Request {
    Request {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        ..Request::default()
    }
}

fn defect() -> Response {
    response::error_response(&profiles_domain::Error::Defect("a handler panicked".into()).into())
}

fn json(status: StatusCode, text: &str) -> Response {
    let mut response = Response::new(text.to_owned());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
