//! From a request to its handler: the route, the secret and the body are checked.

use http::HeaderMap;
use profiles_domain::Error as Domain;
use profiles_normalization::Timestamp;
use profiles_storage::accounts::Principal;

use crate::context::Context;
use crate::error::Error;
use crate::request::{Content, Parameters, Request, in_parameters, outside_body};
use crate::response::{self, Response};
use crate::routes::{self, Endpoint, Taken};

/// A request on its way: the route it takes, and whom it may speak for.
pub(crate) struct Admitted<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) principal: Principal,
    pub(crate) taken: &'a Taken<'a>,
    /// Query and body, of which the body wins.
    pub(crate) parameters: Parameters<'a>,
    /// The body byte for byte, where it may be signed; empty elsewhere.
    pub(crate) as_sent: Vec<u8>,
    /// When the function is ended, if that is known.
    pub(crate) deadline: Option<Timestamp>,
}

/// Answers a request by `act`, which is called when the route is one of `endpoint`, the secret is good and the body can be read.
pub(crate) async fn answer(
    context: &Context,
    endpoint: Endpoint,
    mut request: Request,
    act: impl AsyncFnOnce(Admitted<'_>) -> Result<Response, Error>,
) -> Response {
    let admit = async {
        let (path, query) = (std::mem::take(&mut request.path), std::mem::take(&mut request.query));
        let taken = routes::find(&request.method, &path)?;
        if taken.route.endpoint != endpoint {
            return Err(Error::UnknownPath);
        }
        let query = Parameters::of_query(&query);
        // A secret outside the body is checked first, so that nobody without one makes us decompress anything.
        let early = match outside_body(&request, &taken, query.as_ref().ok()) {
            Some(secret) => Some(context.secrets.principal(&secret, context.clock.now()).await?),
            None => None,
        };
        let as_sent = if taken.route.endpoint.may_be_signed() { request.body.clone() } else { Vec::new() };
        // Whatever is wrong with the body: without a secret, nobody is told.
        let content = match Content::take(&mut request, taken.route.endpoint.body_limit()) {
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
        let parameters = query?.then(body?);
        let deadline = request.deadline;
        act(Admitted { headers: &request.headers, principal, taken: &taken, parameters, as_sent, deadline }).await
    };
    admit.await.unwrap_or_else(|error| response::refusal(&error))
}
