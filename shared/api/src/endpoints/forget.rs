//! `DELETE /v3/edit/profiles…/forget`: forgets a user; `GET /v3/edit/deletions/{id}`: returns the progress of that.

use http::StatusCode;
use profiles_domain::{Deleted, Deletion, Removed};
use serde::Serialize;

use super::admit::Admitted;
use super::lookup;
use crate::context::Context;
use crate::error::{Error, ResourceKind};
use crate::response::{Response, json};
use crate::worker::time_left::{REQUEST_BUDGET, time_left};

#[derive(Serialize)]
struct ForgetBody {
    profile: IdJson,
    deletion: IdJson,
}

#[derive(Serialize)]
struct IdJson {
    id: String,
}

#[derive(Serialize)]
struct DeletionBody {
    deletion: DeletionJson,
}

#[derive(Serialize)]
struct DeletionJson {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    company_id: Option<String>,
    kind: &'static str,
    state: &'static str,
    created_at: String,
    completed_at: Option<String>,
    removed: RemovedJson,
}

#[derive(Serialize)]
#[serde(untagged)]
enum RemovedJson {
    WithProfile { events: u64, responses: u64, interactions: u64, deliveries: u64, identities: u64 },
    WithCompany { profiles: u64 },
}

/// Forgets a user. Once this responds, no read returns the profile any more.
pub(super) async fn forget(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let now = || context.clock.now();
    let identity = lookup::identity(&request.parameters, "id", request.route.parameter("id"))?;
    let time_left = time_left(&context.clock, now(), request.deadline, REQUEST_BUDGET);
    let forgotten = context.storage.deletions().forget(request.principal.account_id, &identity, &now, &time_left).await?;
    let (profile, deletion) = (IdJson { id: forgotten.profile.to_string() }, IdJson { id: forgotten.deletion.to_string() });
    json(StatusCode::OK, &ForgetBody { profile, deletion })
}

/// Responds with the numbers of what was removed, and whether all is.
pub(super) async fn deletion(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let sent = request.route.parameter("id").unwrap_or_default();
    let not_found = || Error::NotFound(ResourceKind::Deletion, sent.to_owned());
    let id = sent.parse().map_err(|_| not_found())?;
    let deletion = context.storage.deletions().deletion(request.principal.account_id, id).await?;
    let Deletion { id, deleted, created_at, completed_at } = deletion.ok_or_else(not_found)?;
    let (kind, profile_id, company_id, removed) = match deleted {
        Deleted::Profile(profile, Removed { events, responses, interactions, deliveries, identities }) => {
            let removed = RemovedJson::WithProfile { events, responses, interactions, deliveries, identities };
            ("forget", Some(profile.to_string()), None, removed)
        }
        Deleted::Company(company, profiles) => ("company", None, Some(company.to_string()), RemovedJson::WithCompany { profiles }),
    };
    let deletion = DeletionJson {
        id: id.to_string(),
        profile_id,
        company_id,
        kind,
        state: if completed_at.is_some() { "completed" } else { "started" },
        created_at,
        completed_at,
        removed,
    };
    json(StatusCode::OK, &DeletionBody { deletion })
}
