//! The endpoints: what each function does with a request.

mod batch;
mod batch_status;
mod clear;
mod deliveries;
mod events;
mod expand;
mod experiences;
mod forget;
mod idempotency;
mod kept_back;
mod lookup;
mod page;
mod profile_json;
mod records;
mod retrieve;
mod root;
mod stats;
mod upsert;

pub use clear::clear;
pub use events::events;
pub use experiences::experiences;
pub use retrieve::retrieve;
pub use root::root;
pub use upsert::upsert;

use http::HeaderMap;
use profiles_domain::{Error as Domain, ModelKind};
use profiles_normalization::{Timestamp, Warning};
use profiles_storage::accounts::Principal;

use crate::answer::{self, Response};
use crate::context::Context;
use crate::error::Error;
use crate::request::{Content, Parameters, Request, in_parameters, outside_body};
use crate::routes::{self, Endpoint, Function, Taken};

/// Answers any request, as the function does that its route belongs to. Each Lambda function has only its own part of this in it.
pub async fn any(context: &Context, request: Request) -> Response {
    match routes::function(&request.method, &request.path) {
        Function::Analyze => analyze(context, request).await,
        Function::Batch => batch(context, request).await,
        Function::Clear => clear(context, request).await,
        Function::Deliveries => deliveries(context, request).await,
        Function::Events => events(context, request).await,
        Function::Experiences => experiences(context, request).await,
        Function::Forget => forget(context, request).await,
        Function::Retrieve => retrieve(context, request).await,
        Function::Root => root(context, request).await,
        Function::Upsert => upsert(context, request).await,
    }
}

/// `POST …/profiles/batch` and `GET …/profiles/batch/{id}`, which one function serves: accepts a batch, and tells how far it is applied.
pub async fn batch(context: &Context, request: Request) -> Response {
    match endpoint(&request) {
        Ok(Endpoint::BatchStatus) => batch_status::status(context, request).await,
        Ok(_) => batch::accept(context, request).await,
        Err(error) => answer::refusal(&error),
    }
}

/// `/v3/edit/deliveries`: orders, lists and takes back deliveries.
pub async fn deliveries(context: &Context, request: Request) -> Response {
    match endpoint(&request) {
        Ok(Endpoint::OrderDelivery) => deliveries::order(context, request).await,
        Ok(Endpoint::ListDeliveries) => deliveries::list(context, request).await,
        Ok(Endpoint::WithdrawDelivery) => deliveries::withdraw(context, request).await,
        Ok(_) => deliveries::show(context, request).await,
        Err(error) => answer::refusal(&error),
    }
}

/// `GET /v3/analyze/…` of all that is recorded of users: what they answered and did, and what that adds up to.
pub async fn analyze(context: &Context, request: Request) -> Response {
    match endpoint(&request) {
        Ok(Endpoint::TourStats) => stats::stats(context, ModelKind::Tour, request).await,
        Ok(Endpoint::SurveyStats) => stats::stats(context, ModelKind::Survey, request).await,
        Ok(Endpoint::Responses) => records::responses(context, request).await,
        Ok(_) => records::interactions(context, request).await,
        Err(error) => answer::refusal(&error),
    }
}

/// `DELETE /v3/edit/profiles…/forget` and `GET /v3/edit/deletions/{id}`: forgets users, and tells how far that is.
pub async fn forget(context: &Context, request: Request) -> Response {
    match endpoint(&request) {
        Ok(Endpoint::Deletion) => forget::deletion(context, request).await,
        Ok(_) => forget::forget(context, request).await,
        Err(error) => answer::refusal(&error),
    }
}

/// What the request's route does. Whoever answers it makes sure that the route is its own.
fn endpoint(request: &Request) -> Result<Endpoint, Error> {
    routes::find(&request.method, &request.path).map(|taken| taken.route.endpoint)
}

/// Warnings in an answer at most. A body of a megabyte can earn more of them than Lambda's answer can hold.
const MAX_WARNINGS: usize = 100;

/// The first warnings, and how many more there are.
fn bounded(mut warnings: Vec<Warning>) -> Vec<Warning> {
    if let Some(more) = warnings.len().checked_sub(MAX_WARNINGS).filter(|more| *more > 0) {
        warnings.truncate(MAX_WARNINGS);
        warnings.push(Warning { prop: "…".to_owned(), message: format!("{more} more warnings") });
    }
    warnings
}

/// Says that a company's properties were left out, some or all.
pub(crate) fn company_is_too_large() -> Warning {
    let message = "not stored, or only in part: the company would be larger than 400 KB, the most that can be stored".to_owned();
    Warning { prop: "company".to_owned(), message }
}

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
    admit.await.unwrap_or_else(|error| answer::refusal(&error))
}
