//! Admits a request to its handler: checks the route, the secret and the body.

use http::HeaderMap;
use profiles_domain::Error as Domain;
use profiles_normalization::Timestamp;
use profiles_storage::accounts::Principal;
use profiles_storage::attempting_for;

use crate::context::Context;
use crate::error::Error;
use crate::request::{Content, Parameters, RoutedRequest, in_parameters, outside_body};
use crate::response::{self, Response};
use crate::routes::{Endpoint, Function, RouteMatch};
use crate::worker::time_left::time_for_attempts;

/// A request that a handler may act on: its secret is good, and its body could be read.
pub(crate) struct Admitted<'a> {
    pub(crate) headers: &'a HeaderMap,
    /// The account and user that the secret belongs to.
    pub(crate) principal: Principal,
    pub(crate) route: &'a RouteMatch,
    /// Query and body; the body wins.
    pub(crate) parameters: Parameters<'a>,
    /// The body byte for byte, where it may be signed; empty elsewhere.
    pub(crate) raw_body: Vec<u8>,
    /// The time when the function is ended, if that is known.
    pub(crate) deadline: Option<Timestamp>,
}

/// Admits a request and calls `handle`. A request for an endpoint of another function is not found, whatever its secret.
pub(super) async fn serve(
    context: &Context,
    function: Function,
    request: RoutedRequest,
    handle: impl AsyncFnOnce(Endpoint, Admitted<'_>) -> Result<Response, Error>,
) -> Response {
    let time = time_for_attempts(context.clock.now(), request.sent.deadline);
    let respond = async {
        let RoutedRequest { sent: mut request, route } = request;
        let found = route?;
        let endpoint = found.route.endpoint;
        if endpoint.function() != function {
            return Err(Error::UnknownPath);
        }
        let query = std::mem::take(&mut request.query);
        let query = Parameters::of_query(&query);
        // A secret outside the body is checked first, so that a client without one cannot make the service decompress anything.
        let early = match outside_body(&request, &found, query.as_ref().ok()) {
            Some(secret) => Some(context.secrets.principal(&secret, context.clock.now()).await?),
            None => None,
        };
        let raw_body = if endpoint.may_be_signed() { request.body.clone() } else { Vec::new() };
        // A client without a secret does not learn what is wrong with its body.
        let content = match Content::take(&mut request, endpoint.body_limit()) {
            Err(_) if early.is_none() => return Err(Domain::Unauthorized.into()),
            content => content?,
        };
        let body = Parameters::of_body(&content);
        let principal = match early {
            Some(principal) => principal,
            None => {
                let secret = body.as_ref().ok().and_then(in_parameters).ok_or(Domain::Unauthorized)?;
                context.secrets.principal(&secret, context.clock.now()).await?
            }
        };
        let parameters = query?.then(body?).checked()?;
        let deadline = request.deadline;
        handle(endpoint, Admitted { headers: &request.headers, principal, route: &found, parameters, raw_body, deadline }).await
    };
    // Boxed, because the compiler gives up on a future of this depth.
    attempting_for(time, Box::pin(respond)).await.unwrap_or_else(|error| response::error_response(&error))
}
