//! Enforces permissions, which DynamoDB Local does not: a test fails if a function makes a call that the template does not allow it.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use profiles_template::Permission;
use serde_json::Value;

use crate::world::template;

tokio::task_local! {
    /// The logical id of the function that the current task runs as.
    static FUNCTION: String;
}

/// The permissions of each function: its logical id, the action, and the resource.
static ALLOWED: LazyLock<HashSet<(String, String, String)>> = LazyLock::new(|| {
    let all = Permission::read_all(include_str!("../../template.yaml")).unwrap();
    all.into_iter().map(|Permission { function, action, resource }| (function, action, resource)).collect()
});

/// The logical ids of the tables, by their names.
static TABLES: LazyLock<HashMap<String, String>> =
    LazyLock::new(|| template().tables().iter().map(|table| (table.name(), table.logical_id.clone())).collect());

/// Runs a task as this function, with its permissions. It is boxed to save stack: the futures of requests are large.
pub(crate) async fn as_function<T>(function: String, task: impl Future<Output = T>) -> T {
    FUNCTION.scope(function, Box::pin(task)).await
}

/// Panics when the task runs as a function that may not make this call.
pub(crate) fn check(operation: &str, request: &HttpRequest) {
    let Ok(function) = FUNCTION.try_with(Clone::clone) else { return };
    let body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
    for (action, table, index) in required(operation, &body) {
        // A restored table has another name.
        let Some(table) = TABLES.get(table) else { continue };
        let resource = index.map_or_else(|| table.clone(), |index| format!("{table}/index/{index}"));
        let required = (function.clone(), format!("dynamodb:{action}"), resource);
        assert!(ALLOWED.contains(&required), "template.yaml does not allow {} to {} on {}", required.0, required.1, required.2);
    }
}

/// Returns the actions that a call needs permission for, each with its table and index.
fn required<'a>(operation: &'a str, body: &'a Value) -> Vec<(&'a str, &'a str, Option<&'a str>)> {
    let table = |of: &'a Value| of["TableName"].as_str().unwrap_or_default();
    match operation {
        "TransactWriteItems" => {
            let actions = body["TransactItems"].as_array().into_iter().flatten().filter_map(Value::as_object).flatten();
            let named = |name: &str| match name {
                "Put" => "PutItem",
                "Update" => "UpdateItem",
                "Delete" => "DeleteItem",
                _ => "ConditionCheckItem",
            };
            actions.map(|(name, action)| (named(name), table(action), None)).collect()
        }
        "BatchGetItem" | "BatchWriteItem" => {
            body["RequestItems"].as_object().into_iter().flatten().map(|(table, _)| (operation, table.as_str(), None)).collect()
        }
        _ => vec![(operation, table(body), body["IndexName"].as_str())],
    }
}
