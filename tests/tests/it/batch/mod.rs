//! Batches: what is accepted, and what becomes of it.

mod accepting;
mod applying;
mod concurrently;
mod faults;
mod handing_over;
mod idempotency;

use profiles_tests::{Api, World, stream};
use serde_json::{Value, json};

/// Applies all that was accepted, as the function does that the stream wakes.
pub(crate) async fn apply_all(world: &World, api: &Api) {
    for event in stream::events(world).await {
        assert_eq!(api.work(&event, None).await, Ok(json!({"batchItemFailures": []})));
    }
    assert!(stream::events(world).await.is_empty());
    assert!(world.items(&world.tables.batch_chunks).await.is_empty());
}

/// Accepts a batch, applies it, and returns what is told of it then.
async fn applied(world: &World, api: &Api, profiles: &str) -> Value {
    let id = api.batch(profiles).await.batch_id();
    apply_all(world, api).await;
    told(api, &id).await
}

/// What is told of a batch, which is completed and counts each of its items once.
async fn told(api: &Api, id: &str) -> Value {
    let reply = api.batch_status(id).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let batch = &reply.body["batch"];
    assert_eq!(batch["id"], id);
    assert_eq!(batch["state"], "completed", "{}", reply.text);
    let sum: u64 = ["created", "updated", "unchanged", "ignored", "failed"].map(|name| count(&reply.body, name)).iter().sum();
    assert_eq!(batch["total_count"], sum, "{}", reply.text);
    reply.body
}

fn count(status: &Value, name: &str) -> u64 {
    status["batch"][format!("{name}_count")].as_u64().unwrap()
}

/// The counts created, updated, unchanged, ignored and failed.
fn counts(status: &Value) -> [u64; 5] {
    ["created", "updated", "unchanged", "ignored", "failed"].map(|name| count(status, name))
}
