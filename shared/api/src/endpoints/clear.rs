//! `DELETE /v3/edit/profiles…`: resets a profile, and removes its user's records.

use super::admit::Admitted;
use super::company_json::CompanyDetail;
use super::lookup;
use super::profile_json::ProfileDetail;
use super::retrieve::show;
use crate::context::Context;
use crate::error::Error;
use crate::response::Response;
use crate::worker::time_left::{REQUEST_BUDGET, time_left};

/// Clears a profile, and responds with the whole profile as it is then.
pub(super) async fn clear(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let now = || context.clock.now();
    let account = request.principal.account_id;
    let identity = lookup::identity(&request.parameters, "id", request.route.parameter("id"))?;
    let time_left = time_left(&context.clock, now(), request.deadline, REQUEST_BUDGET);
    let profile = context.storage.deletions().clear(account, &identity, &now, &time_left).await?;
    show(context, account, &profile, ProfileDetail::All, CompanyDetail::Min).await
}
