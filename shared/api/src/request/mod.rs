//! Requests: what a client sent, and the code that reads it.

mod body;
mod brackets;
mod canonical;
mod company;
mod delivery;
mod event;
mod experience;
mod fields;
mod form;
mod identifiers;
mod identity;
mod parameters;
mod property;
mod secret;
mod signature;
mod time;
mod typed;

use http::HeaderMap;
use profiles_normalization::Timestamp;

use crate::error::Error;
use crate::routes::{self, Function, Route, RouteMatch};

pub(crate) use body::Content;
pub(crate) use canonical::hash_of;
pub(crate) use company::{read_company_name, read_company_upsert};
pub(crate) use delivery::{DELIVERY_FIELDS, edit_order, read_model_kind, read_order};
pub(crate) use event::read_event;
pub(crate) use experience::{Experience, Happened, id_field, read_experience};
pub(crate) use fields::read_upsert;
pub(crate) use identifiers::{Parsed, half_a_pair, read_email, read_id, read_model_id, read_uid, unsets_email};
pub(crate) use identity::IdentityReader;
pub(crate) use parameters::{Parameter, Parameters};
pub(crate) use property::{NewProperty, PROPERTY_FIELDS, read_property, read_property_edit, read_property_kind};
pub(crate) use secret::{PARAMETER as SECRET, in_parameters, outside_body};
pub(crate) use signature::is_signed;
pub(crate) use time::read_time;

/// A request as the client sent it, by whatever way it arrived.
#[derive(Default)]
pub struct Request {
    /// The method, in upper case.
    pub method: String,
    /// The path.
    pub path: String,
    /// Whether the path is decoded already. API Gateway's HTTP APIs decode it before they call a function; a server gets it as sent.
    pub path_is_decoded: bool,
    /// The part after the `?`, percent-encoded; empty if there is none.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as sent, compressed or not.
    pub body: Vec<u8>,
    /// The time when the process is ended, if that is known.
    pub deadline: Option<Timestamp>,
}

impl Request {
    /// A header's value, if it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Looks up the route. Everything that depends on the route then reads it from the result.
    #[must_use]
    pub fn routed(self) -> RoutedRequest {
        let route = routes::find(&self.method, &self.path, self.path_is_decoded);
        RoutedRequest { sent: self, route }
    }
}

/// A request and the route that it matched.
pub struct RoutedRequest {
    /// The request as sent. Its body may be added later.
    pub sent: Request,
    /// The route, or the reason why there is none.
    pub(crate) route: Result<RouteMatch, Error>,
}

impl RoutedRequest {
    /// The route, if the request matched one.
    #[must_use]
    pub fn route(&self) -> Option<Route> {
        self.route.as_ref().ok().map(|found| found.route)
    }

    /// The function that serves the request: `root`, if it matched no route.
    #[must_use]
    pub fn function(&self) -> Function {
        self.route().map_or(Function::Root, |route| route.endpoint.function())
    }
}
