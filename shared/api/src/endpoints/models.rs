//! `GET /v3/edit/tours`, `/v3/edit/tours/{id}`, and the same of `surveys`: what webhooks told of tours and Microsurveys.

use http::StatusCode;
use profiles_domain::{MAX_MODEL_ID_BYTES, ModelKind};
use profiles_normalization::Timestamp;
use profiles_storage::activities::{Counted, Listed, ModelBound};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::admit::Admitted;
use super::pagination::{self, Cursor};
use super::stats::{OfKind, Stats, named};
use crate::context::Context;
use crate::error::Error;
use crate::request::{Parameters, read_time};
use crate::response::{Response, json};

#[derive(Serialize)]
struct ModelJson {
    id: String,
    name: Option<String>,
    created_at: Timestamp,
    published_at: Option<Timestamp>,
    stats: Stats,
}

impl From<Counted> for ModelJson {
    fn from((known, summary): Counted) -> Self {
        let about = known.about;
        Self { id: known.id, name: about.name, created_at: known.created_at, published_at: about.published_at, stats: summary.into() }
    }
}

/// A page, whose first key is named after the kind.
struct PageJson {
    kind: ModelKind,
    models: Vec<ModelJson>,
    cursor: Cursor,
}

impl Serialize for PageJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry(plural(self.kind), &self.models)?;
        map.serialize_entry("cursor", &self.cursor)?;
        map.end()
    }
}

fn plural(kind: ModelKind) -> &'static str {
    match kind {
        ModelKind::Tour => "tours",
        ModelKind::Survey => "surveys",
    }
}

/// Responds with the tours or Microsurveys that webhooks named, the latest first.
pub(super) async fn list(context: &Context, kind: ModelKind, request: Admitted<'_>) -> Result<Response, Error> {
    let (account, now) = (request.principal.account_id, context.clock.now());
    let limit = pagination::limit(&request.parameters)?;
    let bound = |field| bound(field, &request.parameters, now);
    let bounds = (bound("before")?, bound("after")?);
    let Listed { items, more } = context.storage.activities().models(account, kind, limit, bounds).await?;
    let last = items.last().map(|(known, _)| known.id.clone());
    let models = items.into_iter().map(ModelJson::from).collect();
    json(StatusCode::OK, &PageJson { kind, models, cursor: Cursor::new(limit, last, more) })
}

/// Responds with one of them.
pub(super) async fn show(context: &Context, kind: ModelKind, request: Admitted<'_>) -> Result<Response, Error> {
    let (model, not_found) = named(kind, &request)?;
    let counted = context.storage.activities().model(request.principal.account_id, &model).await?.ok_or(not_found)?;
    json(StatusCode::OK, &OfKind::new(kind, ModelJson::from(counted)))
}

/// Reads a bound of a page: a time, or the id of a tour or Microsurvey, which is another system's and so may be any text.
fn bound(field: &'static str, parameters: &Parameters<'_>, now: Timestamp) -> Result<Option<ModelBound>, Error> {
    let Some(sent) = parameters.last(field) else { return Ok(None) };
    match read_time(field, sent, now) {
        Ok(time) => Ok(time.map(ModelBound::Time)),
        Err(_) => match sent.string() {
            Some(id) if id.len() <= MAX_MODEL_ID_BYTES => Ok(Some(ModelBound::Id(id))),
            _ => Err(Error::invalid_field(field, "the id of a tour or Microsurvey, or a time such as `2029-04-07T12:18:00Z`")),
        },
    }
}
