//! `POST /v3/observe/hooks/profiles`: creates or updates a profile.

use http::StatusCode;
use profiles_normalization::Warning;
use serde::Serialize;

use super::admit::answer;
use crate::context::Context;
use crate::request::{Request, read_upsert};
use crate::response::{Response, json};
use crate::routes::Endpoint;
use crate::warnings::{bounded, company_is_too_large};

#[derive(Serialize)]
struct Answer {
    profile: Profile,
    /// What was sent and not stored as sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
}

#[derive(Serialize)]
struct Profile {
    id: String,
}

/// Creates or updates a profile, and answers with its id when every later read sees it.
pub async fn upsert(context: &Context, request: Request) -> Response {
    answer(context, Endpoint::Upsert, request, async |admitted| {
        let now = context.clock.now();
        let account = admitted.principal.account_id;
        let (upsert, mut warnings) = read_upsert(account, &admitted.parameters, now)?;
        drop(admitted);
        let stored = context.storage.upsert(account, upsert, now).await?;
        if stored.company_is_too_large {
            warnings.insert(0, company_is_too_large());
        }
        json(StatusCode::OK, &Answer { profile: Profile { id: stored.id.to_string() }, warnings: bounded(warnings) })
    })
    .await
}
