//! `GET|POST /v3/analyze/profiles/{id}` and `/v3/analyze/profile`: returns a profile.

use http::StatusCode;
use profiles_domain::{AccountId, Profile};
use serde::Serialize;

use super::admit::Admitted;
use super::company_json::CompanyDetail;
use super::expand::{company_detail, expand};
use super::lookup;
use super::profile_json::{ProfileDetail, ProfileJson};
use crate::context::Context;
use crate::error::Error;
use crate::request::Parameters;
use crate::response::{Response, json};

#[derive(Serialize)]
struct Body<'a> {
    profile: ProfileJson<'a>,
}

/// Responds with the profile of the identifiers, as the last upsert left it.
pub(super) async fn retrieve(context: &Context, request: Admitted<'_>) -> Result<Response, Error> {
    let account = request.principal.account_id;
    let identity = lookup::identity(&request.parameters, "id", request.route.parameter("id"))?;
    let (detail, company_detail) = details(&request.parameters)?;
    let profile = context.storage.find(account, &identity).await?;
    show(context, account, &profile, detail, company_detail).await
}

/// Responds with a profile, and its company if that is shown.
pub(super) async fn show(
    context: &Context,
    account: AccountId,
    profile: &Profile,
    detail: ProfileDetail,
    company_detail: CompanyDetail,
) -> Result<Response, Error> {
    let company = match profile.company_id {
        Some(id) if detail == ProfileDetail::All || company_detail != CompanyDetail::Skip => context.storage.company(account, id).await?,
        _ => None,
    };
    let company_id = company.as_ref().map(|company| company.id);
    let company = company.as_ref().filter(|_| company_detail != CompanyDetail::Skip);
    let now = context.clock.now();
    json(StatusCode::OK, &Body { profile: ProfileJson { profile, company_id, company, detail, company_detail, now } })
}

/// Reads the amount to show of the profile and of its company.
pub(super) fn details(parameters: &Parameters<'_>) -> Result<(ProfileDetail, CompanyDetail), Error> {
    let profile = match expand(parameters, "profile")?.as_deref() {
        None | Some("all") => ProfileDetail::All,
        Some("min") => ProfileDetail::Min,
        Some(_) => return Err(Error::invalid_field("expand[profile]", "`all` or `min`")),
    };
    Ok((profile, company_detail(parameters)?))
}
