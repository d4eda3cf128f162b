//! The parameter `expand`, which says how much of a resource is shown: `expand[profile]=…` or `{"expand": {"profile": …}}`.

use super::company_json::CompanyDetail;
use crate::error::Error;
use crate::request::{Parameter, Parameters};

/// Returns the word that was sent for this resource, if there is one.
pub(super) fn expand(parameters: &Parameters<'_>, resource: &str) -> Result<Option<String>, Error> {
    // A value that is not a string becomes the empty word, which is unknown.
    let word = |sent: Parameter<'_>| sent.string().unwrap_or_default();
    let in_brackets = format!("expand[{resource}]");
    let mut found = None;
    // Query and body may each name another resource.
    for (name, sent) in parameters.iter() {
        if name == in_brackets {
            found = Some(word(sent));
        } else if name == "expand" {
            let object = match sent {
                Parameter::Json(raw) => Parameters::of_object(raw.get()).ok(),
                Parameter::Text(_) => None,
            };
            let object = object.ok_or_else(|| Error::invalid_field("expand", "an object such as {\"company\": \"all\"}"))?;
            found = object.last(resource).map(word).or(found);
        }
    }
    Ok(found)
}

/// Reads how much of a profile's company is shown.
pub(super) fn company_detail(parameters: &Parameters<'_>) -> Result<CompanyDetail, Error> {
    match expand(parameters, "company")?.as_deref() {
        Some("all") => Ok(CompanyDetail::All),
        None | Some("min") => Ok(CompanyDetail::Min),
        Some("skip") => Ok(CompanyDetail::Skip),
        Some(_) => Err(Error::invalid_field("expand[company]", "`all`, `min` or `skip`")),
    }
}
