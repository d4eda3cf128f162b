//! `POST /v3/observe/hooks/experiences`: takes Chameleon's outgoing webhooks.

use http::StatusCode;
use profiles_domain::Error as Domain;
use profiles_normalization::Warning;
use serde::Serialize;

use super::admit::Admitted;
use crate::context::Context;
use crate::error::Error;
use crate::request::{Experience, is_signed, read_experience};
use crate::response::{Response, json};
use crate::warnings::bounded;

#[derive(Serialize)]
struct Answer {
    experience: Webhook,
    /// What was sent and not stored, or not as sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
}

#[derive(Serialize)]
struct Webhook {
    id: String,
}

/// Records what a webhook tells, once, however often it comes.
pub(super) async fn record(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let now = context.clock.now();
    let account = request.principal.account_id;
    if let Some(secret) = context.secrets.of_webhooks(account, now).await?
        && !is_signed(&secret, request.headers, &request.raw_body, &request.parameters, now)
    {
        return Err(Domain::Unauthorized.into());
    }
    let Experience { webhook_id, happened, warnings } = read_experience(&request.parameters, now)?;
    drop(request);
    if let Some((identity, happening)) = happened {
        // Whether it was told before makes no difference to whoever tells it.
        let told = context.storage.activities().record_experience(account, &identity, happening, now).await;
        told.map_err(|error| Error::of_recording("response", error))?;
    }
    json(StatusCode::OK, &Answer { experience: Webhook { id: webhook_id }, warnings: bounded(warnings) })
}
