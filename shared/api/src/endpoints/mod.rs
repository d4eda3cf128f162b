//! The endpoints: what each function does with a request.

mod admit;
mod batch;
mod batch_status;
mod clear;
mod deliveries;
mod events;
mod expand;
mod experiences;
mod forget;
mod idempotency;
mod ignored_fields;
mod lists;
mod lookup;
mod pagination;
mod profile_json;
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

use profiles_domain::ModelKind;

use crate::context::Context;
use crate::error::Error;
use crate::request::Request;
use crate::response::{self, Response};
use crate::routes::{self, Endpoint, Function};

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
        Err(error) => response::refusal(&error),
    }
}

/// `/v3/edit/deliveries`: orders, lists and takes back deliveries.
pub async fn deliveries(context: &Context, request: Request) -> Response {
    match endpoint(&request) {
        Ok(Endpoint::OrderDelivery) => deliveries::order(context, request).await,
        Ok(Endpoint::ListDeliveries) => deliveries::list(context, request).await,
        Ok(Endpoint::WithdrawDelivery) => deliveries::withdraw(context, request).await,
        Ok(_) => deliveries::show(context, request).await,
        Err(error) => response::refusal(&error),
    }
}

/// `GET /v3/analyze/…` of all that is recorded of users: what they answered and did, and what that adds up to.
pub async fn analyze(context: &Context, request: Request) -> Response {
    match endpoint(&request) {
        Ok(Endpoint::TourStats) => stats::stats(context, ModelKind::Tour, request).await,
        Ok(Endpoint::SurveyStats) => stats::stats(context, ModelKind::Survey, request).await,
        Ok(Endpoint::Responses) => lists::responses(context, request).await,
        Ok(_) => lists::interactions(context, request).await,
        Err(error) => response::refusal(&error),
    }
}

/// `DELETE /v3/edit/profiles…/forget` and `GET /v3/edit/deletions/{id}`: forgets users, and tells how far that is.
pub async fn forget(context: &Context, request: Request) -> Response {
    match endpoint(&request) {
        Ok(Endpoint::Deletion) => forget::deletion(context, request).await,
        Ok(_) => forget::forget(context, request).await,
        Err(error) => response::refusal(&error),
    }
}

/// What the request's route does. Whoever answers it makes sure that the route is its own.
fn endpoint(request: &Request) -> Result<Endpoint, Error> {
    routes::find(&request.method, &request.path).map(|taken| taken.route.endpoint)
}
