//! Reads the operation and the table of a request to the database, and tells requests apart.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::Value;

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

/// Tells requests of one operation and table apart: reads of a partition or of many items by their bodies, updates by the first word of
/// their expression. The names and values of an expression, and the keys of many items, may come in any order.
pub(crate) fn kind(request: &HttpRequest) -> String {
    let body = request.body().bytes().unwrap_or_default();
    match operation(request) {
        "Query" | "BatchGetItem" => {
            let mut read: Value = serde_json::from_slice(body).expect("a request in JSON");
            for table in read["RequestItems"].as_object_mut().into_iter().flat_map(|tables| tables.values_mut()) {
                table["Keys"].as_array_mut().expect("keys").sort_by_cached_key(Value::to_string);
            }
            read.to_string()
        }
        "UpdateItem" => {
            let expression = std::str::from_utf8(body).ok().and_then(|body| body.split_once(r#""UpdateExpression":""#));
            expression.and_then(|(_, rest)| rest.split(' ').next()).unwrap_or_default().to_owned()
        }
        _ => String::new(),
    }
}
