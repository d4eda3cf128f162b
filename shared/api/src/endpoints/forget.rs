//! `DELETE /v3/edit/profiles…/forget`: forgets a user; `GET /v3/edit/deletions/{id}`: tells how far that is.

use http::StatusCode;
use profiles_domain::{Deletion, Removed};
use serde::Serialize;

use super::admit::Admitted;
use super::lookup;
use crate::context::Context;
use crate::error::{Error, Sought};
use crate::response::{Response, json};
use crate::worker::time_left;

#[derive(Serialize)]
struct Forgotten {
    profile: Named,
    deletion: Named,
}

#[derive(Serialize)]
struct Named {
    id: String,
}

#[derive(Serialize)]
struct Told {
    deletion: DeletionJson,
}

#[derive(Serialize)]
struct DeletionJson {
    id: String,
    profile_id: String,
    kind: &'static str,
    state: &'static str,
    created_at: String,
    completed_at: Option<String>,
    removed: RemovedJson,
}

#[derive(Serialize)]
struct RemovedJson {
    events: u64,
    responses: u64,
    interactions: u64,
    deliveries: u64,
    identities: u64,
}

/// Forgets a user. When this answers, nobody reads the profile any more.
pub(super) async fn forget(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let now = || context.clock.now();
    let identity = lookup::identity(&request.parameters, "id", request.route.parameter("id"))?;
    let time_left = time_left::time_left(&context.clock, now(), request.deadline, time_left::OF_A_REQUEST);
    let forgotten = context.storage.deletions().forget(request.principal.account_id, &identity, &now, &time_left).await?;
    let named = |id: String| Named { id };
    json(StatusCode::OK, &Forgotten { profile: named(forgotten.profile.to_string()), deletion: named(forgotten.deletion.to_string()) })
}

/// Tells what was removed of somebody, and whether all of it is.
pub(super) async fn deletion(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let sent = request.route.parameter("id").unwrap_or_default();
    let not_found = || Error::NotFound(Sought::Deletion, sent.to_owned());
    let id = sent.parse().map_err(|_| not_found())?;
    let deletion = context.storage.deletions().deletion(request.principal.account_id, id).await?;
    let Deletion { id, profile_id, created_at, completed_at, removed } = deletion.ok_or_else(not_found)?;
    let Removed { events, responses, interactions, deliveries, identities } = removed;
    let deletion = DeletionJson {
        id: id.to_string(),
        profile_id: profile_id.to_string(),
        kind: "forget",
        state: if completed_at.is_some() { "completed" } else { "started" },
        created_at,
        completed_at,
        removed: RemovedJson { events, responses, interactions, deliveries, identities },
    };
    json(StatusCode::OK, &Told { deletion })
}
