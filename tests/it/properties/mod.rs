//! The registry of properties: what it is told, what it loses with its users, and what becomes of requests when it fails.

mod faults;
mod losing;
mod managing;
mod telling;
mod upkeep;

use profiles_tests::{Api, Call, Reply, World, stream};
use serde_json::{Value, json};

const PROPERTIES: &str = "/v3/edit/properties";

/// The properties of a kind, the latest first.
async fn listed(api: &Api, kind: &str) -> Vec<Value> {
    let reply = api.get(&format!("{PROPERTIES}?kind={kind}")).await;
    properties(&reply)
}

fn properties(reply: &Reply) -> Vec<Value> {
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.body["properties"].as_array().unwrap().clone()
}

/// The property of this normalized name.
async fn property(api: &Api, kind: &str, prop: &str) -> Value {
    let all = listed(api, kind).await;
    all.iter().find(|property| property["prop"] == prop).unwrap_or_else(|| panic!("{prop} is not in {all:?}")).clone()
}

/// The normalized names of a kind's properties, sorted.
async fn props(api: &Api, kind: &str) -> Vec<String> {
    let mut props: Vec<_> = listed(api, kind).await.iter().map(|property| property["prop"].as_str().unwrap().to_owned()).collect();
    props.sort_unstable();
    props
}

/// Applies all batches that were accepted.
async fn work(world: &World, api: &Api) {
    for event in stream::events(world).await {
        assert_eq!(api.work(&event, None).await["batchItemFailures"], json!([]));
    }
}

/// Whether a text is in any item of any table.
async fn is_anywhere(world: &World, text: &str) -> bool {
    world.everything().await.iter().flatten().any(|item| format!("{item:?}").contains(text))
}

/// The number of properties that the account's counter says.
async fn counted(world: &World) -> Option<u64> {
    let items = world.items(&world.tables.properties).await;
    items.iter().find_map(|item| item.get("LISTED")?.as_n().unwrap().parse().ok())
}

/// Whether a call is for the registry.
fn is_of_registry(call: Call<'_>, table: &str) -> bool {
    call.names(table) || (call.operation == "BatchGetItem" && call.mentions(&format!(r#""{table}":{{"#)))
}

/// Creates an account in the world. Returns two instances of the API for it, which know the secret.
async fn two_instances(world: &World) -> (Api, Api) {
    let (_, api) = world.new_account(world.client(1)).await;
    let other = world.api_of(world.client(1), api.secret().to_owned());
    other.get("/").await;
    (api, other)
}
