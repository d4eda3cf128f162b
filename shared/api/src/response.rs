//! Responses: always JSON, and every error in the same form.

use http::header::{CONTENT_TYPE, HeaderName, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use profiles_domain::Error as Domain;
use serde::Serialize;

use crate::error::Error;

/// A response whose body is JSON text.
pub type Response = http::Response<String>;

/// Seconds after which a client may send a refused request again.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("1");
/// The header with the most that may be under way at once.
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");

/// Builds a response of this status with `body` as JSON.
///
/// # Errors
/// A defect, if `body` cannot be serialized.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Result<Response, Error> {
    let text = serde_json::to_string(body).map_err(|_| Domain::Defect("a response cannot be serialized".into()))?;
    Ok(with_body(status, text))
}

/// The form of every error.
#[derive(Serialize)]
struct Envelope {
    code: u16,
    messages: [String; 1],
    /// The most that may be under way at once, if the request is refused because of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
}

/// Builds the response to a refused request. A defect is logged; the client learns nothing of its details.
pub fn error_response(error: &Error) -> Response {
    match error {
        Error::Domain(Domain::Defect(what)) => tracing::error!(what, "a defect ended the request"),
        Error::Domain(Domain::Denied(what)) => tracing::error!(what, "the database denied a call of the request"),
        _ => {}
    }
    let (status, message) = error.response();
    let limit = error.limit();
    let envelope = Envelope { code: status.as_u16(), messages: [message], limit };
    // A struct of numbers and a string can always be serialized.
    let mut response = with_body(status, serde_json::to_string(&envelope).unwrap_or_default());
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
        response.headers_mut().insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
    }
    if let Some(limit) = limit {
        response.headers_mut().insert(LIMIT, limit.into());
    }
    response
}

fn with_body(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
