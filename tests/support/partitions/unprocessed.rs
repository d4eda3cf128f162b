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
    let is_of_writes = operation == "BatchWriteItem";
    let name = if is_of_writes { "UnprocessedItems" } else { "UnprocessedKeys" };
    for (table, wanted) in sent["RequestItems"].as_object()? {
        let list = if is_of_writes { wanted } else { &wanted["Keys"] };
        let is_kept = |one: &&Value| {
            if is_of_writes {
                passed.writes.iter().any(|write| write.is_of_batch(table, one))
            } else {
                passed.reads.iter().any(|read| read.is_of(table, one))
            }
        };
        let (of_kept, of_left): (Vec<&Value>, Vec<&Value>) = list.as_array()?.iter().partition(is_kept);
        for (all, some) in [(&mut kept, of_kept), (&mut left, of_left)] {
            if some.is_empty() {
                continue;
            }
            all[table] = wanted.clone();
            if is_of_writes { all[table] = json!(some) } else { all[table]["Keys"] = json!(some) }
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
