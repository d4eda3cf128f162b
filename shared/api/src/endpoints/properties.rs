//! `/v3/edit/properties`: the properties that were sent, or created.

use http::StatusCode;
use profiles_domain::{Property, PropertyId};
use profiles_normalization::Warning;
use profiles_storage::activities::Page;
use profiles_storage::properties::{Created, Listed, PropertyOrder};
use serde::Serialize;

use super::admit::Admitted;
use super::ignored_fields::ignored_fields;
use super::pagination::{self, Cursor};
use super::property_json::PropertyJson;
use crate::context::Context;
use crate::error::{Error, ResourceKind};
use crate::request::{NewProperty, PROPERTY_FIELDS, Parameter, Parameters, SECRET, read_property, read_property_edit, read_property_kind};
use crate::response::{Response, json};
use crate::warnings::bounded;

/// Properties on a page by default: as many as there may be on one, because other lists of them have no pages.
const LIMIT: usize = 500;
/// The integration that properties come from which were sent to this API.
const INTEGRATION: &str = "api";

#[derive(Serialize)]
struct One {
    property: PropertyJson,
    /// Fields that were sent and ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
}

#[derive(Serialize)]
struct All {
    properties: Vec<PropertyJson>,
    cursor: Cursor,
}

fn one(status: StatusCode, property: Property, warnings: Vec<Warning>) -> Result<Response, Error> {
    json(status, &One { property: property.into(), warnings: bounded(warnings) })
}

/// Responds with a page of properties.
pub(super) async fn list(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let parameters = &request.parameters;
    let (kind, order) = (read_property_kind(parameters)?, order(parameters)?);
    let page = pagination::page(parameters, context.clock.now())?;
    let page = Page { limit: if parameters.last("limit").is_some() { page.limit } else { LIMIT }, ..page };
    let listed = match is_of_another_integration(parameters)? {
        true => Listed { properties: Vec::new(), more: false },
        false => context.storage.properties().list(request.principal.account_id, kind, order, page).await?,
    };
    let last = listed.properties.last().map(|last| match order {
        PropertyOrder::Creation => last.id.to_string(),
        // They change their places, so an id alone is none.
        PropertyOrder::LastSeen => format!("{}_{}", order.time(last), last.id),
    });
    let cursor = Cursor::new(page.limit, last, listed.more);
    json(StatusCode::OK, &All { properties: listed.properties.into_iter().map(PropertyJson::from).collect(), cursor })
}

fn order(parameters: &Parameters<'_>) -> Result<PropertyOrder, Error> {
    match parameters.last("order").map(|sent| sent.string().unwrap_or_default()).as_deref() {
        None | Some("created_at") => Ok(PropertyOrder::Creation),
        Some("last_seen_at") => Ok(PropertyOrder::LastSeen),
        Some(_) => Err(Error::invalid_field("order", "`created_at` or `last_seen_at`")),
    }
}

/// Whether only properties of an integration are asked for from which none comes.
fn is_of_another_integration(parameters: &Parameters<'_>) -> Result<bool, Error> {
    match parameters.last("integration").filter(|sent| !sent.is_null()) {
        None => Ok(false),
        Some(sent) => {
            let name = sent.string().ok_or_else(|| Error::invalid_field("integration", "the name of an integration, such as `api`"))?;
            Ok(!name.is_empty() && name != INTEGRATION)
        }
    }
}

/// Responds with a property.
pub(super) async fn show(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let (id, not_found) = property_id(&request)?;
    let found = context.storage.properties().property(request.principal.account_id, id).await?;
    one(StatusCode::OK, found.ok_or(not_found)?, Vec::new())
}

/// Creates a property.
pub(super) async fn create(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let NewProperty { kind, prop, name, description } = read_property(&request.parameters)?;
    let warnings = ignored(&request.parameters, &PROPERTY_FIELDS);
    let (account, now) = (request.principal.account_id, context.clock.now());
    match context.storage.properties().create(account, (kind, prop.clone()), name, description, now).await? {
        Created::Now(property) => one(StatusCode::CREATED, *property, warnings),
        Created::Before(id) => Err(Error::PropertyIsThere(prop, id)),
        Created::Full => Err(Error::TooManyProperties),
    }
}

/// Changes a property's name and description.
pub(super) async fn change(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let (id, not_found) = property_id(&request)?;
    let edit = read_property_edit(&request.parameters)?;
    let warnings = ignored(&request.parameters, &["id", "name", "description"]);
    let changed = context.storage.properties().change(request.principal.account_id, id, edit, context.clock.now()).await?;
    one(StatusCode::OK, changed.ok_or(not_found)?, warnings)
}

fn ignored(parameters: &Parameters<'_>, known: &[&'static str]) -> Vec<Warning> {
    let known: Vec<_> = known.iter().copied().chain([SECRET]).collect();
    ignored_fields(parameters, &known, "ignored: only `name` and `description` of a property are told")
}

/// The property's id in the path, and the error if there is no such property.
fn property_id(request: &Admitted<'_>) -> Result<(PropertyId, Error), Error> {
    let in_path = request.route.parameter("id").map(str::to_owned);
    let sent = in_path.or_else(|| request.parameters.last("id").and_then(Parameter::string)).filter(|id| !id.is_empty());
    let sent = sent.ok_or_else(|| Error::invalid_field("id", "the id of a property"))?;
    let id = sent.parse();
    let not_found = Error::NotFound(ResourceKind::Property, sent);
    match id {
        Ok(id) => Ok((id, not_found)),
        Err(_) => Err(not_found),
    }
}
