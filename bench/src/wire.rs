//! Reads the operation and the table of a request to the database, and tells requests apart.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

/// Returns the operation, such as `GetItem`.
pub(crate) fn operation(request: &HttpRequest) -> &str {
    request.headers().get("x-amz-target").and_then(|target| target.split_once('.')).map_or("", |(_, operation)| operation)
}

/// Returns the table; of several, the first.
pub(crate) fn table(request: &HttpRequest) -> &str {
    let body = request.body().bytes().and_then(|body| std::str::from_utf8(body).ok()).expect("a request in JSON");
    // A request for many items begins with their table, and holds megabytes that need not be searched for it.
    let rest = body.strip_prefix(r#"{"RequestItems":{""#).or_else(|| Some(body.split_once(r#""TableName":""#)?.1));
    rest.and_then(|rest| rest.split('"').next()).expect("a request about a table")
}

/// Tells requests of one operation and table apart. Reads of a partition or of many items are told apart by their bodies, with the fields in
/// one order: the SDK writes the names and values of an expression in any order. Updates are told apart by the first word of their expression.
pub(crate) fn kind(request: &HttpRequest) -> String {
    let body = request.body().bytes().unwrap_or_default();
    match operation(request) {
        "Query" | "BatchGetItem" => serde_json::from_slice::<serde_json::Value>(body).expect("a request in JSON").to_string(),
        "UpdateItem" => {
            let expression = std::str::from_utf8(body).ok().and_then(|body| body.split_once(r#""UpdateExpression":""#));
            expression.and_then(|(_, rest)| rest.split(' ').next()).unwrap_or_default().to_owned()
        }
        _ => String::new(),
    }
}
