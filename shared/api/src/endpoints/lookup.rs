//! The identifiers in requests that change no identifier.

use profiles_domain::{Error as Domain, Identifier, Identity};

use crate::error::Error;
use crate::request::{IdentityReader, Parameter, Parameters, Parsed, read_email};

/// Reads the identifiers in query and body. The profile's id is in `id_field`, unless it is in the path.
///
/// # Errors
/// If there is no identifier, or one that no profile can have.
pub(super) fn identity(parameters: &Parameters<'_>, id_field: &'static str, in_path: Option<&str>) -> Result<Identity, Error> {
    Ok(read(parameters, id_field, in_path)?.finish()?)
}

/// The same for requests that need no identifier.
///
/// # Errors
/// If there is one that no profile can have, or only what identifies nobody: the request was not meant for all users.
pub(super) fn optional_identity(parameters: &Parameters<'_>, id_field: &'static str, in_path: Option<&str>) -> Result<Identity, Error> {
    Ok(read(parameters, id_field, in_path)?.finish_optional()?)
}

fn read(parameters: &Parameters<'_>, id_field: &'static str, in_path: Option<&str>) -> Result<IdentityReader, Error> {
    let mut identity = IdentityReader::default();
    // These answers have no place for warnings.
    let mut unsaid = Vec::new();
    // Only `id` in this spelling is the service's own id; `Id` may be a property.
    let sent = if id_field == "id" { parameters.last(id_field) } else { parameters.last_named(id_field) };
    if let Some(sent) = in_path.map(Parameter::Text).or(sent) {
        identity.read_id(id_field, sent)?;
    }
    if let Some(sent) = parameters.last_named("uid") {
        identity.read_uid("uid", sent, &mut unsaid)?;
    }
    if let Some(sent) = parameters.last_named("email") {
        if let Parsed::Invalid(_) = read_email(sent)? {
            // No profile can have such an address.
            return Err(Domain::ProfileNotFound(Identifier::Unusable("email", sent.string().unwrap_or_default())).into());
        }
        identity.read_email("email", sent, &mut unsaid)?;
    }
    Ok(identity)
}
