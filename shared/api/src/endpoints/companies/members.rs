//! `GET /v3/analyze/companies/{id}/profiles`: the members of a company, the newest first.

use profiles_domain::{Error as Domain, Identifier};

use super::super::admit::Admitted;
use super::super::pagination;
use super::super::retrieve::details;
use super::super::search::{FILTERS, FILTERS_OP, SEGMENT_ID, sent, show};
use crate::context::Context;
use crate::error::Error;
use crate::response::Response;
use crate::worker::time_left::time_for_work;

/// Responds with a page of a company's members.
pub(in crate::endpoints) async fn members(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let (account, now) = (request.principal.account_id, context.clock.now());
    let id = request.route.parameter("id").unwrap_or_default();
    for field in [FILTERS, FILTERS_OP, SEGMENT_ID] {
        if sent(&request.parameters, field).is_some() {
            const INSTEAD: &str =
                "left out: all members are listed; to filter them search `/v3/analyze/profiles` with the `company_id` besides";
            return Err(Error::invalid_field(field, INSTEAD));
        }
    }
    let page = pagination::page(&request.parameters, now)?;
    let details = details(&request.parameters)?;
    let not_found = || Domain::NoCompany(Identifier::Unusable("id", id.to_owned()));
    let company = id.parse().map_err(|_| not_found())?;
    let time_left = time_for_work(&context.clock, request.deadline);
    let members = context.storage.search().members(account, company, page, now, &time_left).await?.ok_or_else(not_found)?;
    show(context, account, &members, page.limit, details).await
}
