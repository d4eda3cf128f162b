//! The identifiers in requests that are about one company and change no identifier.

use profiles_domain::{AccountId, CompanyName, Error as Domain, Identifier};

use crate::error::Error;
use crate::request::{Parameter, Parameters, read_company_name};

/// Reads the identifier of a company in query and body. Its id may be in the path.
///
/// # Errors
/// If there is no identifier, or one that no company can have.
pub(super) fn name(account: AccountId, parameters: &Parameters<'_>, in_path: Option<&str>) -> Result<CompanyName, Error> {
    // Only `id` in this spelling is the service's own id.
    let id = in_path.map(Parameter::Text).or(parameters.last("id"));
    // These answers have no place for warnings.
    let name = read_company_name(account, id, parameters.last_named("uid"), &mut Vec::new());
    name.map_err(|error| match error {
        // No company has both.
        Domain::CompaniesDiffer(..) => {
            let id = id.and_then(Parameter::string).unwrap_or_default();
            Domain::NoCompany(Identifier::Unusable("id", id)).into()
        }
        error => error.into(),
    })
}
