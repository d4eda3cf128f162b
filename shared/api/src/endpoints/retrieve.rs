//! `GET|POST /v3/analyze/profiles/{id}` and `/v3/analyze/profile`: returns a profile.

use http::StatusCode;
use profiles_domain::{Error as Domain, Identifier, Identity};
use serde::Serialize;

use super::profile_json::{CompanyDetail, ProfileDetail, ProfileJson};
use super::{Admitted, answer};
use crate::answer::{Response, json};
use crate::context::Context;
use crate::error::Error;
use crate::request::{Parameter, Parameters, Request, Sent, read_email, read_id, read_uid};
use crate::routes::Endpoint;

#[derive(Serialize)]
struct Answer<'a> {
    profile: ProfileJson<'a>,
}

/// Returns the profile that the identifiers name, as the last upsert left it.
pub async fn retrieve(context: &Context, request: Request) -> Response {
    answer(context, Endpoint::Retrieve, request, async |admitted| {
        let account = admitted.principal.account_id;
        let identity = identity(&admitted)?;
        let (detail, company_detail) = details(&admitted.parameters)?;
        let profile = context.storage.find(account, &identity).await?;
        let shown = company_detail != CompanyDetail::Skip && detail == ProfileDetail::All;
        let company = match profile.company_id.filter(|_| shown) {
            Some(id) => context.storage.company(account, id).await?,
            None => None,
        };
        json(StatusCode::OK, &Answer { profile: ProfileJson { profile: &profile, company: company.as_ref(), detail, company_detail } })
    })
    .await
}

/// The identifiers in path, query and body.
fn identity(admitted: &Admitted<'_>) -> Result<Identity, Error> {
    let in_path = admitted.taken.parameter("id").map(Parameter::Text);
    let mut identity = Identity::default();
    if let Some(sent) = in_path.or_else(|| admitted.parameters.last("id")) {
        identity.id = read_id(sent)?.usable();
    }
    if let Some(sent) = admitted.parameters.last_named("uid") {
        identity.uid = read_uid("uid", sent)?.usable();
    }
    if let Some(sent) = admitted.parameters.last_named("email") {
        match read_email(sent)? {
            // No profile ever has such an address.
            Sent::Unusable => {
                let text = sent.string().unwrap_or_default();
                return Err(Domain::ProfileNotFound(Identifier::Unusable("email", text)).into());
            }
            email => identity.email = email.usable(),
        }
    }
    if identity.is_empty() { Err(Domain::NoIdentifier.into()) } else { Ok(identity) }
}

/// How much of the profile and of its company to show: `expand[profile]=…` or `{"expand": {"profile": …}}`.
fn details(parameters: &Parameters<'_>) -> Result<(ProfileDetail, CompanyDetail), Error> {
    let profile = match expand(parameters, "profile")?.as_deref() {
        None | Some("all") => ProfileDetail::All,
        Some("min") => ProfileDetail::Min,
        Some(_) => return Err(invalid("expand[profile]", "`all` or `min`")),
    };
    let company = match expand(parameters, "company")?.as_deref() {
        Some("all") => CompanyDetail::All,
        None | Some("min") => CompanyDetail::Min,
        Some("skip") => CompanyDetail::Skip,
        Some(_) => return Err(invalid("expand[company]", "`all`, `min` or `skip`")),
    };
    Ok((profile, company))
}

fn invalid(field: &str, expected: &'static str) -> Error {
    Domain::InvalidField { field: field.to_owned(), expected }.into()
}

fn expand(parameters: &Parameters<'_>, of: &str) -> Result<Option<String>, Error> {
    // Whatever is no string is no word that is known.
    let word = |sent: Parameter<'_>| sent.string().unwrap_or_default();
    if let Some(sent) = parameters.last(&format!("expand[{of}]")) {
        return Ok(Some(word(sent)));
    }
    let Some(sent) = parameters.last("expand") else { return Ok(None) };
    let object = match sent {
        Parameter::Json(raw) => Parameters::of_object(raw.get()).ok(),
        Parameter::Text(_) => None,
    };
    let object = object.ok_or_else(|| invalid("expand", "an object such as {\"company\": \"all\"}"))?;
    Ok(object.last(of).map(word))
}
