//! Handover: chunks that a function does not finish because its time is up, it died, or the stream lost the ticket.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use profiles_normalization::Timestamp;
use profiles_tests::{Api, Fault, World, size, stream};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::{apply_all, completed, count, counts};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

fn items(range: std::ops::Range<usize>, value: usize) -> String {
    let items: Vec<String> = range.map(|n| format!(r#"{{"uid":"user{n}","v":{value}}}"#)).collect();
    format!("[{}]", items.join(","))
}

fn after(now: Timestamp, time: Duration) -> Option<Timestamp> {
    Timestamp::from_unix_millis(now.unix_millis() + i64::try_from(time.as_millis()).unwrap())
}

#[tokio::test]
async fn a_function_that_runs_out_of_time_saves_its_progress_and_hands_over_to_the_next() {
    for deadline in [Some(5 * MINUTE), Some(50 * SECOND), None] {
        let world = World::new().await;
        let api = world.api();
        let id = api.batch(&items(0..2_500, 1)).await.batch_id();
        let event = stream::events(&world).await.remove(0);
        // Time is up in the second thousand.
        let (pass, deadline) = (world.advance_fn(), deadline.and_then(|time| after(world.now(), time)));
        world.wire.break_calls(move |call| {
            if call.operation == "UpdateItem" && call.number == 1_500 {
                pass(30 * SECOND);
            }
            None
        });
        assert_eq!(api.work(&event, deadline).await, json!({"batchItemFailures": []}));
        world.wire.mend();
        let status = api.batch_status(&id).await;
        assert_eq!(status.body["batch"]["state"], "processing");
        assert_eq!(counts(&status.body), [1_000, 0, 0, 0, 0]);
        let ticket = stream::tickets(&world).await.remove(0);
        assert_eq!((ticket["state"].as_s().unwrap().as_str(), ticket["done"].as_n().unwrap().as_str()), ("waiting", "1000"));
        assert_eq!(ticket.get("failures"), None);
        world.wire.take();
        apply_all(&world, &api).await;
        // Items that are done are not even read again: the chunk is read, and 1,500 items.
        assert_eq!(world.wire.take().iter().filter(|call| *call == "BatchGetItem").count(), 1 + 15);
        assert_eq!(counts(&completed(&api, &id).await), [2_500, 0, 0, 0, 0]);
    }
}

#[tokio::test]
async fn writes_of_a_portion_that_is_not_finished_are_progress_too() {
    let world = World::new().await;
    let api = world.api();
    let id = api.batch(&items(0..500, 1)).await.batch_id();
    let event = stream::events(&world).await.remove(0);
    let pass = world.advance_fn();
    world.wire.break_calls(move |call| {
        if call.operation == "UpdateItem" && call.number == 200 {
            pass(30 * SECOND);
        }
        None
    });
    assert_eq!(api.work(&event, None).await, json!({"batchItemFailures": []}));
    world.wire.mend();
    let ticket = stream::tickets(&world).await.remove(0);
    assert_eq!((ticket["state"].as_s().unwrap().as_str(), ticket.get("failures")), ("waiting", None));
    apply_all(&world, &api).await;
    assert_eq!(counts(&completed(&api, &id).await), [500, 0, 0, 0, 0]);
}

#[tokio::test]
async fn a_function_without_time_hands_everything_over_which_counts_as_a_failure_and_wakes_no_other() {
    let world = World::new().await;
    let api = world.api();
    let id = api.batch(&format!("[7,{}", &items(0..10, 1)[1..])).await.batch_id();
    let event = stream::events(&world).await.remove(0);
    for failures in 1..=10 {
        world.wait(MINUTE);
        assert_eq!(api.work(&event, after(world.now(), 9 * SECOND)).await, json!({"batchItemFailures": []}));
        let status = api.batch_status(&id).await.body;
        assert_eq!(counts(&status), [0, 0, 0, 0, 1]);
        assert_eq!(status["batch"].get("stalled_chunks_count").is_some(), failures == 10);
        let ticket = stream::tickets(&world).await.remove(0);
        assert_eq!(ticket["failures"].as_n().unwrap(), &failures.to_string());
        assert_eq!((ticket["state"].as_s().unwrap().as_str(), ticket["SINCE"].as_s().unwrap()), ("failing", &world.now().to_string()));
    }
    api.sweep(None).await.unwrap();
    assert_eq!(stream::tickets(&world).await[0]["state"].as_s().unwrap(), "failing", "it is tried again only after a while");
    world.wait(11 * MINUTE);
    api.sweep(None).await.unwrap();
    assert_eq!(stream::tickets(&world).await[0]["state"].as_s().unwrap(), "waiting");
    apply_all(&world, &api).await;
    assert_eq!(counts(&completed(&api, &id).await), [10, 0, 0, 0, 1]);
}

/// Runs the function on an event until it is done or about to make this call. Returns whether it is done. An aborted task ends between two
/// calls to the database, like a killed process.
async fn work_until(
    world: &World,
    api: &Arc<Api>,
    event: &Value,
    dies_at: usize,
    fault: impl Fn(usize) -> Option<Fault> + Send + Sync + 'static,
) -> bool {
    let (die, died) = tokio::sync::oneshot::channel();
    let die = Mutex::new(Some(die));
    world.wire.break_calls(move |call| {
        if call.number >= dies_at {
            let _ = die.lock().unwrap().take().map(|die| die.send(()));
            // Calls that it sends while it dies do not arrive.
            return Some(Fault::NotSent);
        }
        fault(call.number)
    });
    let (api, event) = (Arc::clone(api), event.clone());
    let mut work = tokio::spawn(async move { api.work(&event, None).await });
    let done = tokio::select! {
        done = &mut work => done.unwrap() == json!({"batchItemFailures": []}),
        Ok(()) = died => {
            work.abort();
            let _ = work.await;
            false
        }
    };
    world.wire.mend();
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_thousand_items_are_applied_and_counted_once_however_often_the_function_dies() {
    const ROUNDS: usize = 3;
    let users = size(300, 1_000);
    let items = 20 * users;
    let world = Arc::new(World::new().await);
    let mut random = StdRng::seed_from_u64(4);
    for round in 0..ROUNDS {
        let api = Arc::new(world.api_with(world.client(2)));
        let all: Vec<String> =
            (0..items).map(|n| format!(r#"{{"uid":"user{}","v":{round},"w{}":{n}}}"#, n % users, n / users % 5)).collect();
        let id = api.batch(&format!("[{}]", all.join(","))).await.batch_id();
        while let Some(event) = stream::events(&world).await.first() {
            // Connections drop now and then, and the function dies after some calls.
            let (dies_at, drops) = (random.random_range(1..300_usize), random.random_range(20..60_usize));
            let drop =
                move |call: usize| (call % drops == 7).then_some(if call.is_multiple_of(2) { Fault::NotSent } else { Fault::AnswerLost });
            work_until(&world, &api, event, dies_at, drop).await;
        }
        world.wire.mend();
        assert!(world.items(&world.tables.batch_chunks).await.is_empty());
        let status = completed(&api, &id).await;
        let created = if round == 0 { users as u64 } else { 0 };
        assert_eq!(counts(&status), [created, items as u64 - created, 0, 0, 0], "round {round}");
    }
    let stored = world.items(&world.tables.profiles).await;
    assert_eq!(stored.len(), users);
    for item in stored {
        let user: usize = item["uid"].as_s().unwrap()[4..].parse().unwrap();
        assert_eq!(item["v"].as_n().unwrap(), &(ROUNDS - 1).to_string());
        for w in 0..5 {
            // The last of the items that set it.
            assert_eq!(item[&format!("w{w}")].as_n().unwrap(), &(user + (w + 15) * users).to_string());
        }
    }
}

#[tokio::test]
async fn what_a_dead_function_wrote_is_not_written_again_over_what_came_after_it() {
    let world = World::new().await;
    let api = Arc::new(world.api());
    let id = api.batch(r#"[{"uid":1,"plan":"gold","seats":1},{"uid":1,"plan":"silver"}]"#).await.batch_id();
    // It dies when the profile is written and the progress is not yet saved.
    let event = stream::events(&world).await.remove(0);
    assert!(!work_until(&world, &api, &event, 4, |_| None).await);
    assert_eq!(api.retrieve("uid=1").await.profile()["plan"], "silver");
    api.upsert(r#"{"uid":1,"plan":"free"}"#).await.id();
    apply_all(&world, &api).await;
    let profile = api.retrieve("uid=1").await;
    assert_eq!((&profile.profile()["plan"], &profile.profile()["seats"]), (&json!("free"), &json!(1)));
    assert_eq!(counts(&completed(&api, &id).await), [1, 1, 0, 0, 0]);
}

#[tokio::test]
async fn a_ticket_that_the_stream_lost_is_requeued_by_the_sweep() {
    let world = World::new().await;
    let api = world.api();
    let id = api.batch(&items(0..3, 1)).await.batch_id();
    let since = async || stream::tickets(&world).await.remove(0)["SINCE"].as_s().unwrap().clone();
    let accepted = since().await;
    world.wait(9 * MINUTE);
    api.sweep(None).await.unwrap();
    assert_eq!(since().await, accepted);
    world.wait(2 * MINUTE);
    api.sweep(None).await.unwrap();
    // Writing the ticket makes the stream deliver it once more.
    assert_eq!(since().await, world.now().to_string());
    apply_all(&world, &api).await;
    assert_eq!(counts(&completed(&api, &id).await), [3, 0, 0, 0, 0]);
    api.sweep(None).await.unwrap();
}

#[tokio::test]
async fn the_items_of_a_chunk_that_is_gone_are_counted_as_failed() {
    let world = World::new().await;
    let api = world.api();
    let id = api.batch(&items(0..3, 1)).await.batch_id();
    for part in world.items(&world.tables.batch_chunks).await {
        let delete = world.bare.delete_item().table_name(&world.tables.batch_chunks);
        delete.key("PK", part["PK"].clone()).send().await.unwrap();
    }
    apply_all(&world, &api).await;
    assert_eq!(counts(&completed(&api, &id).await), [0, 0, 0, 0, 3]);
}

#[tokio::test]
async fn a_chunk_that_fails_again_and_again_is_reported_as_stalled_and_is_applied_in_the_end() {
    let world = World::new().await;
    let api = world.api();
    let id = api.batch(&items(0..3, 1)).await.batch_id();
    let event = stream::events(&world).await.remove(0);
    for attempt in 1..=10 {
        world.wire.break_calls(|call| (call.operation == "BatchGetItem").then_some(Fault::Throttled));
        let failures = api.work(&event, None).await;
        assert_eq!(failures, json!({"batchItemFailures": [{"itemIdentifier": "000000000000000000001"}]}));
        world.wire.mend();
        let status = api.batch_status(&id).await;
        assert_eq!(status.body["batch"].get("stalled_chunks_count").is_some(), attempt == 10);
        assert_eq!(count(&status.body, "failed"), 0);
    }
    world.wait(11 * MINUTE);
    api.sweep(None).await.unwrap();
    assert_eq!(stream::tickets(&world).await[0]["state"].as_s().unwrap(), "waiting");
    apply_all(&world, &api).await;
    assert_eq!(counts(&completed(&api, &id).await), [3, 0, 0, 0, 0]);
}

/// Applies a batch by a function that crashes at call n, for every n, and then by another.
async fn crash_at_every_call(world: &World, profiles: &str, before: &[&str], meanwhile: &str, expected: [u64; 5], shown: &Value) {
    for n in 0.. {
        let (_, api) = world.new_account(world.client(1)).await;
        let api = Arc::new(api);
        for body in before {
            api.upsert(body).await.id();
        }
        let id = api.batch(profiles).await.batch_id();
        let event = stream::events(world).await.remove(0);
        let done = work_until(world, &api, &event, n, |_| None).await;
        let was_written = api.retrieve("uid=1").await.body["profile"]["v"] == shown["v"];
        if was_written && !meanwhile.is_empty() {
            // Another batch writes the same user before the crash is noticed.
            let other = api.batch(meanwhile).await.batch_id();
            apply_all(world, &api).await;
            completed(&api, &other).await;
            assert_eq!(api.retrieve("uid=1").await.profile()["v"], "meanwhile", "dead at call {n}");
        } else {
            apply_all(world, &api).await;
            assert_eq!(api.retrieve("uid=1").await.profile()["v"], shown["v"], "dead at call {n}");
        }
        let status = completed(&api, &id).await;
        assert_eq!(counts(&status), expected, "dead at call {n}");
        assert_eq!(status["errors"].as_array().unwrap().len() as u64, expected[4]);
        if done {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_among_items_of_one_user_are_reported_whenever_the_function_dies() {
    let world = World::new().await;
    let profiles = r#"[{"uid":1,"v":"first"},{"uid":1,"email":"taken@chmln.co","v":"second"},{"uid":1,"v":"third"}]"#;
    let before = [r#"{"uid":"owner","email":"taken@chmln.co"}"#];
    crash_at_every_call(&world, profiles, &before, "", [1, 1, 0, 0, 1], &json!({"v": "third"})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_died_does_not_overwrite_what_another_wrote_after_it() {
    let world = World::new().await;
    let profiles = r#"[{"uid":1,"v":"first"},{"uid":1,"w":1}]"#;
    crash_at_every_call(&world, profiles, &[], r#"[{"uid":1,"v":"meanwhile"}]"#, [1, 1, 0, 0, 0], &json!({"v": "first"})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_nothing_at_first_does_not_change_what_came_after_it() {
    let world = World::new().await;
    let profiles = r#"[{"uid":1,"v":"old"},{"uid":1,"email":"a@chmln.co","v":"new"},{"uid":1,"email":"b@chmln.co"}]"#;
    let before = [r#"{"uid":1,"v":"old"}"#];
    crash_at_every_call(&world, profiles, &before, "", [0, 2, 1, 0, 0], &json!({"v": "new"})).await;
}
