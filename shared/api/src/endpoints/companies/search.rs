//! `GET|POST /v3/analyze/companies` and `/v3/analyze/companies/count`: companies that fit filters.

use super::super::admit::Admitted;
use crate::context::Context;
use crate::error::Error;
use crate::response::Response;

/// Responds with a page of the companies that fit.
pub(in crate::endpoints) async fn search(_: &Context, _: Admitted<'_>) -> Result<Response, Error> {
    Err(Error::UnknownPath)
}

/// Responds with the number of companies that fit.
pub(in crate::endpoints) async fn count(_: &Context, _: Admitted<'_>) -> Result<Response, Error> {
    Err(Error::UnknownPath)
}
