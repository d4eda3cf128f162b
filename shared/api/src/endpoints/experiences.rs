//! `POST /v3/observe/hooks/experiences`: receives Chameleon's outgoing webhooks.

use http::StatusCode;
use profiles_domain::Error as Domain;
use profiles_normalization::Warning;
use profiles_storage::activities::Experienced;
use serde::Serialize;

use super::admit::Admitted;
use crate::context::Context;
use crate::error::Error;
use crate::request::{Experience, id_field, is_signed, read_experience};
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
        return Err(Domain::Unauthorized.into());
    }
    let Experience { webhook_id, event, mut warnings } = read_experience(&request.parameters, now)?;
    drop(request);
    if let Some((identity, event)) = event {
        let model = event.model.kind;
        // The response is the same if the webhook was recorded before.
        let recorded = context.storage.activities().record_experience(account, &identity, event, now).await;
        if let Experienced::Now { is_summed: false } = recorded.map_err(|error| Error::of_recording("response", error))? {
            warnings.push(not_summed(id_field(model)));
        }
    }
    json(StatusCode::OK, &Body { experience: Webhook { id: webhook_id }, warnings: bounded(warnings) })
}
