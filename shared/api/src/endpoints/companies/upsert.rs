//! `POST /v3/observe/hooks/companies`: creates or updates a company.

use http::StatusCode;
use profiles_normalization::Warning;
use serde::Serialize;

use super::super::admit::Admitted;
use crate::context::Context;
use crate::error::Error;
use crate::request::read_company_upsert;
use crate::response::{Response, json};
use crate::warnings::bounded;

#[derive(Serialize)]
struct Body {
    company: Company,
    /// Fields that were not stored as sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
}

#[derive(Serialize)]
struct Company {
    id: String,
}

/// Creates or updates a company, and responds with its id once every later read sees the change.
pub(in crate::endpoints) async fn upsert(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let now = context.clock.now();
    let account = request.principal.account_id;
    let (upsert, warnings) = read_company_upsert(account, &request.parameters, now)?;
    drop(request);
    let id = context.storage.upsert_company(account, upsert, now).await?;
    json(StatusCode::OK, &Body { company: Company { id: id.to_string() }, warnings: bounded(warnings) })
}
