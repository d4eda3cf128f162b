//! Requests: what a client sent, and how it is read.

mod body;
mod fields;
mod form;
mod identifiers;
mod parameters;
mod secret;
mod typed;

use http::HeaderMap;

pub(crate) use body::{BodyLimit, Content};
pub(crate) use fields::read_upsert;
pub(crate) use identifiers::{Sent, half_a_pair, read_email, read_id, read_uid};
pub(crate) use parameters::{Parameter, Parameters};
pub(crate) use secret::{in_parameters, outside_body};

/// A request, however it came here.
#[derive(Default)]
pub struct Request {
    /// The method, in upper case.
    pub method: String,
    /// The path, percent-encoded or not.
    pub path: String,
    /// What follows the `?`, percent-encoded; empty if nothing does.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as sent, compressed or not.
    pub body: Vec<u8>,
}

impl Request {
    /// A header's value, when it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
