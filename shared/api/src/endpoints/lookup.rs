//! The identifiers in requests that change no identifier.

use profiles_domain::{Error as Domain, Identifier, Identity};

use crate::error::Error;
use crate::request::{Parameter, Parameters, Parsed, read_email, read_id, read_uid};

/// Reads the identifiers in query and body. The profile's id is in `id_field`, unless it is in the path.
///
/// # Errors
/// If there is no identifier, or one that no profile can have.
pub(super) fn identity(parameters: &Parameters<'_>, id_field: &str, in_path: Option<&str>) -> Result<Identity, Error> {
    let identity = optional_identity(parameters, id_field, in_path)?;
    if identity.is_empty() { Err(Domain::NoIdentifier.into()) } else { Ok(identity) }
}

/// The same for requests that need no identifier.
pub(super) fn optional_identity(parameters: &Parameters<'_>, id_field: &str, in_path: Option<&str>) -> Result<Identity, Error> {
    let mut identity = Identity::default();
    // Only `id` in this spelling is the service's own id; `Id` may be a property.
    let sent = if id_field == "id" { parameters.last(id_field) } else { parameters.last_named(id_field) };
    if let Some(sent) = in_path.map(Parameter::Text).or(sent) {
        identity.id = read_id(id_field, sent)?.valid();
    }
    if let Some(sent) = parameters.last_named("uid") {
        identity.uid = read_uid("uid", sent)?.valid();
    }
    if let Some(sent) = parameters.last_named("email") {
        match read_email(sent)? {
            // No profile can have such an address.
            Parsed::Invalid => {
                let text = sent.string().unwrap_or_default();
                return Err(Domain::ProfileNotFound(Identifier::Unusable("email", text)).into());
            }
            email => identity.email = email.valid(),
        }
    }
    Ok(identity)
}
