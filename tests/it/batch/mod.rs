//! Batches: accepting and applying them.

mod accept;
mod address_handover;
mod ahead;
mod apply;
mod blocked;
mod companies;
mod concurrency;
mod fairness;
mod faults;
mod handover;
mod idempotency;
mod leases;
mod reapplied;
mod unset_email;
mod waiting;

use std::sync::Arc;

use profiles_tests::{Api, Held, World, stream};
use serde_json::{Value, json};

/// The path of batches.
pub(crate) const BATCH: &str = "/v3/observe/hooks/profiles/batch";

/// Applies all accepted batches, like the function behind the stream.
pub(crate) async fn apply_all(world: &World, api: &Api) {
    for event in stream::events(world).await {
        assert_eq!(api.work(&event, None).await, json!({"batchItemFailures": []}));
    }
    assert!(stream::events(world).await.is_empty());
    assert!(world.items(&world.tables.batch_chunks).await.is_empty());
}

/// Applies all tickets again and again, until none is left.
async fn apply_until_done(world: &World, api: &Api) {
    for _ in 0..50 {
        let events = stream::events(world).await;
        if events.is_empty() {
            return;
        }
        for event in events {
            // A failure is reported, and the event comes again.
            api.work(&event, None).await;
        }
    }
    panic!("tickets are left after 50 rounds");
}

/// Begins to work on an event.
pub(crate) fn worker(api: &Arc<Api>, event: Value) -> Held<Value> {
    let api = Arc::clone(api);
    Held::start(async move { api.work(&event, None).await })
}

/// Sends a batch, applies it, and returns its status.
pub(crate) async fn apply_batch(world: &World, api: &Api, profiles: &str) -> Value {
    let id = api.batch(profiles).await.batch_id();
    apply_all(world, api).await;
    completed(api, &id).await
}

/// Returns the status of a batch. Panics unless it is completed and counts each of its items once.
pub(crate) async fn completed(api: &Api, id: &str) -> Value {
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

/// Returns the counts: created, updated, unchanged, ignored and failed.
pub(crate) fn counts(status: &Value) -> [u64; 5] {
    ["created", "updated", "unchanged", "ignored", "failed"].map(|name| count(status, name))
}
