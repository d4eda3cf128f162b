//! `DELETE /v3/edit/responses/{id}`: deletes a response to a Microsurvey.

use http::StatusCode;
use serde::Serialize;

use super::admit::Admitted;
use crate::context::Context;
use crate::error::{Error, ResourceKind};
use crate::response::{Response, json};

#[derive(Serialize)]
struct Body<'a> {
    response: Deleted<'a>,
}

#[derive(Serialize)]
struct Deleted<'a> {
    id: &'a str,
}

/// Deletes a response, and takes it out of the sums of its user.
pub(super) async fn delete(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let sent = request.route.parameter("id").unwrap_or_default();
    let not_found = || Error::NotFound(ResourceKind::Response, sent.to_owned());
    let id = sent.parse().map_err(|_| not_found())?;
    if !context.storage.activities().delete_response(request.principal.account_id, id, context.clock.now()).await? {
        return Err(not_found());
    }
    json(StatusCode::OK, &Body { response: Deleted { id: sent } })
}
