//! Answering requests by the handlers of `profiles_api`.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::StatusCode;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use profiles_api::routes::{Endpoint, Route, route_of};
use profiles_api::telemetry::{self, Invocation, RequestLabel};
use profiles_api::{Clock, Context, Error, Request, Response, answer, any};
use profiles_normalization::Timestamp;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::body::{Received, receive};
use crate::probes::Probes;
use crate::settings::Settings;

/// For so long a request waits for its turn when there are too many at once.
const TURN_WITHIN: Duration = Duration::from_secs(5);
/// Bytes of the body of a request that takes no route.
const UNKNOWN_BODY_BYTES: usize = 1024 * 1024;

/// All requests of a server.
pub(crate) struct Requests {
    context: Arc<Context>,
    clock: Clock,
    probes: Probes,
    batches: Semaphore,
    others: Semaphore,
    tasks: TaskTracker,
    asked_to_end: CancellationToken,
    body_within: Duration,
    answered_within: Duration,
}

impl Requests {
    pub(crate) fn new(context: Arc<Context>, probes: Probes, settings: &Settings, asked_to_end: CancellationToken) -> Arc<Self> {
        Arc::new(Self {
            context,
            clock: Clock::system(),
            probes,
            batches: Semaphore::new(settings.batches_at_once),
            others: Semaphore::new(settings.requests_at_once),
            tasks: TaskTracker::new(),
            asked_to_end,
            body_within: settings.body,
            answered_within: settings.request,
        })
    }

    /// Returns when no request is left.
    pub(crate) async fn ended(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Answers a request, also when its client does not wait for that: what was begun is brought to its end.
    pub(crate) async fn answer(self: Arc<Self>, request: hyper::Request<Incoming>) -> hyper::Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let (response, whole) = match self.probes.answer(parts.method.as_str(), parts.uri.path()).await {
            Some((status, text)) => (json(status, text), true),
            None => {
                let (requests, tasks) = (Arc::clone(&self), self.tasks.clone());
                // Boxed, since the compiler gives up on a future of this depth.
                let answer: std::pin::Pin<Box<dyn Future<Output = _> + Send>> =
                    Box::pin(async move { requests.receive(parts, body).await });
                // A handler that panicked has said so on standard error.
                tasks.spawn(answer).await.unwrap_or_else(|_| (defect(), false))
            }
        };
        let mut response = response.map(|body| Full::new(Bytes::from(body)));
        if !whole || self.asked_to_end.is_cancelled() {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    /// Waits for its turn and its body, and then has it answered. Tells too whether the body came whole, without which nothing else can
    /// come on the same connection.
    async fn receive(&self, parts: Parts, body: Incoming) -> (Response, bool) {
        let route = route_of(parts.method.as_str(), parts.uri.path());
        let limit = route.map_or(UNKNOWN_BODY_BYTES, |route| route.endpoint.max_body_bytes());
        let label = RequestLabel::of(parts.method.as_str(), parts.uri.path());
        let mut whole = false;
        let answer = async {
            let Some(_turn) = self.turn(route).await else { return answer::refusal(&Error::TooManyAtOnce) };
            match receive(body, limit, self.body_within).await {
                Received::Bytes { bytes, whole: is_whole } => {
                    whole = is_whole;
                    self.handle(parts, bytes).await
                }
                // Of one whose client has left, nobody reads the answer.
                Received::TooSlow | Received::Broken => answer::refusal(&Error::BodyTooSlow),
            }
        };
        let request_id = format!("{:032x}", rand::random::<u128>());
        let invocation = Invocation { function: label.function, request_id: &request_id, xray_trace_id: None, is_cold: false };
        let response = telemetry::request(label, invocation, answer).await;
        (response, whole)
    }

    /// A place among those that are answered at once; batches have places of their own, since each takes much memory.
    async fn turn(&self, route: Option<Route>) -> Option<SemaphorePermit<'_>> {
        let places = if route.is_some_and(|route| route.endpoint == Endpoint::AcceptBatch) { &self.batches } else { &self.others };
        tokio::time::timeout(TURN_WITHIN, places.acquire()).await.ok()?.ok()
    }

    /// The answer, or one that says that time is up. What was under way is given up then as if the process had died there.
    async fn handle(&self, parts: Parts, body: Vec<u8>) -> Response {
        let within = i64::try_from(self.answered_within.as_millis()).unwrap_or(i64::MAX);
        let request = Request {
            method: parts.method.as_str().to_owned(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers,
            body,
            deadline: Timestamp::from_unix_millis(self.clock.now().unix_millis().saturating_add(within)),
        };
        let answer = tokio::time::timeout(self.answered_within, any(&self.context, request));
        answer.await.unwrap_or_else(|_| answer::refusal(&Error::OutOfTime))
    }
}

fn defect() -> Response {
    answer::refusal(&profiles_domain::Error::Defect("a handler panicked".into()).into())
}

fn json(status: StatusCode, text: &str) -> Response {
    let mut response = Response::new(text.to_owned());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
