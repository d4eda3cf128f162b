//! The event of a request.

use serde_json::json;

/// Returns an upsert as API Gateway hands it over.
pub(crate) fn upsert(secret: &str, body: &str) -> String {
    let path = "/v3/observe/hooks/profiles";
    let route = format!("POST {path}");
    json!({
        "version": "2.0", "routeKey": route, "rawPath": path, "rawQueryString": "",
        "headers": {"content-type": "application/json", "x-account-secret": secret},
        "requestContext": {
            "accountId": "123456789012", "apiId": "bench", "domainName": "bench.execute-api.us-east-1.amazonaws.com",
            "http": {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "bench"},
            "requestId": "bench", "routeKey": route, "stage": "$default",
            "time": "07/Apr/2029:12:18:00 +0000", "timeEpoch": 1_870_258_680_000_u64,
        },
        "body": body, "isBase64Encoded": false,
    })
    .to_string()
}
