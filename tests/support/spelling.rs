//! The spellings of a request: the places where its secret may be.

use http::HeaderValue;
use http::header::CONTENT_TYPE;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use profiles_api::Request;
use serde_json::json;

use crate::api::request;

/// The places where a secret may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The header `X-Account-Secret`.
    Header,
    /// A part of the path.
    Path,
    /// The parameter `account_secret` in the query.
    Query,
    /// The parameter `account_secret` in the body.
    Body,
}

impl Place {
    /// All places.
    pub const ALL: [Self; 4] = [Self::Header, Self::Path, Self::Query, Self::Body];
}

/// Makes a request to `target` with these fields in its body, as JSON or a form, and the secret in this place.
#[must_use]
pub fn spelled(method: &str, target: &str, fields: &str, content_type: Option<&'static str>, (place, secret): (Place, &str)) -> Request {
    let encoded = utf8_percent_encode(secret, NON_ALPHANUMERIC);
    let fields = match place {
        Place::Body if fields.starts_with('{') => fields.replacen('{', &format!(r#"{{"account_secret":{},"#, json!(secret)), 1),
        Place::Body => format!("{fields}&account_secret={encoded}"),
        Place::Header | Place::Path | Place::Query => fields.to_owned(),
    };
    let target = match place {
        Place::Path => target.replace("/hooks/", &format!("/hooks/{encoded}/")),
        Place::Query => format!("{target}{}account_secret={encoded}", if target.contains('?') { '&' } else { '?' }),
        Place::Header | Place::Body => target.to_owned(),
    };
    let mut request = request(method, &target, fields.as_bytes());
    if place == Place::Header {
        request.headers.insert("x-account-secret", secret.parse().unwrap());
    }
    if let Some(content_type) = content_type {
        request.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    request
}
