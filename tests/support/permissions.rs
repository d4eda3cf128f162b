//! Permissions, which DynamoDB Local does not enforce: every call that a function makes in a test must be one that the template allows it.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use profiles_template::Permission;
use serde_json::Value;

use crate::world::template;

tokio::task_local! {
    /// The logical id of the function that the present task stands for.
    static FUNCTION: String;
}

/// What each function may do: its logical id, the action, and the resource.
static ALLOWED: LazyLock<HashSet<(String, String, String)>> = LazyLock::new(|| {
    let all = Permission::read_all(include_str!("../../template.yaml")).unwrap();
    all.into_iter().map(|Permission { function, action, resource }| (function, action, resource)).collect()
});

/// The logical ids of the tables, by their names.
static TABLES: LazyLock<HashMap<String, String>> =
    LazyLock::new(|| template().tables().iter().map(|table| (table.name(), table.logical_id.clone())).collect());

/// Runs a task as this function, with its permissions. Boxed, for the stack of the thread: the futures of requests are deep.
pub(crate) async fn as_function<T>(function: String, task: impl Future<Output = T>) -> T {
    FUNCTION.scope(function, Box::pin(task)).await
}

/// Fails when the function of the present task, if it has one, may not make a call.
pub(crate) fn check(operation: &str, request: &HttpRequest) {
    let Ok(function) = FUNCTION.try_with(Clone::clone) else { return };
    let body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
    for (action, table, index) in asked(operation, &body) {
        // A restored table has another name.
        let Some(table) = TABLES.get(table) else { continue };
        let resource = index.map_or_else(|| table.clone(), |index| format!("{table}/index/{index}"));
        let asked = (function.clone(), format!("dynamodb:{action}"), resource);
        assert!(ALLOWED.contains(&asked), "template.yaml does not allow {} to {} on {}", asked.0, asked.1, asked.2);
    }
}

/// The actions that a call is, each with its table and index.
fn asked<'a>(operation: &'a str, body: &'a Value) -> Vec<(&'a str, &'a str, Option<&'a str>)> {
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
