//! `GET /v3/analyze/companies/{id}/profiles`: the members of a company.

use super::super::admit::Admitted;
use crate::context::Context;
use crate::error::Error;
use crate::response::Response;

/// Responds with a page of a company's members.
pub(in crate::endpoints) async fn members(_: &Context, _: Admitted<'_>) -> Result<Response, Error> {
    Err(Error::UnknownPath)
}
