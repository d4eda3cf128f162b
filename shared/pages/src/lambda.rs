//! Runs as a Lambda function behind an HTTP API.

use std::borrow::Cow;
use std::convert::Infallible;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use lambda_http::aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_http::{Body, LambdaEvent, service_fn};

use crate::answer;

/// What the API answers where it has no route. A page that is open while another version is deployed asks for files that are gone.
const UNKNOWN: &str = r#"{"code":404,"messages":["Endpoint not found: no route has this path, see the API's list of endpoints"]}"#;

/// Serves the pages until Lambda ends the process.
///
/// # Errors
/// If the runtime cannot be reached.
pub async fn run() -> Result<(), lambda_http::Error> {
    let respond = async |event: LambdaEvent<ApiGatewayV2httpRequest>| Ok::<_, Infallible>(respond(&event.payload));
    lambda_http::lambda_runtime::run(service_fn(respond)).await
}

fn respond(event: &ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
    let path = event.raw_path.as_deref().unwrap_or_default();
    let stage = event.request_context.stage.as_deref().unwrap_or_default();
    // Every stage but `$default` is in front of the path, unless the API has a domain of its own.
    let without_stage = path.strip_prefix('/').and_then(|path| path.strip_prefix(stage)).filter(|path| path.starts_with('/'));
    let method = event.request_context.http.method.as_str();
    let response = answer(method, path, &event.headers).or_else(|| answer(method, without_stage?, &event.headers));
    let (parts, body) = response.unwrap_or_else(unknown).into_parts();
    let mut answer = ApiGatewayV2httpResponse::default();
    answer.status_code = i64::from(parts.status.as_u16());
    answer.headers = parts.headers;
    // An event holds bytes as base64 only.
    answer.is_base64_encoded = true;
    answer.body = Some(if method == "HEAD" { Body::Empty } else { Body::Binary(body.into_owned()) });
    answer
}

fn unknown() -> Response<Cow<'static, [u8]>> {
    let mut response = Response::new(Cow::Borrowed(UNKNOWN.as_bytes()));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &str, stage: &str) -> ApiGatewayV2httpResponse {
        let context = format!(r#"{{"stage":"{stage}","http":{{"method":"GET","path":"{path}"}}}}"#);
        let event = format!(r#"{{"rawPath":"{path}","headers":{{"accept-encoding":"gzip"}},"requestContext":{context}}}"#);
        respond(&serde_json::from_str(&event).unwrap())
    }

    #[test]
    fn a_page_is_answered_with_or_without_a_stage() {
        for (path, stage) in [("/console", "$default"), ("/console", "prod"), ("/prod/console", "prod"), ("/console/console", "console")] {
            let answer = get(path, stage);
            assert_eq!((answer.status_code, answer.headers[CONTENT_TYPE].to_str().unwrap()), (200, "text/html; charset=utf-8"), "{path}");
            assert!(answer.is_base64_encoded && matches!(answer.body, Some(Body::Binary(bytes)) if bytes.starts_with(b"\x1f\x8b")));
        }
    }

    #[test]
    fn everything_else_is_unknown() {
        for (path, stage) in
            [("/console/x/main.js", "$default"), ("/prod/console", "$default"), ("/prodconsole", "prod"), ("", ""), ("/", "")]
        {
            let answer = get(path, stage);
            assert_eq!((answer.status_code, answer.headers[CONTENT_TYPE].to_str().unwrap()), (404, "application/json"), "{path}");
        }
    }
}
