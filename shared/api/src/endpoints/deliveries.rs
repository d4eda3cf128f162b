//! `/v3/edit/deliveries`: tours and Microsurveys that are to be shown to a user.

use http::StatusCode;
use profiles_domain::{Delivery, DeliveryId, DeliveryOrder, Model, ModelKind};
use profiles_normalization::{Timestamp, Warning};
use serde::Serialize;

use super::admit::Admitted;
use super::ignored_fields::ignored_fields;
use super::{idempotency, lookup};
use crate::context::Context;
use crate::error::{Error, ResourceKind};
use crate::request::{Parameter, Parameters, read_model_id, read_time};
use crate::response::{Response, json};
use crate::warnings::bounded;

const PROFILE_ID: &str = "profile_id";
const KNOWN: [&str; 10] =
    ["model_kind", "model_id", PROFILE_ID, "uid", "email", "from", "until", "once", "idempotency_key", crate::request::SECRET];

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
}

#[derive(Serialize)]
struct DeliveryJson {
    id: String,
    created_at: String,
    model_kind: &'static str,
    model_id: String,
    profile_id: String,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    once: bool,
}

impl From<Delivery> for DeliveryJson {
    fn from(delivery: Delivery) -> Self {
        let Delivery { id, created_at, profile, order: DeliveryOrder { model, from, until, once } } = delivery;
        let model_kind = model.kind.as_str();
        Self { id: id.to_string(), created_at, model_kind, model_id: model.id, profile_id: profile.to_string(), from, until, once }
    }
}

fn one(delivery: Delivery, warnings: Vec<Warning>) -> Result<Response, Error> {
    json(StatusCode::OK, &One { delivery: delivery.into(), warnings: bounded(warnings) })
}

/// Orders a delivery to an existing profile.
pub(super) async fn order(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let now = context.clock.now();
    let parameters = &request.parameters;
    let order = read_order(parameters, now)?;
    let identity = lookup::identity(parameters, PROFILE_ID, None)?;
    let key = idempotency::in_field(parameters, || idempotency::hash_of(parameters))?;
    let warnings = ignored_fields(parameters, &KNOWN, "ignored: it means nothing in a delivery");
    let records = context.storage.activities();
    one(records.deliver(request.principal.account_id, &identity, order, key.as_ref(), now).await?, warnings)
}

/// Responds with a profile's pending deliveries.
pub(super) async fn list(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let identity = lookup::identity(&request.parameters, PROFILE_ID, None)?;
    let deliveries = context.storage.activities().deliveries(request.principal.account_id, &identity).await?;
    json(StatusCode::OK, &All { deliveries: deliveries.into_iter().map(DeliveryJson::from).collect() })
}

/// Responds with a pending delivery.
pub(super) async fn show(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let (id, not_found) = delivery_id(&request)?;
    let found = context.storage.activities().delivery(request.principal.account_id, id).await?;
    one(found.ok_or(not_found)?, Vec::new())
}

/// Deletes a pending delivery.
pub(super) async fn withdraw(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let (id, not_found) = delivery_id(&request)?;
    let withdrawn = context.storage.activities().withdraw(request.principal.account_id, id).await?;
    one(withdrawn.ok_or(not_found)?, Vec::new())
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

fn read_order(parameters: &Parameters<'_>, now: Timestamp) -> Result<DeliveryOrder, Error> {
    let kind = parameters.last_named("model_kind").and_then(Parameter::string).and_then(|word| ModelKind::from_word(&word));
    let kind = kind.ok_or_else(|| Error::invalid_field("model_kind", "`tour` or `survey`"))?;
    let id = read_model_id("model_id", parameters.last_named("model_id"))?;
    let time = |field: &str| match parameters.last_named(field) {
        Some(sent) => read_time(field, sent, now),
        None => Ok(None),
    };
    let (from, until) = (time("from")?, time("until")?);
    if let (Some(from), Some(until)) = (from, until)
        && until <= from
    {
        return Err(Error::invalid_field("until", "a time after that of `from`"));
    }
    let once = match parameters.last_named("once").filter(|sent| !sent.is_null()) {
        None => false,
        Some(Parameter::Json(raw)) => truth(raw.get().trim_matches('"'))?,
        Some(Parameter::Text(text)) => truth(text)?,
    };
    Ok(DeliveryOrder { model: Model { kind, id }, from, until, once })
}

fn truth(text: &str) -> Result<bool, Error> {
    text.parse().map_err(|_| Error::invalid_field("once", "`true` or `false`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_domain::Error as Domain;
    use proptest::prelude::*;

    fn read(json: &str) -> Result<DeliveryOrder, Error> {
        read_order(&Parameters::of_object(json)?, Timestamp::from_unix_millis(1_870_258_680_000).unwrap())
    }

    #[test]
    fn an_order_says_what_when_and_how_often() {
        let model = Model { kind: ModelKind::Tour, id: "t1".to_owned() };
        let order = read(r#"{"model_kind":"tour","model_id":"t1","uid":1}"#).unwrap();
        assert_eq!(order, DeliveryOrder { model: model.clone(), from: None, until: None, once: false });
        let order = read(r#"{"modelKind":"tour","modelId":"t1","from":"+30m","until":"+3d","once":true}"#).unwrap();
        let time = |text: &str| Timestamp::parse_canonical(text);
        assert_eq!(
            order,
            DeliveryOrder { model, from: time("2029-04-07T12:48:00.000Z"), until: time("2029-04-10T12:18:00.000Z"), once: true }
        );
    }

    #[test]
    fn whatever_is_wrong_is_named_by_its_field() {
        let with = |rest: &str| format!(r#"{{"model_kind":"tour","model_id":"t1",{rest}}}"#);
        for (json, expected) in [
            ("{}".to_owned(), "model_kind"),
            (r#"{"model_kind":"launcher","model_id":"t1"}"#.to_owned(), "model_kind"),
            (r#"{"model_kind":"tour"}"#.to_owned(), "model_id"),
            (r#"{"model_kind":"tour","model_id":""}"#.to_owned(), "model_id"),
            (r#"{"model_kind":"tour","model_id":[]}"#.to_owned(), "model_id"),
            (with(r#""from":"soon""#), "from"),
            (with(r#""until":true"#), "until"),
            (with(r#""from":"+3d","until":"+3d""#), "until"),
            (with(r#""once":"perhaps""#), "once"),
            (with(r#""once":1"#), "once"),
        ] {
            let Err(Error::Domain(Domain::InvalidField { field, .. })) = read(&json) else { panic!("{json}") };
            assert_eq!(field, expected, "{json}");
        }
    }

    proptest! {
        #[test]
        fn no_order_makes_it_panic(name in "(model_kind|model_id|from|until|once)", value in "(null|true|-?[0-9]{1,40}|\"[+0-9a-z:-]*\"|\\{\\}|\\[\\])") {
            let _ = read(&format!(r#"{{"model_kind":"tour","model_id":"t","{name}":{value}}}"#));
        }
    }
}
