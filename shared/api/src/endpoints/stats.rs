//! `GET /v3/analyze/tours/{id}` and `/v3/analyze/surveys/{id}`: statistics of a tour or Microsurvey.

use http::StatusCode;
use profiles_domain::{MAX_MODEL_ID_BYTES, Model, ModelKind, Summary};
use serde::Serialize;

use super::admit::Admitted;
use crate::context::Context;
use crate::error::{Error, ResourceKind};
use crate::response::{Response, json};

/// The field is named after the kind of experience.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Body {
    Tour(Experience),
    Survey(Experience),
}

#[derive(Serialize)]
struct Experience {
    id: String,
    stats: Stats,
}

/// The counts of a tour or Microsurvey.
#[derive(Serialize)]
pub(super) struct Stats {
    started_count: u64,
    completed_count: u64,
    exited_count: u64,
    last_started_at: Option<String>,
    last_completed_at: Option<String>,
    last_exited_at: Option<String>,
}

impl From<Summary> for Stats {
    fn from(summary: Summary) -> Self {
        let Summary { started_count, completed_count, exited_count, last_started_at, last_completed_at, last_exited_at } = summary;
        Self { started_count, completed_count, exited_count, last_started_at, last_completed_at, last_exited_at }
    }
}

/// Responds with the sums over all interactions.
pub(super) async fn stats(context: &Context, kind: ModelKind, request: Admitted<'_>) -> Result<Response, Error> {
    let resource = match kind {
        ModelKind::Tour => ResourceKind::Tour,
        ModelKind::Survey => ResourceKind::Survey,
    };
    let id = request.route.parameter("id").unwrap_or_default().to_owned();
    let not_found = || Error::NotFound(resource, id.clone());
    if id.len() > MAX_MODEL_ID_BYTES {
        return Err(not_found());
    }
    let summary = context.storage.activities().summary(request.principal.account_id, &Model { kind, id: id.clone() }).await?;
    let experience = Experience { stats: summary.ok_or_else(not_found)?.into(), id };
    let body = match kind {
        ModelKind::Tour => Body::Tour(experience),
        ModelKind::Survey => Body::Survey(experience),
    };
    json(StatusCode::OK, &body)
}
