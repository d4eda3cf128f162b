//! `GET|POST /`, and every route that there is not.

use http::StatusCode;
use serde_json::json;

use super::admit::Admitted;
use crate::error::Error;
use crate::response::{Response, json as json_answer};

/// Tells whom a secret speaks for. What no route takes ends here too, with a 404.
pub(super) fn check_secret(request: &Admitted<'_>) -> Result<Response, Error> {
    let principal = request.principal;
    json_answer(
        StatusCode::OK,
        &json!({"account": {"id": principal.account_id.to_string()}, "user": {"id": principal.user_id.to_string()}}),
    )
}
