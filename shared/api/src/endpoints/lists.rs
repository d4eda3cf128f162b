//! `GET /v3/analyze/responses` and `/v3/analyze/interactions`: lists of users' responses and interactions, the latest first.
//! `GET /v3/analyze/interactions/{id}`: one of them. `GET /v3/analyze/events`: a user's events.

use http::StatusCode;
use profiles_domain::{Interaction, RecordedEvent, SurveyResponse};
use profiles_normalization::Timestamp;
use profiles_storage::activities::{Listed, Of, Order};
use serde::Serialize;

use super::admit::Admitted;
use super::lookup;
use super::pagination::{self, Cursor};
use super::record_json::{EventJson, InteractionJson, ResponseJson};
use super::users::{Detail, Users};
use crate::context::Context;
use crate::error::{Error, ResourceKind};
use crate::request::{Parameter, read_model_id};
use crate::response::{Response, json};

#[derive(Serialize)]
struct Responses<'a> {
    responses: Vec<ResponseJson<'a>>,
    cursor: Cursor,
}

#[derive(Serialize)]
struct Interactions<'a> {
    interactions: Vec<InteractionJson<'a>>,
    cursor: Cursor,
}

#[derive(Serialize)]
struct Events<'a> {
    events: Vec<EventJson<'a>>,
    cursor: Cursor,
}

#[derive(Serialize)]
struct One<'a> {
    interaction: InteractionJson<'a>,
}

/// Responds with the responses to a Microsurvey, or of one user.
pub(super) async fn responses(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let account = request.principal.account_id;
    let (filter, page) = (filter(&request)?, pagination::page(&request.parameters, context.clock.now())?);
    let (order, detail) = (pagination::order(&request.parameters)?, Detail::read(&request.parameters)?);
    let Listed { items, more } = context.storage.activities().responses(account, &filter, page, order).await?;
    let users = Users::read(context, account, detail, items.iter().map(|item| item.profile)).await?;
    let last = items.last().map(|SurveyResponse { id, updated_at, .. }| place(order, *updated_at, id.to_string()));
    let responses = items.iter().map(|response| ResponseJson { response, user: users.get(response.profile) }).collect();
    json(StatusCode::OK, &Responses { responses, cursor: Cursor::new(page.limit, last, more) })
}

/// Responds with the interactions with a tour or Microsurvey, or of one user.
pub(super) async fn interactions(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let account = request.principal.account_id;
    let (filter, page) = (filter(&request)?, pagination::page(&request.parameters, context.clock.now())?);
    let (order, detail) = (pagination::order(&request.parameters)?, Detail::read(&request.parameters)?);
    let Listed { items, more } = context.storage.activities().interactions(account, &filter, page, order).await?;
    let users = Users::read(context, account, detail, items.iter().map(|item| item.profile)).await?;
    let last = items.last().map(|Interaction { id, updated_at, .. }| place(order, *updated_at, id.to_string()));
    let interactions = items.iter().map(|interaction| InteractionJson { interaction, user: users.get(interaction.profile) }).collect();
    json(StatusCode::OK, &Interactions { interactions, cursor: Cursor::new(page.limit, last, more) })
}

/// Responds with the events of one user.
pub(super) async fn events(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let account = request.principal.account_id;
    let identity = lookup::identity(&request.parameters, "profile_id", None)?;
    let (page, detail) = (pagination::page(&request.parameters, context.clock.now())?, Detail::read(&request.parameters)?);
    let Listed { items, more } = context.storage.activities().events(account, &identity, page).await?;
    let users = Users::read(context, account, detail, items.iter().map(|item| item.profile)).await?;
    // An id alone would have to be looked up for its time.
    let last = items.last().map(|RecordedEvent { id, created_at, .. }| format!("{created_at}_{id}"));
    let events = items.iter().map(|event| EventJson { event, user: users.get(event.profile) }).collect();
    json(StatusCode::OK, &Events { events, cursor: Cursor::new(page.limit, last, more) })
}

/// Responds with one interaction.
pub(super) async fn interaction(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let account = request.principal.account_id;
    let sent = request.route.parameter("id").unwrap_or_default();
    let detail = Detail::read(&request.parameters)?;
    let not_found = || Error::NotFound(ResourceKind::Interaction, sent.to_owned());
    let id = sent.parse().map_err(|_| not_found())?;
    let interaction = context.storage.activities().interaction(account, id).await?.ok_or_else(not_found)?;
    let users = Users::read(context, account, detail, [interaction.profile].into_iter()).await?;
    let user = users.get(interaction.profile);
    json(StatusCode::OK, &One { interaction: InteractionJson { interaction: &interaction, user } })
}

/// The place of an item as the next page's `before` has it. Where items change their places, it tells the place, too.
fn place(order: Order, updated_at: Timestamp, id: String) -> String {
    match order {
        Order::Creation => id,
        Order::Change => format!("{updated_at}_{id}"),
    }
}

/// Reads the filter: all items of a tour or Microsurvey, or all items of a user.
fn filter(request: &Admitted<'_>) -> Result<Of, Error> {
    let identity = lookup::optional_identity(&request.parameters, "profile_id", None)?;
    let invalid = |expected| Error::invalid_field("id", expected);
    let model = match request.parameters.last("id").filter(|sent| !sent.is_null()) {
        None => None,
        Some(Parameter::Text("")) => None,
        Some(sent) => Some(read_model_id("id", Some(sent))?),
    };
    match (model, identity.is_empty()) {
        (Some(id), true) => Ok(Of::Model(id)),
        (None, false) => Ok(Of::Profile(identity)),
        (Some(_), false) => Err(invalid("sent without `profile_id`, `uid` and `email`, one user's are told without it")),
        (None, true) => Err(invalid("the id of a tour or Microsurvey; for those of one user send `profile_id`, `uid` or `email` instead")),
    }
}
