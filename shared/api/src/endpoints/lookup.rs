//! Whom a request asks for that changes no identifier.

use profiles_domain::{Error as Domain, Identifier, Identity};

use crate::error::Error;
use crate::request::{Parameter, Parameters, Sent, read_email, read_id, read_uid};

/// The identifiers in query and body, of which the profile's own is in `id_field`; one in the path goes before that.
///
/// # Errors
/// When nobody is named, or by something that no profile ever has.
pub(super) fn identity(parameters: &Parameters<'_>, id_field: &str, in_path: Option<&str>) -> Result<Identity, Error> {
    let identity = some_identity(parameters, id_field, in_path)?;
    if identity.is_empty() { Err(Domain::NoIdentifier.into()) } else { Ok(identity) }
}

/// The same, but for requests that need not name anybody.
pub(super) fn some_identity(parameters: &Parameters<'_>, id_field: &str, in_path: Option<&str>) -> Result<Identity, Error> {
    let mut identity = Identity::default();
    // `id` is ours only when it is spelled so; `Id` may be anybody's.
    let sent = if id_field == "id" { parameters.last(id_field) } else { parameters.last_named(id_field) };
    if let Some(sent) = in_path.map(Parameter::Text).or(sent) {
        identity.id = read_id(id_field, sent)?.usable();
    }
    if let Some(sent) = parameters.last_named("uid") {
        identity.uid = read_uid("uid", sent)?.usable();
    }
    if let Some(sent) = parameters.last_named("email") {
        match read_email(sent)? {
            // No profile ever has such an address.
            Sent::Unusable => {
                let text = sent.string().unwrap_or_default();
                return Err(Domain::ProfileNotFound(Identifier::Unusable("email", text)).into());
            }
            email => identity.email = email.usable(),
        }
    }
    Ok(identity)
}
