//! `GET /v3/analyze/companies/{id}` and `/v3/analyze/company`: returns a company.

use super::super::admit::Admitted;
use crate::context::Context;
use crate::error::Error;
use crate::response::Response;

/// Responds with a company.
pub(in crate::endpoints) async fn retrieve(_: &Context, _: Admitted<'_>) -> Result<Response, Error> {
    Err(Error::UnknownPath)
}
