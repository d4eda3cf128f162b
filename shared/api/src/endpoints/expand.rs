//! How much of something is shown: `expand[profile]=…` or `{"expand": {"profile": …}}`.

use profiles_domain::Error as Domain;

use crate::error::Error;
use crate::request::{Parameter, Parameters};

/// The word that says how much to show of what is called so, if there is one.
pub(super) fn expand(parameters: &Parameters<'_>, of: &str) -> Result<Option<String>, Error> {
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
    let object = object.ok_or_else(|| unknown("expand", "an object such as {\"company\": \"all\"}"))?;
    Ok(object.last(of).map(word))
}

/// Says which words there are.
pub(super) fn unknown(field: &str, expected: &'static str) -> Error {
    Domain::InvalidField { field: field.to_owned(), expected }.into()
}
