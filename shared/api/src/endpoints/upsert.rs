//! `POST /v3/observe/hooks/profiles`: creates or updates a profile.

use http::StatusCode;
use profiles_normalization::Warning;
use serde::Serialize;

use super::answer;
use crate::answer::{Response, json};
use crate::context::Context;
use crate::request::{Request, read_upsert};
use crate::routes::Endpoint;

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

/// Creates or updates a profile, and answers with its id when every later read sees it.
pub async fn upsert(context: &Context, request: Request) -> Response {
    answer(context, Endpoint::Upsert, request, async |admitted| {
        let now = context.clock.now();
        let account = admitted.principal.account_id;
        let (upsert, warnings) = read_upsert(account, admitted.parameters.iter(), now)?;
        drop(admitted);
        let id = context.storage.upsert(account, upsert, now).await?;
        json(StatusCode::OK, &Answer { profile: Profile { id: id.to_string() }, warnings: bounded(warnings) })
    })
    .await
}
