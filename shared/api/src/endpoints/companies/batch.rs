//! Batches of companies.

use super::super::admit::Admitted;
use crate::context::Context;
use crate::error::Error;
use crate::response::Response;

/// Stores a batch and responds with its id.
pub(in crate::endpoints) async fn accept(_: &Context, _: Admitted<'_>) -> Result<Response, Error> {
    Err(Error::UnknownPath)
}

/// Responds with a batch's progress and a page of its problems.
pub(in crate::endpoints) async fn status(_: &Context, _: Admitted<'_>) -> Result<Response, Error> {
    Err(Error::UnknownPath)
}
