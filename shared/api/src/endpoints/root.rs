//! `GET|POST /`, and every route that there is not.

use http::StatusCode;
use serde_json::json;

use super::admit::answer;
use crate::context::Context;
use crate::request::Request;
use crate::response::{Response, json as json_answer};
use crate::routes::Endpoint;

/// Tells whom a secret speaks for. What no route takes ends here too, with a 404.
pub async fn root(context: &Context, request: Request) -> Response {
    answer(context, Endpoint::CheckSecret, request, async |admitted| {
        let principal = admitted.principal;
        json_answer(
            StatusCode::OK,
            &json!({"account": {"id": principal.account_id.to_string()}, "user": {"id": principal.user_id.to_string()}}),
        )
    })
    .await
}
