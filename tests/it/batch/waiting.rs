//! Chunks that wait for long: the sweep requeues them, and nothing that was accepted expires.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use profiles_tests::{Api, Fault, World, is_full, stream};
use rand::distr::{Alphanumeric, SampleString};
use serde_json::json;

use super::{apply_all, completed, counts};

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Deletes what has expired, as DynamoDB does.
async fn expire(world: &World) {
    for table in [&world.tables.batches, &world.tables.batch_chunks] {
        for item in world.items(table).await {
            let expires = item.get("EXPIRES_AT").map(|time| time.as_n().unwrap().parse::<i64>().unwrap());
            if expires.is_some_and(|time| time < world.now().unix_seconds()) {
                let key = item.into_iter().filter(|(name, _)| name == "PK" || name == "SK").collect();
                world.bare.delete_item().table_name(table).set_key(Some(key)).send().await.unwrap();
            }
        }
    }
}

/// Lets time pass, with a sweep in each of these intervals if there is one.
async fn pass(world: &World, api: &Api, time: Duration, sweep_every: Option<Duration>) {
    let step = sweep_every.unwrap_or(DAY);
    let began = world.now();
    while began.until(world.now()) < time {
        world.wait(step);
        expire(world).await;
        if sweep_every.is_some() {
            api.sweep(None).await.unwrap();
        }
    }
}

/// Sends a batch of two chunks, one of which has several parts. Returns its id and the number of its items.
async fn send_two_chunks(world: &World, api: &Api) -> (String, u64) {
    let mut items: Vec<String> = (0..5_000).map(|n| format!(r#"{{"uid":{n}}}"#)).collect();
    let large = Alphanumeric.sample_string(&mut rand::rng(), 300_000);
    items.extend((0..3).map(|n| format!(r#"{{"uid":"large","p{n}":"{n}{}"}}"#, &large[n * 100_000..][..100_000])));
    items.extend((0..3).map(|n| format!(r#"{{"uid":"also large","p{n}":"{n}{}"}}"#, &large[n * 90_000..][..90_000])));
    items.extend((0..3).map(|n| format!(r#"{{"uid":"large too","p{n}":"{n}{}"}}"#, &large[n * 80_000..][..80_000])));
    let id = api.batch(&format!("[{}]", items.join(","))).await.batch_id();
    assert_eq!(stream::tickets(world).await.len(), 2);
    (id, items.len().try_into().unwrap())
}

#[tokio::test]
async fn a_batch_is_applied_and_its_status_says_so_after_the_worker_was_dead_for_29_days() {
    // The sweep is dead as well, or works.
    let sweeps: &[Option<Duration>] = if is_full() { &[None, Some(DAY)] } else { &[None] };
    for sweep_every in sweeps.iter().copied() {
        let world = World::new().await;
        let api = world.api();
        let (id, items) = send_two_chunks(&world, &api).await;
        // The worker dies when it has applied one of the chunks.
        let event = stream::events(&world).await.remove(0);
        api.work(&event, None).await;
        pass(&world, &api, 29 * DAY, sweep_every).await;
        assert_eq!(api.batch_status(&id).await.body["batch"]["state"], "processing");
        apply_all(&world, &api).await;
        let [created, updated, rest @ ..] = counts(&completed(&api, &id).await);
        assert_eq!((created + updated, rest), (items, [0, 0, 0]));
        assert_eq!(api.retrieve("uid=large").await.status, 200);
        // The status is kept for a week after that, and then goes.
        pass(&world, &api, 7 * DAY, None).await;
        completed(&api, &id).await;
        pass(&world, &api, 32 * DAY, None).await;
        assert!(world.items(&world.tables.batches).await.iter().all(|item| item["SK"].as_s().unwrap() != "header"));
    }
}

#[tokio::test]
async fn as_long_as_the_sweep_works_nothing_that_waits_expires_and_that_costs_little() {
    let world = World::new().await;
    let api = world.api();
    let large = Alphanumeric.sample_string(&mut rand::rng(), 300_000);
    let items = [1, 2, 3].map(|n| format!(r#"{{"uid":1,"p{n}":"{large}{n}"}}"#));
    let id = api.batch(&format!("[{}]", items.join(","))).await.batch_id();
    let parts = world.items(&world.tables.batch_chunks).await;
    let extended = Arc::new(AtomicUsize::new(0));
    let (count, table) = (Arc::clone(&extended), world.tables.batch_chunks.clone());
    world.wire.break_calls(move |call| {
        count.fetch_add(usize::from(call.names(&table)), Ordering::SeqCst);
        None
    });
    pass(&world, &api, 95 * DAY, Some(5 * DAY)).await;
    assert_eq!(extended.load(Ordering::SeqCst), 19 * parts.len());
    // Each part is written once a day, not at each sweep.
    pass(&world, &api, 20 * HOUR, Some(5 * HOUR)).await;
    assert_eq!(extended.load(Ordering::SeqCst), 19 * parts.len());
    apply_all(&world, &api).await;
    completed(&api, &id).await;
}

#[tokio::test]
async fn each_part_of_a_chunk_has_a_partition_of_its_own() {
    let world = World::new().await;
    let large = Alphanumeric.sample_string(&mut rand::rng(), 900_000);
    let items = [0, 1, 2].map(|n| format!(r#"{{"uid":1,"p{n}":"{}"}}"#, &large[n * 300_000..][..300_000]));
    let id = world.api().batch(&format!("[{}]", items.join(","))).await.batch_id();
    let parts = world.items(&world.tables.batch_chunks).await;
    let keys: Vec<_> = parts.iter().map(|part| part["PK"].as_s().unwrap().as_str()).collect();
    let expected: Vec<_> = (0..parts.len()).map(|part| format!("{}#{id}#000#{part:03}", world.account)).collect();
    assert!(parts.len() > 1);
    assert_eq!(keys, expected);
}

#[tokio::test]
async fn chunks_are_requeued_though_deletions_cannot_be_read_and_the_other_way_round() {
    for keeps_deletions in [false, true] {
        let world = World::new().await;
        let api = world.api();
        api.batch(r#"[{"uid":1}]"#).await.batch_id();
        api.upsert(r#"{"uid":2}"#).await.id();
        // The forget dies after its first transaction.
        world.wire.break_calls(|call| (call.operation == "Query").then_some(Fault::NotSent));
        api.forget("uid=2").await;
        world.wait(HOUR);
        let table = if keeps_deletions { &world.tables.batches } else { &world.tables.deletions }.clone();
        world.wire.break_calls(move |call| (call.operation == "Query" && call.names(&table)).then_some(Fault::Denied));
        assert!(api.sweep(None).await.is_err());
        world.wire.mend();
        let is_requeued = stream::tickets(&world).await[0]["SINCE"].as_s().unwrap() == &world.now().to_string();
        let is_finished = world.items(&world.tables.deletions).await[0].contains_key("completed_at");
        assert_eq!((is_requeued, is_finished), (!keeps_deletions, keeps_deletions));
    }
}

#[tokio::test]
async fn a_sweep_that_has_no_time_for_all_chunks_is_continued_by_the_next() {
    const BATCHES: usize = 40;
    let world = World::new().await;
    let api = world.api();
    for n in 0..BATCHES {
        api.batch(&format!(r#"[{{"uid":{n}}}]"#)).await.batch_id();
        world.wait(Duration::from_secs(1));
    }
    world.wait(HOUR);
    let before = world.now().to_string();
    let (advance, table) = (world.advance_fn(), world.tables.batches.clone());
    // Each call to a ticket takes a while.
    world.wire.break_calls(move |call| {
        if call.operation == "UpdateItem" && call.names(&table) {
            advance(Duration::from_secs(20));
        }
        None
    });
    let left = async || stream::tickets(&world).await.iter().filter(|ticket| *ticket["SINCE"].as_s().unwrap() < before).count();
    let mut all = vec![left().await];
    while *all.last().unwrap() > 0 {
        api.sweep(None).await.unwrap();
        all.push(left().await);
    }
    assert!(all.len() > 2 && all.is_sorted_by(|more, less| more > less), "{all:?}");
    world.wire.mend();
    assert_eq!(stream::tickets(&world).await.len(), BATCHES);
}

#[tokio::test]
async fn the_lines_of_a_sweep_say_what_waits_when_it_begins() {
    // A deletion that is there from the beginning, and finished by the sweep, was left until then.
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":2}"#).await.id();
    world.wire.break_calls(|call| (call.operation == "Query").then_some(Fault::NotSent));
    api.forget("uid=2").await;
    world.wire.mend();
    world.wait(HOUR);
    let storage = world.storage();
    let since = world.now().minus(Duration::from_secs(60));
    assert_eq!(storage.deletions().count_unfinished(since).await, Ok(1));
    assert_eq!(serde_json::to_value(api.sweep(None).await.unwrap()).unwrap(), json!({"found": 1, "finished": 1}));
    assert_eq!(storage.deletions().count_unfinished(since).await, Ok(0));
}
