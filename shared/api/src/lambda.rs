//! Running as a Lambda function: an endpoint behind an HTTP API, the worker behind a stream, or the sweep behind a schedule.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use lambda_http::aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_http::{Body, LambdaEvent, service_fn};
use profiles_normalization::Timestamp;
use serde::de::IgnoredAny;

use crate::answer::{self, Response};
use crate::batch::{Event, work};
use crate::context::Context;
use crate::error::Error;
use crate::request::Request;
use crate::routes;
use crate::sweep::sweep;

/// So long before Lambda ends the function a request is answered, so that the client learns why.
const MARGIN: Duration = Duration::from_millis(500);

/// Serves events by `endpoint` until Lambda ends the process.
///
/// The events are taken as `lambda_http` parses them, but not as its `Request`: that copies the body, and ends the process on a
/// path that is no URI.
///
/// # Errors
/// When the runtime cannot be reached.
pub async fn run(context: &Context, endpoint: impl AsyncFn(&Context, Request) -> Response) -> Result<(), lambda_http::Error> {
    let cold = AtomicBool::new(true);
    let (context, endpoint, cold) = (context, &endpoint, &cold);
    lambda_http::lambda_runtime::run(service_fn(move |event: LambdaEvent<ApiGatewayV2httpRequest>| async move {
        let began = Instant::now();
        let (event, invocation) = event.into_parts();
        let method = event.request_context.http.method.to_string();
        let response = match request(event) {
            Ok(mut request) => {
                request.deadline = deadline(context.clock.now(), invocation.deadline);
                let route = routes::find(&request.method, &request.path).map_or("unknown", |taken| taken.route.path);
                // Boxed, since the compiler gives up on a future of this depth.
                let answer = Box::pin(endpoint(context, request));
                let response = in_time(context.clock.now(), invocation.deadline, answer).await;
                log(&method, route, &response, began, &invocation.request_id, cold.swap(false, Ordering::Relaxed));
                response
            }
            Err(error) => answer::refusal(&error),
        };
        Ok::<_, lambda_http::Error>(into_event(response))
    }))
    .await
}

/// Applies accepted batches, as the stream of their tickets says, until Lambda ends the process.
///
/// # Errors
/// When the runtime cannot be reached.
pub async fn run_worker(context: &Context) -> Result<(), lambda_http::Error> {
    lambda_http::lambda_runtime::run(service_fn(move |event: LambdaEvent<Event>| async move {
        let (event, invocation) = event.into_parts();
        let handled = work(context, event, deadline(context.clock.now(), invocation.deadline)).await?;
        Ok::<_, lambda_http::Error>(handled)
    }))
    .await
}

/// Finishes what clears and forgets left, each time that the schedule says so, until Lambda ends the process.
///
/// # Errors
/// When the runtime cannot be reached.
pub async fn run_sweep(context: &Context) -> Result<(), lambda_http::Error> {
    // What the schedule sends says nothing but that it is time.
    lambda_http::lambda_runtime::run(service_fn(move |event: LambdaEvent<IgnoredAny>| async move {
        let swept = sweep(context, deadline(context.clock.now(), event.context.deadline)).await?;
        Ok::<_, lambda_http::Error>(swept)
    }))
    .await
}

/// When Lambda ends the function. Local tools send deadlines that passed long ago: they set none.
fn deadline(now: Timestamp, unix_millis: u64) -> Option<Timestamp> {
    let deadline = i64::try_from(unix_millis).ok().and_then(Timestamp::from_unix_millis);
    deadline.filter(|deadline| *deadline > now)
}

/// The answer, or one that says that time is up. What was under way is given up as if the process had died there.
async fn in_time(now: Timestamp, unix_millis: u64, answer: impl Future<Output = Response>) -> Response {
    let Some(deadline) = deadline(now, unix_millis) else { return answer.await };
    tokio::time::timeout(now.until(deadline).saturating_sub(MARGIN), answer).await.unwrap_or_else(|_| answer::refusal(&Error::OutOfTime))
}

/// One line a request, with nothing private in it: the route's pattern, never the path.
pub fn log(method: &str, route: &str, response: &Response, began: Instant, request_id: &str, cold: bool) {
    let milliseconds = began.elapsed().as_secs_f64() * 1000.0;
    let status = response.status().as_u16();
    tracing::info!(method, route, status, milliseconds, request_id, cold, "answered");
}

/// The request in an event. The body moves; it is copied only where it has to be decoded.
fn request(event: ApiGatewayV2httpRequest) -> Result<Request, Error> {
    let body = event.body.unwrap_or_default();
    let body = if event.is_base64_encoded { BASE64.decode(body).map_err(|_| Error::NotEncoded("base64"))? } else { body.into_bytes() };
    Ok(Request {
        method: event.request_context.http.method.to_string(),
        path: event.raw_path.unwrap_or_default(),
        query: event.raw_query_string.unwrap_or_default(),
        headers: event.headers,
        body,
        deadline: None,
    })
}

fn into_event(response: Response) -> ApiGatewayV2httpResponse {
    let (parts, body) = response.into_parts();
    let mut event = ApiGatewayV2httpResponse::default();
    event.status_code = i64::from(parts.status.as_u16());
    event.headers = parts.headers;
    event.body = Some(Body::Text(body));
    event
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(json: &str) -> ApiGatewayV2httpRequest {
        serde_json::from_str(json).unwrap()
    }

    const CONTEXT: &str = r#""requestContext":{"http":{"method":"POST","path":"/"}}"#;

    #[test]
    fn a_body_in_base64_is_decoded_and_any_other_moves_as_it_is() {
        let plain = request(event(&format!(r#"{{{CONTEXT},"body":"{{\"uid\":1}}"}}"#))).unwrap();
        let coded = request(event(&format!(r#"{{{CONTEXT},"body":"eyJ1aWQiOjF9","isBase64Encoded":true}}"#))).unwrap();
        assert_eq!((plain.body.as_slice(), coded.body.as_slice()), (br#"{"uid":1}"#.as_slice(), br#"{"uid":1}"#.as_slice()));
        assert_eq!(request(event(&format!("{{{CONTEXT}}}"))).unwrap().body, b"");
        assert!(request(event(&format!(r#"{{{CONTEXT},"body":"?","isBase64Encoded":true}}"#))).is_err());
    }

    #[test]
    fn a_path_that_is_no_uri_is_a_path_that_no_route_has() {
        let request = request(event(&format!(r#"{{{CONTEXT},"rawPath":"/ ü<\\|","rawQueryString":"%"}}"#))).unwrap();
        assert!(matches!(routes::find(&request.method, &request.path), Err(Error::UnknownPath)));
    }

    #[tokio::test]
    async fn a_request_that_takes_too_long_is_answered_before_lambda_ends_the_function() {
        let now = Timestamp::from_unix_millis(1_870_258_680_000).unwrap();
        let response = in_time(now, 1_870_258_680_501, std::future::pending()).await;
        assert_eq!(response.status(), 504);
        assert!(response.body().contains("Internal timeout: "), "{}", response.body());
    }

    #[tokio::test]
    async fn a_deadline_of_long_ago_is_none() {
        let now = Timestamp::from_unix_millis(1_870_258_680_000).unwrap();
        let answer = async { answer::refusal(&Error::UnknownPath) };
        assert_eq!(in_time(now, 600_000, answer).await.status(), 404);
    }

    #[test]
    fn an_answer_keeps_its_status_headers_and_body() {
        let event = into_event(answer::refusal(&Error::UnknownPath));
        assert_eq!(event.status_code, 404);
        assert_eq!(event.headers["content-type"], "application/json");
        assert!(matches!(event.body, Some(Body::Text(text)) if text.starts_with(r#"{"code":404"#)));
    }
}
