//! `GET|POST /`: checks a secret.

use http::StatusCode;
use serde_json::json;

use super::admit::Admitted;
use crate::error::Error;
use crate::response::{Response, json as json_response};

/// Responds with the account and user that the secret belongs to.
pub(super) fn check_secret(request: &Admitted<'_>) -> Result<Response, Error> {
    let principal = request.principal;
    json_response(
        StatusCode::OK,
        &json!({"account": {"id": principal.account_id.to_string()}, "user": {"id": principal.user_id.to_string()}}),
    )
}
