//! `POST /v3/observe/hooks/events`: records an event of a user.

use http::StatusCode;
use profiles_normalization::Warning;
use serde::Serialize;

use super::admit::answer;
use super::idempotency;
use crate::context::Context;
use crate::error::Error;
use crate::request::{Request, read_event};
use crate::response::{Response, json};
use crate::routes::Endpoint;
use crate::warnings::bounded;

#[derive(Serialize)]
struct Answer {
    event: Event,
    /// What was sent and not stored as sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
}

#[derive(Serialize)]
struct Event {
    id: String,
}

/// Records an event, and creates its user where a uid or address is new.
pub async fn events(context: &Context, request: Request) -> Response {
    answer(context, Endpoint::Track, request, async |admitted| {
        let now = context.clock.now();
        let account = admitted.principal.account_id;
        let (identity, event, warnings) = read_event(&admitted.parameters, now)?;
        let key = idempotency::in_header(admitted.headers, || idempotency::hash_of(&admitted.parameters))?;
        drop(admitted);
        let tracked = context.storage.records().track(account, &identity, event, key.as_ref(), now).await;
        let id = tracked.map_err(|error| Error::of_recording("event", error))?;
        json(StatusCode::OK, &Answer { event: Event { id: id.to_string() }, warnings: bounded(warnings) })
    })
    .await
}
