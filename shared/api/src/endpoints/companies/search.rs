//! `GET|POST /v3/analyze/companies` and `/v3/analyze/companies/count`: companies that fit filters, the newest first, and how many there are.

use http::StatusCode;
use profiles_filters::Filters;
use profiles_storage::search::Wanted;
use serde::Serialize;
use serde_json::value::RawValue;

use super::super::admit::Admitted;
use super::super::company_json::CompanyJson;
use super::super::pagination::{self, Cursor};
use super::super::search::{MAX_SHOWN_BYTES, counted, cursor, filters, shown};
use super::retrieve::detail;
use crate::context::Context;
use crate::error::Error;
use crate::response::{Response, json};
use crate::worker::time_left::time_for_work;

#[derive(Serialize)]
struct Found<'a> {
    companies: &'a [Box<RawValue>],
    cursor: Cursor,
}

/// Responds with a page of the companies that fit.
pub(in crate::endpoints) async fn search(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let (account, now) = (request.principal.account_id, context.clock.now());
    let filters = filters(&request.parameters, now, Filters::parse_of_companies)?;
    let page = pagination::page(&request.parameters, now)?;
    let detail = detail(&request.parameters)?;
    let time_left = time_for_work(&context.clock, request.deadline);
    let wanted = Wanted { account, filters: &filters, now, time_left: &time_left };
    let found = context.storage.search().companies(wanted, page).await?;
    let shown = shown(found.items.iter().map(|company| CompanyJson { company, detail }), MAX_SHOWN_BYTES)?;
    let cursor = cursor(page.limit, &shown, &found, |company| company.id.to_string());
    json(StatusCode::OK, &Found { companies: &shown, cursor })
}

/// Responds with the number of companies that fit.
pub(in crate::endpoints) async fn count(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let (account, now) = (request.principal.account_id, context.clock.now());
    let filters = filters(&request.parameters, now, Filters::parse_of_companies)?;
    let page = pagination::page(&request.parameters, now)?;
    let time_left = time_for_work(&context.clock, request.deadline);
    let wanted = Wanted { account, filters: &filters, now, time_left: &time_left };
    counted(context.storage.search().count_companies(wanted, page).await?)
}
