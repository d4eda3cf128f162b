//! `DELETE /v3/edit/profiles…`: resets a profile, and removes what was recorded of its user.

use super::admit::answer;
use super::lookup;
use super::profile_json::{CompanyDetail, ProfileDetail};
use super::retrieve::show;
use crate::context::Context;
use crate::request::Request;
use crate::response::Response;
use crate::routes::Endpoint;
use crate::worker::time_left;

/// Clears a profile, and answers with all of it as it is then.
pub async fn clear(context: &Context, request: Request) -> Response {
    answer(context, Endpoint::Clear, request, async |admitted| {
        let now = || context.clock.now();
        let account = admitted.principal.account_id;
        let identity = lookup::identity(&admitted.parameters, "id", admitted.taken.parameter("id"))?;
        let time_left = time_left::time_left(&context.clock, now(), admitted.deadline, time_left::OF_A_REQUEST);
        let profile = context.storage.deletions().clear(account, &identity, &now, &time_left).await?;
        show(context, account, &profile, ProfileDetail::All, CompanyDetail::Min).await
    })
    .await
}
