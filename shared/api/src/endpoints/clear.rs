//! `DELETE /v3/edit/profiles…`: resets a profile, and removes what was recorded of its user.

use super::admit::Admitted;
use super::lookup;
use super::profile_json::{CompanyDetail, ProfileDetail};
use super::retrieve::show;
use crate::context::Context;
use crate::error::Error;
use crate::response::Response;
use crate::worker::time_left;

/// Clears a profile, and answers with all of it as it is then.
pub(super) async fn clear(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let now = || context.clock.now();
    let account = request.principal.account_id;
    let identity = lookup::identity(&request.parameters, "id", request.route.parameter("id"))?;
    let time_left = time_left::time_left(&context.clock, now(), request.deadline, time_left::OF_A_REQUEST);
    let profile = context.storage.deletions().clear(account, &identity, &now, &time_left).await?;
    show(context, account, &profile, ProfileDetail::All, CompanyDetail::Min).await
}
