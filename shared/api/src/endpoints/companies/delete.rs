//! `DELETE /v3/edit/companies/{id}` and `/v3/edit/company`: deletes a company.

use http::StatusCode;
use profiles_domain::{Cascade, DeletionId};
use serde::Serialize;

use super::super::admit::Admitted;
use super::lookup;
use crate::context::Context;
use crate::error::Error;
use crate::request::{Parameter, Parameters};
use crate::response::{Response, json};
use crate::worker::time_left::{REQUEST_BUDGET, time_left};

const CASCADE: &str = "cascade";

#[derive(Serialize)]
struct Body {
    deletion: IdJson,
    /// The deletions of members who were forgotten.
    #[serde(skip_serializing_if = "Option::is_none")]
    deletions: Option<Vec<IdJson>>,
}

#[derive(Serialize)]
struct IdJson {
    id: String,
}

impl IdJson {
    fn of(id: DeletionId) -> Self {
        Self { id: id.to_string() }
    }
}

/// Deletes a company. Once this responds, no read shows it any more, and an upsert that names its uid founds a new one.
pub(in crate::endpoints) async fn delete(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let now = || context.clock.now();
    let account = request.principal.account_id;
    let name = lookup::name(account, &request.parameters, request.route.parameter("id"))?;
    let cascade = cascade(&request.parameters)?;
    let time_left = time_left(&context.clock, now(), request.deadline, REQUEST_BUDGET);
    let deletions = context.storage.deletions();
    let deleted = deletions.delete_company(account, &name, cascade, &now, &time_left).await?;
    let members = (cascade == Cascade::Profiles).then(|| deleted.members.into_iter().map(IdJson::of).collect());
    json(StatusCode::OK, &Body { deletion: IdJson::of(deleted.deletion), deletions: members })
}

/// Reads what becomes of the members.
fn cascade(parameters: &Parameters<'_>) -> Result<Cascade, Error> {
    match parameters.last(CASCADE).filter(|sent| !sent.is_null()).map(Parameter::string) {
        None => Ok(Cascade::Nobody),
        Some(Some(word)) if word.is_empty() => Ok(Cascade::Nobody),
        Some(Some(word)) if word == "profiles" => Ok(Cascade::Profiles),
        Some(_) => Err(Error::invalid_field(CASCADE, "`profiles`, which forgets the members, or left out: they stay")),
    }
}
