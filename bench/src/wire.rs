//! Reads the operation and the table of a request to the database, and tells reads apart.

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

/// Returns the body of a read of a partition or of many items, with its fields in one order; `None` for other requests. The SDK writes
/// the names and values of an expression in any order.
pub(crate) fn read(request: &HttpRequest) -> Option<String> {
    if !matches!(operation(request), "Query" | "BatchGetItem") {
        return None;
    }
    let body: serde_json::Value = serde_json::from_slice(request.body().bytes()?).expect("a request in JSON");
    Some(body.to_string())
}
