//! `/v3/edit/deliveries`: tours and Microsurveys that are to be shown to a user.

use http::StatusCode;
use profiles_domain::{Delivery, DeliveryId};
use profiles_normalization::Warning;
use profiles_storage::activities::{DeliveriesOf, Listed, Ordered};
use serde::Serialize;

use super::admit::Admitted;
use super::delivery_json::DeliveryJson;
use super::ignored_fields::ignored_fields;
use super::pagination::{self, Cursor};
use super::{idempotency, lookup};
use crate::context::Context;
use crate::error::{Error, ResourceKind};
use crate::request::{DELIVERY_FIELDS, Parameter, Parameters, SECRET, edit_order, read_model_id, read_model_kind, read_order};
use crate::response::{Response, json};
use crate::warnings::bounded;

const PROFILE_ID: &str = "profile_id";
/// The fields of an order that no change has: a delivery keeps its user and its key.
const ONLY_IN_ORDERS: [&str; 4] = [PROFILE_ID, "uid", "email", "idempotency_key"];

#[derive(Serialize)]
struct One {
    delivery: DeliveryJson,
    /// Fields that were sent and ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
}

#[derive(Serialize)]
struct All {
    deliveries: Vec<DeliveryJson>,
    cursor: Cursor,
}

fn one(status: StatusCode, delivery: Delivery, warnings: Vec<Warning>) -> Result<Response, Error> {
    json(status, &One { delivery: delivery.into(), warnings: bounded(warnings) })
}

/// Orders a delivery to an existing profile.
pub(super) async fn order(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let (account, parameters, now) = (request.principal.account_id, &request.parameters, context.clock.now());
    let order = read_order(parameters, now);
    let identity = lookup::identity(parameters, PROFILE_ID, None);
    let key = idempotency::in_field(parameters)?;
    let records = context.storage.activities();
    let known: Vec<_> = DELIVERY_FIELDS.into_iter().chain(ONLY_IN_ORDERS).chain([SECRET]).collect();
    let warnings = ignored_fields(parameters, &known, "ignored: it means nothing in a delivery");
    let ordered = match (order, identity) {
        (Ok(order), Ok(identity)) => records.deliver(account, &identity, order, key.as_deref(), now).await?,
        // What was ordered before is answered whatever else is sent: the time told in the first order may be over by now.
        (Err(error), Ok(identity)) => {
            let Some(key) = key else { return Err(error.into()) };
            Ordered::Before(records.ordered_before(account, &identity, &key).await?.ok_or(error)?)
        }
        (Err(error), Err(_)) => return Err(error.into()),
        (Ok(_), Err(error)) => return Err(error),
    };
    match ordered {
        Ordered::Now(delivery) => one(StatusCode::CREATED, delivery, warnings),
        Ordered::Before(delivery) => one(StatusCode::OK, delivery, warnings),
    }
}

/// Responds with pending deliveries: of a user, of a tour or Microsurvey, or all.
pub(super) async fn list(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let (parameters, now) = (&request.parameters, context.clock.now());
    let of = filter(parameters)?;
    let page = pagination::page(parameters, now)?;
    let Listed { items, more } = context.storage.activities().deliveries(request.principal.account_id, &of, page, now).await?;
    let cursor = Cursor::new(page.limit, items.last().map(|item| item.id.to_string()), more);
    json(StatusCode::OK, &All { deliveries: items.into_iter().map(DeliveryJson::from).collect(), cursor })
}

fn filter(parameters: &Parameters<'_>) -> Result<DeliveriesOf, Error> {
    let sent = |field: &str| parameters.last_named(field).filter(|sent| !sent.is_null() && !matches!(sent, Parameter::Text("")));
    let identity = lookup::optional_identity(parameters, PROFILE_ID, None)?;
    let model = sent("model_id").map(|sent| read_model_id("model_id", Some(sent))).transpose()?;
    let kind = sent("model_kind").map(|sent| read_model_kind(Some(sent))).transpose()?;
    Ok(DeliveriesOf { identity: Some(identity).filter(|identity| !identity.is_empty()), model, kind })
}

/// Responds with a delivery.
pub(super) async fn show(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let (id, not_found) = delivery_id(&request)?;
    let found = context.storage.activities().delivery(request.principal.account_id, id, context.clock.now()).await?;
    one(StatusCode::OK, found.ok_or(not_found)?, Vec::new())
}

/// Changes a pending delivery.
pub(super) async fn change(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let (id, not_found) = delivery_id(&request)?;
    let (parameters, now) = (&request.parameters, context.clock.now());
    let edit = |order| edit_order(order, parameters, now);
    let changed = context.storage.activities().change_delivery(request.principal.account_id, id, edit, now).await?;
    let known: Vec<_> = DELIVERY_FIELDS.into_iter().chain([SECRET]).collect();
    let warnings = ignored_fields(parameters, &known, "ignored: it cannot be changed in a delivery");
    one(StatusCode::OK, changed.ok_or(not_found)?, warnings)
}

/// Deletes a pending delivery.
pub(super) async fn withdraw(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let (id, not_found) = delivery_id(&request)?;
    let withdrawn = context.storage.activities().withdraw(request.principal.account_id, id, context.clock.now()).await?;
    one(StatusCode::OK, withdrawn.ok_or(not_found)?, Vec::new())
}

/// The delivery's id in the path, body or query, and the error if there is no such delivery.
fn delivery_id(request: &Admitted<'_>) -> Result<(DeliveryId, Error), Error> {
    let in_path = request.route.parameter("id").map(str::to_owned);
    let sent = in_path.or_else(|| request.parameters.last("id").and_then(Parameter::string)).filter(|id| !id.is_empty());
    let sent = sent.ok_or_else(|| Error::invalid_field("id", "the id of a delivery"))?;
    let id = sent.parse();
    let not_found = Error::NotFound(ResourceKind::Delivery, sent);
    match id {
        Ok(id) => Ok((id, not_found)),
        Err(_) => Err(not_found),
    }
}
