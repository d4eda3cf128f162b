//! `POST /v3/observe/hooks/companies`: creates or updates a company.

use super::super::admit::Admitted;
use crate::context::Context;
use crate::error::Error;
use crate::response::Response;

/// Creates or updates a company.
pub(in crate::endpoints) async fn upsert(_: &Context, _: Admitted<'_>) -> Result<Response, Error> {
    Err(Error::UnknownPath)
}
