//! Requests: what a client sent, and how it is read.

mod body;
mod event;
mod experience;
mod fields;
mod form;
mod identifiers;
mod parameters;
mod secret;
mod signature;
mod time;
mod typed;

use http::HeaderMap;
use profiles_normalization::Timestamp;

pub(crate) use body::Content;
pub(crate) use event::read_event;
pub(crate) use experience::{Experience, read_experience};
pub(crate) use fields::read_upsert;
pub(crate) use identifiers::{Sent, half_a_pair, read_email, read_id, read_model_id, read_uid};
pub(crate) use parameters::{Parameter, Parameters};
pub(crate) use secret::{PARAMETER as SECRET, in_parameters, outside_body};
pub(crate) use signature::is_signed;
pub(crate) use time::read_time;

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
    /// When whoever answers is ended, if that is known.
    pub deadline: Option<Timestamp>,
}

impl Request {
    /// A header's value, when it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}
