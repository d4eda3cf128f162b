//! `POST /v3/observe/hooks/events`: records an event of a user.

use http::StatusCode;
use profiles_normalization::Warning;
use profiles_storage::activities::Tracked;
use serde::Serialize;

use super::admit::Admitted;
use super::idempotency;
use crate::context::Context;
use crate::error::Error;
use crate::request::read_event;
use crate::response::{Response, json};
use crate::warnings::{bounded, not_summed};

#[derive(Serialize)]
struct Body {
    event: Event,
    /// Fields that were not stored as sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
}

#[derive(Serialize)]
struct Event {
    id: String,
}

/// Records an event. If its uid or address is new, the user is created.
pub(super) async fn record(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let now = context.clock.now();
    let account = request.principal.account_id;
    let (identity, event, mut warnings) = read_event(&request.parameters, now)?;
    let key = idempotency::in_header(request.headers, || idempotency::hash_of(&request.parameters))?;
    drop(request);
    let tracked = context.storage.activities().track(account, &identity, event, key.as_ref(), now).await;
    let Tracked { id, is_summed } = tracked.map_err(|error| Error::of_recording("event", error))?;
    if !is_summed {
        warnings.push(not_summed("name"));
    }
    json(StatusCode::OK, &Body { event: Event { id: id.to_string() }, warnings: bounded(warnings) })
}
