//! `/v3/edit/properties`: the properties that were sent, or created.

use super::admit::Admitted;
use crate::context::Context;
use crate::error::Error;
use crate::response::Response;

/// Responds with a page of properties.
pub(super) async fn list(_: &Context, _: Admitted<'_>) -> Result<Response, Error> {
    Err(Error::UnknownPath)
}

/// Responds with a property.
pub(super) async fn show(_: &Context, _: Admitted<'_>) -> Result<Response, Error> {
    Err(Error::UnknownPath)
}

/// Creates a property.
pub(super) async fn create(_: &Context, _: Admitted<'_>) -> Result<Response, Error> {
    Err(Error::UnknownPath)
}

/// Changes a property's name and description.
pub(super) async fn change(_: &Context, _: Admitted<'_>) -> Result<Response, Error> {
    Err(Error::UnknownPath)
}
