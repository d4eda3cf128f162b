//! `GET /v3/analyze/companies/{id}` and `/v3/analyze/company`: returns a company.

use http::StatusCode;
use serde::Serialize;

use super::super::admit::Admitted;
use super::super::company_json::{CompanyDetail, CompanyJson};
use super::super::expand::expand;
use super::lookup;
use crate::context::Context;
use crate::error::Error;
use crate::request::Parameters;
use crate::response::{Response, json};

#[derive(Serialize)]
struct Body<'a> {
    company: CompanyJson<'a>,
}

/// Responds with the company of the identifiers, as the last upsert left it.
pub(in crate::endpoints) async fn retrieve(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let account = request.principal.account_id;
    let name = lookup::name(account, &request.parameters, request.route.parameter("id"))?;
    let detail = detail(&request.parameters)?;
    let company = context.storage.find_company(account, &name).await?;
    json(StatusCode::OK, &Body { company: CompanyJson { company: &company, detail } })
}

/// Reads the amount to show of a company that was asked for.
pub(super) fn detail(parameters: &Parameters<'_>) -> Result<CompanyDetail, Error> {
    match expand(parameters, "company")?.as_deref() {
        None | Some("all") => Ok(CompanyDetail::All),
        Some("min") => Ok(CompanyDetail::Min),
        Some(_) => Err(Error::invalid_field("expand[company]", "`all` or `min`")),
    }
}
