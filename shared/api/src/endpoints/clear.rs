//! `DELETE /v3/edit/profiles…`: resets a profile, and removes what was recorded of its user.

use super::profile_json::{CompanyDetail, ProfileDetail};
use super::retrieve::show;
use super::{answer, lookup};
use crate::answer::Response;
use crate::budget;
use crate::context::Context;
use crate::request::Request;
use crate::routes::Endpoint;

/// Clears a profile, and answers with all of it as it is then.
pub async fn clear(context: &Context, request: Request) -> Response {
    answer(context, Endpoint::Clear, request, async |admitted| {
        let now = || context.clock.now();
        let account = admitted.principal.account_id;
        let identity = lookup::identity(&admitted.parameters, "id", admitted.taken.parameter("id"))?;
        let time_left = budget::time_left(&context.clock, now(), admitted.deadline, budget::OF_A_REQUEST);
        let profile = context.storage.deletions().clear(account, &identity, &now, &time_left).await?;
        show(context, account, &profile, ProfileDetail::All, CompanyDetail::Min).await
    })
    .await
}
