//! The endpoints: what each function does with a request.

mod batch;
mod batch_status;
mod profile_json;
mod retrieve;
mod root;
mod upsert;

pub use retrieve::retrieve;
pub use root::root;
pub use upsert::upsert;

use http::HeaderMap;
use profiles_domain::Error as Domain;
use profiles_normalization::Warning;
use profiles_storage::accounts::Principal;

use crate::answer::{self, Response};
use crate::context::Context;
use crate::error::Error;
use crate::request::{Content, Parameters, Request, in_parameters, outside_body};
use crate::routes::{self, Endpoint, Taken};

/// `POST …/profiles/batch` and `GET …/profiles/batch/{id}`, which one function serves: accepts a batch, and tells how far it is applied.
pub async fn batch(context: &Context, request: Request) -> Response {
    if request.method == "GET" { batch_status::status(context, request).await } else { batch::accept(context, request).await }
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
        act(Admitted { headers: &request.headers, principal, taken: &taken, parameters }).await
    };
    admit.await.unwrap_or_else(|error| answer::refusal(&error))
}
