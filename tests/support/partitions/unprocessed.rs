//! Calls for many items, of which DynamoDB processes some.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use super::state::Passed;

/// What of a call is left unprocessed: the member of its answer, and its value.
pub(super) type Left = (&'static str, Value);

/// Leaves only what passed in a call for many items. Returns the rest; `None` when there is none.
pub(super) fn keep_only(operation: &str, request: &mut HttpRequest, sent: &Value, passed: &Passed) -> Option<Left> {
    let (mut kept, mut left) = (json!({}), json!({}));
    let name = if operation == "BatchWriteItem" { "UnprocessedItems" } else { "UnprocessedKeys" };
    for (table, wanted) in sent["RequestItems"].as_object()? {
        let (list, is_kept): (_, Box<dyn Fn(&Value) -> bool>) = if operation == "BatchWriteItem" {
            (wanted, Box::new(|write| passed.writes.iter().any(|passed| passed.is_of_batch(table, write))))
        } else {
            (&wanted["Keys"], Box::new(|key| passed.reads.iter().any(|passed| passed.is_of(table, key))))
        };
        let (of_kept, of_left): (Vec<&Value>, Vec<&Value>) = list.as_array()?.iter().partition(|one| is_kept(one));
        for (all, some) in [(&mut kept, of_kept), (&mut left, of_left)] {
            if some.is_empty() {
                continue;
            }
            all[table] = wanted.clone();
            if operation == "BatchWriteItem" { all[table] = json!(some) } else { all[table]["Keys"] = json!(some) }
        }
    }
    if left.as_object()?.is_empty() {
        return None;
    }
    let mut body = sent.clone();
    body["RequestItems"] = kept;
    let body = body.to_string();
    request.headers_mut().insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body);
    Some((name, left))
}
