//! `POST /v3/observe/hooks/profiles`: creates or updates a profile.

use http::StatusCode;
use profiles_normalization::Warning;
use serde::Serialize;

use super::admit::Admitted;
use crate::context::Context;
use crate::error::Error;
use crate::request::read_upsert;
use crate::response::{Response, json};
use crate::warnings::{bounded, company_is_too_large};

#[derive(Serialize)]
struct Body {
    profile: Profile,
    /// Fields that were not stored as sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
}

#[derive(Serialize)]
struct Profile {
    id: String,
}

/// Creates or updates a profile, and responds with its id once every later read sees the change.
pub(super) async fn upsert(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let now = context.clock.now();
    let account = request.principal.account_id;
    let (upsert, mut warnings) = read_upsert(account, &request.parameters, now)?;
    drop(request);
    let stored = context.storage.upsert(account, upsert, now).await?;
    if stored.company_is_too_large {
        warnings.insert(0, company_is_too_large());
    }
    json(StatusCode::OK, &Body { profile: Profile { id: stored.id.to_string() }, warnings: bounded(warnings) })
}
