//! Answers: always JSON, errors always in one form.

use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use profiles_domain::Error as Domain;
use serde::Serialize;

use crate::error::Error;

/// An answer, its body JSON text.
pub type Response = http::Response<String>;

/// Seconds after which a request may be sent again that was not taken.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("1");

/// An answer of this status with `body` as JSON.
///
/// # Errors
/// A defect, when `body` cannot be written as JSON.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Result<Response, Error> {
    let text = serde_json::to_string(body).map_err(|_| Domain::Defect("an answer is no JSON".into()))?;
    Ok(response(status, text))
}

/// The one form in which every error is answered.
#[derive(Serialize)]
struct Envelope {
    code: u16,
    messages: [String; 1],
}

/// The answer to a refused request. A defect is logged; what the client sees of it says nothing of its inside.
pub fn refusal(error: &Error) -> Response {
    match error {
        Error::Domain(Domain::Defect(what)) => tracing::error!(what, "a defect ended the request"),
        Error::Domain(Domain::Denied(what)) => tracing::error!(what, "the database denied a call of the request"),
        _ => {}
    }
    let (status, message) = error.answer();
    let envelope = Envelope { code: status.as_u16(), messages: [message] };
    // A struct of a number and a string always can be written.
    let mut response = response(status, serde_json::to_string(&envelope).unwrap_or_default());
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
        response.headers_mut().insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
    }
    response
}

fn response(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
