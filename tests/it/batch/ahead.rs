//! Reading ahead: while a portion of a chunk is written, the next one is read, and none after it. By the time it is written, what was read
//! may be out of date.

use std::ops::Range;
use std::sync::Arc;

use profiles_tests::{Api, Arrival, Fault, Held, World, stream};
use serde_json::{Value, json};

use super::{apply_all, completed, counts, worker};

/// Items in a portion. They are read by one request.
const PORTION: usize = 40;

/// An item that joins a company, which is read last of its portion.
const LAST: &str = r#"{"uid":"zoe","company_uid":"acme"}"#;

async fn world() -> (World, Arc<Api>) {
    let world = World::new().await.applying_in_portions_of(PORTION);
    let api = Arc::new(world.api());
    api.get("/").await;
    (world, api)
}

/// Items about other users than those that a test is about.
fn others(users: Range<usize>) -> Vec<String> {
    users.map(|n| format!(r#"{{"uid":"user{n}"}}"#)).collect()
}

/// Has a batch accepted, and starts a worker on its only chunk.
async fn start(world: &World, api: &Arc<Api>, items: &[String]) -> (String, Held<Value>) {
    let id = api.batch(&format!("[{}]", items.join(","))).await.batch_id();
    let event = stream::events(world).await.remove(0);
    (id, worker(api, event))
}

/// Lets a worker make this number of reads, and holds what it does meanwhile, until it is about to make another one: so the answers of these
/// have come.
async fn read(worker: &mut Held<Value>, mut reads: usize) -> Vec<Arrival> {
    let mut held = Vec::new();
    loop {
        let call = worker.take().await.expect("it waits for its writes");
        match (call.operation == "BatchGetItem", reads) {
            (true, 0) => {
                held.push(call);
                return held;
            }
            (true, _) => {
                reads -= 1;
                call.pass(None);
            }
            (false, _) => held.push(call),
        }
    }
}

/// Lets a worker make the calls that were held, and all others. Returns the counts of its batch.
async fn finish(api: &Api, id: &str, worker: Held<Value>, held: Vec<Arrival>) -> [u64; 5] {
    held.into_iter().for_each(|call| call.pass(None));
    assert_eq!(worker.finish().await, json!({"batchItemFailures": []}));
    counts(&completed(api, id).await)
}

async fn value(api: &Api, query: &str, name: &str) -> Value {
    api.retrieve(query).await.profile()[name].clone()
}

#[tokio::test]
async fn while_a_portion_is_written_the_next_one_is_read_and_none_after_it() {
    const PORTIONS: usize = 4;
    for model in ["profiles", "companies"] {
        let (world, api) = world().await;
        let items = format!("[{}]", others(0..PORTIONS * PORTION).join(","));
        let id = if model == "profiles" { api.batch(&items).await } else { api.company_batch(&items).await }.batch_id();
        let mut worker = worker(&api, stream::events(&world).await.remove(0));
        // The lease, and the chunk.
        worker.pass(2).await;
        let (mut reads, mut writes, mut held) = (0, 0, Vec::new());
        while let Some(call) = worker.take().await {
            match call.operation.as_str() {
                "BatchGetItem" => {
                    reads += 1;
                    assert!(reads <= writes / PORTION + 2, "{reads} portions are read when {writes} {model} are written");
                    call.pass(None);
                }
                "UpdateItem" => held.push(call),
                _ => call.pass(None),
            }
            // If the next portion were not read before these are written, this would wait forever.
            if reads == PORTIONS.min(writes / PORTION + 2) {
                writes += held.len();
                held.drain(..).for_each(|call| call.pass(None));
            }
        }
        assert_eq!(worker.finish().await, json!({"batchItemFailures": []}));
        assert_eq!(reads, PORTIONS);
        let status = if model == "profiles" { api.batch_status(&id).await } else { api.company_batch_status(&id).await };
        assert_eq!(counts(&status.body), [(PORTIONS * PORTION) as u64, 0, 0, 0, 0]);
    }
}

#[tokio::test]
async fn what_changes_between_its_reading_ahead_and_its_write_keeps_every_value() {
    let (world, api) = world().await;
    for body in [
        r#"{"uid":"kim","v":"old"}"#,
        r#"{"uid":"leon","v":"batch"}"#,
        r#"{"uid":"mia","v":"old"}"#,
        r#"{"uid":"ola","email":"x@chmln.co"}"#,
    ] {
        api.upsert(body).await.id();
    }
    let mut items = others(0..PORTION);
    items.extend(["kim", "leon", "mia", "noa"].map(|uid| format!(r#"{{"uid":"{uid}","v":"batch"}}"#)));
    items.push(r#"{"email":"x@chmln.co","v":"batch"}"#.to_owned());
    items.push(LAST.to_owned());
    let (id, mut worker) = start(&world, &api, &items).await;
    worker.pass(1).await;
    // The chunk, the claim and its holder for the links, the first portion, the second one and what its claim names.
    let held = read(&mut worker, 1 + 2 + 1 + 2).await;
    for body in [
        r#"{"uid":"kim","v":"single","w":"single"}"#,
        r#"{"uid":"leon","v":"single"}"#,
        r#"{"uid":"noa","w":"single"}"#,
        r#"{"uid":"ola","email":"y@chmln.co"}"#,
        r#"{"uid":"pia","email":"x@chmln.co"}"#,
    ] {
        api.upsert(body).await.id();
    }
    assert_eq!(api.forget("uid=mia").await.status, 200);
    assert_eq!(finish(&api, &id, worker, held).await, [PORTION as u64 + 1, 3, 1, 1, 0]);
    for (query, v, w) in [
        ("uid=kim", json!("batch"), json!("single")),
        // The item of the batch came first.
        ("uid=leon", json!("single"), Value::Null),
        ("uid=noa", json!("batch"), json!("single")),
        ("uid=ola", Value::Null, Value::Null),
        ("email=x@chmln.co", json!("batch"), Value::Null),
    ] {
        assert_eq!((value(&api, query, "v").await, value(&api, query, "w").await), (v, w), "{query}");
    }
    assert_eq!(api.retrieve("uid=mia").await.status, 404);
}

#[tokio::test]
async fn an_item_that_would_have_changed_nothing_comes_after_those_of_its_user_in_the_portion_before() {
    let (world, api) = world().await;
    api.upsert(r#"{"uid":"a","v":"old"}"#).await.id();
    api.upsert(r#"{"email":"x@chmln.co","v":"last"}"#).await.id();
    let mut items = vec![r#"{"uid":"a","v":"first"}"#.to_owned()];
    items.extend(others(1..PORTION));
    items.extend([r#"{"email":"x@chmln.co","v":"last"}"#, LAST].map(str::to_owned));
    let (id, mut worker) = start(&world, &api, &items).await;
    // The lease, the chunk, and for the links the claim and its holder, which is another user so far.
    worker.pass(4).await;
    api.upsert(r#"{"uid":"a","email":"x@chmln.co","v":"last"}"#).await.id();
    let held = read(&mut worker, 1 + 2).await;
    assert_eq!(finish(&api, &id, worker, held).await, [PORTION as u64, 2, 0, 0, 0]);
    assert_eq!(value(&api, "uid=a", "v").await, "last");
}

#[tokio::test]
async fn an_item_that_was_applied_with_the_portion_before_counts_as_what_it_did_then() {
    let (world, api) = world().await;
    api.upsert(r#"{"uid":"a"}"#).await.id();
    let twin = api.upsert(r#"{"email":"x@chmln.co","v":0}"#).await.id();
    // The first merges the twin into the user, so both are about the same profile.
    let mut items = vec![r#"{"uid":"a","email":"x@chmln.co","v":1}"#.to_owned()];
    items.extend(others(1..PORTION));
    items.extend([format!(r#"{{"id":"{twin}","v":0}}"#), LAST.to_owned()]);
    let (id, mut worker) = start(&world, &api, &items).await;
    worker.pass(1).await;
    let held = read(&mut worker, 1 + 2 + 1 + 1).await;
    assert_eq!(finish(&api, &id, worker, held).await, [PORTION as u64, 2, 0, 0, 0]);
    assert_eq!(value(&api, "uid=a", "v").await, 0);
}

#[tokio::test]
async fn a_portion_is_counted_though_the_next_one_cannot_be_read() {
    let (world, api) = world().await;
    let id = api.batch(&format!("[{}]", others(0..2 * PORTION).join(","))).await.batch_id();
    let event = stream::events(&world).await.remove(0);
    // The first calls are for the lease, the chunk and the first portion.
    world.wire.break_calls(|call| (call.operation == "BatchGetItem" && call.number > 2).then_some(Fault::Throttled));
    assert_ne!(api.work(&event, None).await, json!({"batchItemFailures": []}));
    world.wire.mend();
    let portion = PORTION as u64;
    assert_eq!(counts(&api.batch_status(&id).await.body), [portion, 0, 0, 0, 0]);
    apply_all(&world, &api).await;
    // The lease, the second portion's items, and the end: nothing of the first was done again.
    let updates = world.wire.take().into_iter().filter(|call| call == "UpdateItem").count();
    assert!(updates <= PORTION + 2, "{updates} updates");
    assert_eq!(counts(&completed(&api, &id).await), [2 * portion, 0, 0, 0, 0]);
}
