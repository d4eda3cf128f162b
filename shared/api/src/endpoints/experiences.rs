//! `POST /v3/observe/hooks/experiences`: receives Chameleon's outgoing webhooks.

use http::StatusCode;
use profiles_normalization::Warning;
use profiles_storage::activities::Experienced;
use serde::Serialize;

use super::admit::Admitted;
use crate::context::Context;
use crate::error::Error;
use crate::request::{Experience, Happened, id_field, is_signed, read_experience};
use crate::response::{Response, json};
use crate::warnings::{bounded, not_summed};

#[derive(Serialize)]
struct Body {
    experience: Webhook,
    /// Fields that were not stored, or not as sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
}

#[derive(Serialize)]
struct Webhook {
    id: String,
}

/// Records a webhook. The same webhook sent again is recorded only once.
pub(super) async fn record(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let now = context.clock.now();
    let account = request.principal.account_id;
    if let Some(secret) = context.secrets.webhook_secret(account, now).await?
        && !is_signed(&secret, request.headers, &request.raw_body, &request.parameters, now)
    {
        return Err(Error::NotSigned);
    }
    let Experience { webhook_id, happened, mut warnings } = read_experience(&request.parameters, now)?;
    drop(request);
    let activities = context.storage.activities();
    // The response is the same if the webhook was recorded before.
    match happened {
        Some((identity, Happened::Step(event))) => {
            let model = event.model.kind;
            let recorded = activities.record_experience(account, &identity, event, now).await;
            match recorded.map_err(|error| Error::of_recording("response", error))? {
                Experienced::Now { is_summed: false } => warnings.push(not_summed(id_field(model))),
                Experienced::Now { is_summed: true } | Experienced::Before => {}
                Experienced::OfAnother => warnings.push(not_stored("another user has the response of this id")),
                Experienced::Deleted => warnings.push(not_stored("the response of this id was deleted")),
            }
        }
        Some((identity, Happened::Event(event))) => {
            let tracked = activities.track_webhook(account, &identity, event, &webhook_id, now).await;
            if !tracked.map_err(|error| Error::of_recording("event", error))?.is_summed {
                warnings.push(not_summed("kind"));
            }
        }
        None => {}
    }
    json(StatusCode::OK, &Body { experience: Webhook { id: webhook_id }, warnings: bounded(warnings) })
}

/// The warning of a response that is not stored.
fn not_stored(why: &str) -> Warning {
    Warning { prop: "data.response.id".to_owned(), message: format!("not stored: {why}") }
}
