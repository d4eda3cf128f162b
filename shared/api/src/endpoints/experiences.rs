//! `POST /v3/observe/hooks/experiences`: takes Chameleon's outgoing webhooks.

use http::StatusCode;
use profiles_domain::Error as Domain;
use profiles_normalization::Warning;
use serde::Serialize;

use super::admit::answer;
use crate::context::Context;
use crate::error::Error;
use crate::request::{Experience, Request, is_signed, read_experience};
use crate::response::{Response, json};
use crate::routes::Endpoint;
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
pub async fn experiences(context: &Context, request: Request) -> Response {
    answer(context, Endpoint::Happened, request, async |admitted| {
        let now = context.clock.now();
        let account = admitted.principal.account_id;
        if let Some(secret) = context.secrets.of_webhooks(account, now).await?
            && !is_signed(&secret, admitted.headers, &admitted.as_sent, &admitted.parameters, now)
        {
            return Err(Domain::Unauthorized.into());
        }
        let Experience { webhook_id, happened, warnings } = read_experience(&admitted.parameters, now)?;
        drop(admitted);
        if let Some((identity, happening)) = happened {
            // Whether it was told before makes no difference to whoever tells it.
            let told = context.storage.records().happened(account, &identity, happening, now).await;
            told.map_err(|error| Error::of_recording("response", error))?;
        }
        json(StatusCode::OK, &Answer { experience: Webhook { id: webhook_id }, warnings: bounded(warnings) })
    })
    .await
}
