//! Runs as a Lambda function: an endpoint behind an HTTP API, the worker behind a stream, or the sweep behind a schedule.

mod ending;
mod stream;

pub use stream::{Event, Failures, work};

use std::env;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use lambda_http::aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_http::{Body, Context as LambdaContext, LambdaEvent, service_fn};
use profiles_domain::Error as DomainError;
use profiles_normalization::Timestamp;
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use self::ending::Ending;
use crate::context::Context;
use crate::error::Error;
use crate::request::{Request, RoutedRequest};
use crate::response::{self, Response};
use crate::routes;
use crate::telemetry::{self, Instance, Invocation, RequestLabel};
use crate::worker::sweep;

/// A request gets a response at least this long before Lambda ends the function, so that the client learns the reason.
const MARGIN: Duration = Duration::from_millis(500);

/// The stage whose name is in no path.
const DEFAULT_STAGE: &str = "$default";

/// The environment variable with which a stand-in for API Gateway says that it hands paths over as they were sent.
///
/// HTTP APIs decode `rawPath`, and so does `sam local start-api`; `cargo lambda watch` does not. Nothing else tells them apart for sure:
/// events have the same form, and `cargo lambda watch` sets the variables that Lambda sets. So what is deployed needs no setting, and
/// the one stand-in that differs is named by whoever starts it.
const PATHS_ARE_ENCODED: &str = "EVENT_PATHS_ARE_ENCODED";

/// Serves requests by `endpoint` until Lambda ends the process.
///
/// This uses the events that `lambda_http` parses, but not its `Request`: that copies the body, and ends the process if a path is not
/// a URI.
///
/// # Errors
/// If the runtime cannot be reached.
pub async fn run(context: &Context, endpoint: impl AsyncFn(&Context, RoutedRequest) -> Response) -> Result<(), lambda_http::Error> {
    let cold = AtomicBool::new(true);
    let path_is_decoded = env::var_os(PATHS_ARE_ENCODED).is_none();
    let ending = Ending::ask().await;
    let instance = Instance::new(context.clock.clone());
    let (endpoint, cold, telemetry) = (&endpoint, &cold, &instance);
    let serve = lambda_http::lambda_runtime::run(service_fn(move |event: LambdaEvent<ApiGatewayV2httpRequest>| async move {
        let (event, lambda) = event.into_parts();
        let id_of_api = event.request_context.request_id.clone();
        let (mut request, body) = request(event, path_is_decoded);
        let label = RequestLabel::of(&request);
        let is_head = request.sent.method == "HEAD";
        let respond = async {
            match body {
                Ok(body) => {
                    request.sent.body = body;
                    request.sent.deadline = deadline(context.clock.now(), lambda.deadline);
                    // Boxed, because the compiler gives up on a future of this depth.
                    let respond = Box::pin(endpoint(context, request));
                    in_time(context.clock.now(), lambda.deadline, respond).await
                }
                Err(error) => response::error_response(&error),
            }
        };
        let invocation = invocation(label.function, &lambda, cold).named_by(id_of_api.as_deref());
        let response = telemetry.request(label, invocation, respond).await;
        Ok::<_, lambda_http::Error>(into_event(response, is_head))
    }));
    let served = tokio::select! {
        served = serve => served,
        // A request that is under way is dropped, as if the process had died there.
        () = ending.come() => Ok(()),
    };
    instance.flush();
    served
}

/// Applies accepted batches, whose tickets come from a stream, until Lambda ends the process.
///
/// # Errors
/// If the runtime cannot be reached.
pub async fn run_worker(context: &Context) -> Result<(), lambda_http::Error> {
    run_events("batch_worker", async |event: Event, deadline| Ok(work(context, event, deadline).await), context).await
}

/// Sweeps at each event of the schedule, until Lambda ends the process.
///
/// # Errors
/// If the runtime cannot be reached.
pub async fn run_sweep(context: &Context) -> Result<(), lambda_http::Error> {
    // The schedule's event has no content of interest.
    run_events("sweep", async |_: IgnoredAny, deadline| sweep(context, deadline).await, context).await
}

/// Handles events that are not requests.
async fn run_events<In: DeserializeOwned, Out: Serialize>(
    function: &'static str,
    handle: impl AsyncFn(In, Option<Timestamp>) -> Result<Out, DomainError>,
    context: &Context,
) -> Result<(), lambda_http::Error> {
    let cold = AtomicBool::new(true);
    let (handle, cold) = (&handle, &cold);
    lambda_http::lambda_runtime::run(service_fn(move |event: LambdaEvent<In>| async move {
        let (event, lambda) = event.into_parts();
        let handled = Box::pin(handle(event, deadline(context.clock.now(), lambda.deadline)));
        let output = telemetry::event(invocation(function, &lambda, cold), handled).await?;
        Ok::<_, lambda_http::Error>(output)
    }))
    .await
}

fn invocation<'a>(function: &'static str, lambda: &'a LambdaContext, cold: &AtomicBool) -> Invocation<'a> {
    let xray_trace_id = lambda.xray_trace_id.as_deref().and_then(trace_root);
    let is_cold = cold.swap(false, Ordering::Relaxed);
    Invocation { function, request_id: &lambda.request_id, lambda_request_id: None, xray_trace_id, is_cold }
}

/// The trace's id in X-Ray's header, if there is a trace. A client may have sent the header, so anything that is not such an id is left
/// out.
fn trace_root(header: &str) -> Option<&str> {
    let is_traced = header.split(';').any(|part| part.trim() == "Sampled=1");
    let root = header.split(';').filter(|_| is_traced).find_map(|part| part.trim().strip_prefix("Root="))?;
    let is_id = root.len() == 35 && root.starts_with("1-") && root.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    is_id.then_some(root)
}

/// The time when Lambda ends the function. Local tools send deadlines of long ago; those are ignored.
fn deadline(now: Timestamp, unix_millis: u64) -> Option<Timestamp> {
    let deadline = i64::try_from(unix_millis).ok().and_then(Timestamp::from_unix_millis);
    deadline.filter(|deadline| *deadline > now)
}

/// Returns the response, or an error if time is up. Then the work is dropped where it is, as if the process had died there.
async fn in_time(now: Timestamp, unix_millis: u64, respond: impl Future<Output = Response>) -> Response {
    let Some(deadline) = deadline(now, unix_millis) else { return respond.await };
    tokio::time::timeout(now.until(deadline).saturating_sub(MARGIN), respond)
        .await
        .unwrap_or_else(|_| response::error_response(&Error::OutOfTime))
}

/// Takes an event apart: the request without its body, and the body. The body is moved; it is copied only where it must be decoded.
fn request(event: ApiGatewayV2httpRequest, path_is_decoded: bool) -> (RoutedRequest, Result<Vec<u8>, Error>) {
    let body = event.body.unwrap_or_default();
    let body = if event.is_base64_encoded {
        BASE64.decode(body.trim_ascii()).map_err(|_| Error::NotEncoded("base64"))
    } else {
        Ok(body.into_bytes())
    };
    let method = event.request_context.http.method.to_string();
    let path = without_stage(&method, event.raw_path.unwrap_or_default(), event.request_context.stage.as_deref());
    let request = Request {
        method,
        path,
        path_is_decoded,
        query: event.raw_query_string.unwrap_or_default(),
        headers: event.headers,
        body: Vec::new(),
        deadline: None,
    };
    (request.routed(), body)
}

/// Takes the stage off the beginning of a path, once. Every stage but `$default` is there, unless the API has a domain of its own; so a
/// path that has a route stays as it is.
fn without_stage(method: &str, path: String, stage: Option<&str>) -> String {
    let Some(stage) = stage.filter(|stage| !stage.is_empty() && *stage != DEFAULT_STAGE) else { return path };
    match path.strip_prefix('/').and_then(|path| path.strip_prefix(stage)) {
        Some(rest) if (rest.is_empty() || rest.starts_with('/')) && !routes::is_known(method, &path) => {
            if rest.is_empty() {
                "/".to_owned()
            } else {
                rest.to_owned()
            }
        }
        _ => path,
    }
}

/// Makes the response's event. One to `HEAD` has no body.
fn into_event(response: Response, is_head: bool) -> ApiGatewayV2httpResponse {
    let (parts, body) = response.into_parts();
    let mut event = ApiGatewayV2httpResponse::default();
    event.status_code = i64::from(parts.status.as_u16());
    event.headers = parts.headers;
    event.body = Some(if is_head { Body::Empty } else { Body::Text(body) });
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
        let body = |rest: &str| request(event(&format!("{{{CONTEXT}{rest}}}")), true).1;
        assert_eq!(body(r#","body":"{\"uid\":1}""#).unwrap(), br#"{"uid":1}"#);
        assert_eq!(body(r#","body":"eyJ1aWQiOjF9","isBase64Encoded":true"#).unwrap(), br#"{"uid":1}"#);
        assert_eq!(body("").unwrap(), b"");
        for empty in ["", "\\r\\n"] {
            assert_eq!(body(&format!(r#","body":"{empty}","isBase64Encoded":true"#)).unwrap(), b"");
        }
        assert!(body(r#","body":"?","isBase64Encoded":true"#).is_err());
    }

    #[test]
    fn a_path_that_is_no_uri_is_a_path_that_no_route_has() {
        let (request, _) = request(event(&format!(r#"{{{CONTEXT},"rawPath":"/ ü<\\|","rawQueryString":"%"}}"#)), true);
        assert!(matches!(request.route, Err(Error::UnknownPath)));
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
        let respond = async { response::error_response(&Error::UnknownPath) };
        assert_eq!(in_time(now, 600_000, respond).await.status(), 404);
    }

    #[test]
    fn only_a_trace_id_is_logged_as_one() {
        let id = "1-5759e988-bd862e3fe1be46a994272793";
        assert_eq!(trace_root(&format!("Root={id};Parent=53995c3f42cd8ad8;Sampled=1")), Some(id));
        for header in ["", "Root=", "Parent=1", "Root=leon@chmln.co", "Root=1-5759e988-bd862e3fe1be46a99427279x", "Self=1-1"] {
            assert_eq!(trace_root(&format!("{header};Sampled=1")), None, "{header}");
        }
        for not_traced in ["", ";Sampled=0", ";Parent=53995c3f42cd8ad8;Sampled=0"] {
            assert_eq!(trace_root(&format!("Root={id}{not_traced}")), None, "{not_traced}");
        }
    }

    #[test]
    fn an_answer_keeps_its_status_headers_and_body() {
        let event = into_event(response::error_response(&Error::UnknownPath), false);
        assert_eq!(event.status_code, 404);
        assert_eq!(event.headers["content-type"], "application/json");
        assert!(matches!(event.body, Some(Body::Text(text)) if text.starts_with(r#"{"code":404"#)));
        let event = into_event(response::error_response(&Error::UnknownPath), true);
        assert!(event.status_code == 404 && event.headers["content-type"] == "application/json");
        assert!(matches!(event.body, Some(Body::Empty)));
    }

    #[test]
    fn a_stage_is_taken_off_a_path_once_unless_the_path_has_a_route() {
        for (stage, path, expected) in [
            (Some("prod"), "/prod/v3/analyze/profile", "/v3/analyze/profile"),
            (Some("prod"), "/v3/analyze/profile", "/v3/analyze/profile"),
            (Some("prod"), "/prod", "/"),
            (Some("prod"), "/prod/", "/"),
            (Some("prod"), "/prod/prod/v3/analyze/profile", "/prod/v3/analyze/profile"),
            (Some("prod"), "/prod//v3/analyze/profile", "//v3/analyze/profile"),
            (Some("prod"), "/production/v3/analyze/profile", "/production/v3/analyze/profile"),
            (Some("prod"), "//prod/v3/analyze/profile", "//prod/v3/analyze/profile"),
            (Some("prod"), "prod/v3/analyze/profile", "prod/v3/analyze/profile"),
            (Some("v3"), "/v3/v3/analyze/profile", "/v3/analyze/profile"),
            (Some("v3"), "/v3/analyze/profile", "/v3/analyze/profile"),
            (Some("v3"), "/v3", "/"),
            (Some("$default"), "/$default/v3/analyze/profile", "/$default/v3/analyze/profile"),
            (Some(""), "//v3/analyze/profile", "//v3/analyze/profile"),
            (None, "/prod/v3/analyze/profile", "/prod/v3/analyze/profile"),
        ] {
            for method in ["GET", "PUT"] {
                assert_eq!(without_stage(method, path.to_owned(), stage), expected, "{stage:?}");
            }
        }
        let context = r#""requestContext":{"stage":"prod","http":{"method":"GET","path":"/prod/"}}"#;
        let (request, _) = request(event(&format!(r#"{{{context},"rawPath":"/prod/v3/analyze/tours/%41"}}"#)), true);
        let found = request.route.unwrap();
        assert_eq!((found.route.path, found.parameter("id")), ("/v3/analyze/tours/{id}", Some("%41")));
    }
}
