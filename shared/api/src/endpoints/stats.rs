//! `GET /v3/analyze/tours/{id}` and `/v3/analyze/surveys/{id}`: statistics of a tour or Microsurvey.

use http::StatusCode;
use profiles_domain::{MAX_MODEL_ID_BYTES, Model, ModelKind, Summary};
use serde::Serialize;

use super::admit::Admitted;
use crate::context::Context;
use crate::error::{Error, ResourceKind};
use crate::response::{Response, json};

/// What is told of a tour or Microsurvey, under a key that is named after its kind.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OfKind<T> {
    Tour(T),
    Survey(T),
}

impl<T> OfKind<T> {
    pub(super) fn new(kind: ModelKind, value: T) -> Self {
        match kind {
            ModelKind::Tour => Self::Tour(value),
            ModelKind::Survey => Self::Survey(value),
        }
    }
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
    let (model, not_found) = named(kind, &request)?;
    let summary = context.storage.activities().summary(request.principal.account_id, &model).await?;
    let experience = Experience { stats: summary.ok_or(not_found)?.into(), id: model.id };
    json(StatusCode::OK, &OfKind::new(kind, experience))
}

/// The tour or Microsurvey in the path, and the error if nothing is known of it.
pub(super) fn named(kind: ModelKind, request: &Admitted<'_>) -> Result<(Model, Error), Error> {
    let resource = match kind {
        ModelKind::Tour => ResourceKind::Tour,
        ModelKind::Survey => ResourceKind::Survey,
    };
    let id = request.route.parameter("id").unwrap_or_default().to_owned();
    let not_found = Error::NotFound(resource, id.clone());
    if id.len() > MAX_MODEL_ID_BYTES {
        return Err(not_found);
    }
    Ok((Model { kind, id }, not_found))
}
