//! Enforces permissions, which DynamoDB Local does not: a test fails if a function makes a call that the template does not allow it.

use std::collections::HashMap;
use std::sync::LazyLock;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use profiles_template::{Permission, Table};
use serde_json::Value;

use crate::world::template;

tokio::task_local! {
    /// The logical id of the function that the current task runs as.
    static FUNCTION: String;
}

/// The permissions of each function, by its logical id, the action, and the resource.
static ALLOWED: LazyLock<HashMap<(String, String, String), Permission>> = LazyLock::new(|| {
    let all = Permission::read_all(include_str!("../../template.yaml")).unwrap();
    let named =
        |permission: Permission| ((permission.function.clone(), permission.action.clone(), permission.resource.clone()), permission);
    all.into_iter().map(named).collect()
});

/// The tables, by their names.
static TABLES: LazyLock<HashMap<String, &Table>> =
    LazyLock::new(|| template().tables().iter().map(|table| (table.name(), table)).collect());

/// Runs a task as this function, with its permissions. It is boxed to save stack: the futures of requests are large.
pub(crate) async fn as_function<T>(function: String, task: impl Future<Output = T>) -> T {
    FUNCTION.scope(function, Box::pin(task)).await
}

/// Panics when the task runs as a function that may not make this call.
pub(crate) fn check(operation: &str, request: &HttpRequest) {
    let Ok(function) = FUNCTION.try_with(Clone::clone) else { return };
    let body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
    let denied = denial(&function, operation, &body);
    assert!(denied.is_none(), "template.yaml does not allow {function} to {}", denied.unwrap_or_default());
}

/// Returns what the function may not do of a call, which is given by its body; `None` if it may do all of it.
#[must_use]
pub fn denial(function: &str, operation: &str, body: &Value) -> Option<String> {
    required(operation, body).into_iter().find_map(|Required { action, table, index, keyed }| {
        // A restored table has another name.
        let table = TABLES.get(table)?;
        let id = &table.logical_id;
        let resource = index.map_or_else(|| id.clone(), |index| format!("{id}/index/{index}"));
        let required = (function.to_owned(), format!("dynamodb:{action}"), resource);
        // As IAM sees it, a call without a readable key has none of the allowed ones.
        let key = keyed.and_then(|attributes| attributes[&table.key.hash]["S"].as_str()).unwrap_or_default();
        let is_allowed = ALLOWED.get(&required).is_some_and(|permission| permission.allows_key(key));
        (!is_allowed).then(|| format!("{} on {}, key `{key}`", required.1, required.2))
    })
}

/// An action that a call needs permission for.
struct Required<'a> {
    action: &'a str,
    table: &'a str,
    index: Option<&'a str>,
    /// The attributes with the partition key, if the call names one item.
    keyed: Option<&'a Value>,
}

fn required<'a>(operation: &'a str, body: &'a Value) -> Vec<Required<'a>> {
    let of = |action: &'a str, call: &'a Value| Required {
        action,
        table: call["TableName"].as_str().unwrap_or_default(),
        index: call["IndexName"].as_str(),
        keyed: call.get("Key").or_else(|| call.get("Item")),
    };
    match operation {
        "TransactWriteItems" => {
            let actions = body["TransactItems"].as_array().into_iter().flatten().filter_map(Value::as_object).flatten();
            let named = |name: &str| match name {
                "Put" => "PutItem",
                "Update" => "UpdateItem",
                "Delete" => "DeleteItem",
                _ => "ConditionCheckItem",
            };
            actions.map(|(name, action)| of(named(name), action)).collect()
        }
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flatten();
            tables.map(|(table, _)| Required { action: operation, table, index: None, keyed: None }).collect()
        }
        _ => vec![of(operation, body)],
    }
}
