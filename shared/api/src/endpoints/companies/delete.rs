//! `DELETE /v3/edit/companies/{id}` and `/v3/edit/company`: deletes a company.

use super::super::admit::Admitted;
use crate::context::Context;
use crate::error::Error;
use crate::response::Response;

/// Deletes a company.
pub(in crate::endpoints) async fn delete(_: &Context, _: Admitted<'_>) -> Result<Response, Error> {
    Err(Error::UnknownPath)
}
