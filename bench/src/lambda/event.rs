//! The events of requests.

use serde_json::{Value, json};

/// Returns an upsert as API Gateway hands it over.
pub(crate) fn upsert(secret: &str, body: &str) -> String {
    let headers = json!({"content-type": "application/json", "x-account-secret": secret});
    request("POST", "/v3/observe/hooks/profiles", headers, Some(body))
}

/// Returns a browser's request for a page as API Gateway hands it over.
pub(crate) fn get(path: &str) -> String {
    request("GET", path, json!({"accept-encoding": "gzip"}), None)
}

fn request(method: &str, path: &str, headers: Value, body: Option<&str>) -> String {
    let route = format!("{method} {path}");
    let mut event = json!({
        "version": "2.0", "routeKey": route, "rawPath": path, "rawQueryString": "", "headers": headers,
        "requestContext": {
            "accountId": "123456789012", "apiId": "bench", "domainName": "bench.execute-api.us-east-1.amazonaws.com",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "bench"},
            "requestId": "bench", "routeKey": route, "stage": "$default",
            "time": "07/Apr/2029:12:18:00 +0000", "timeEpoch": 1_870_258_680_000_u64,
        },
        "isBase64Encoded": false,
    });
    if let Some(body) = body {
        event["body"] = body.into();
    }
    event.to_string()
}
