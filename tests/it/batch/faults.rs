//! Faults in every call to the database while a batch is accepted and applied.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use profiles_tests::invariants::Item;

use profiles_tests::{Call, Fault, World, stream};
use serde_json::json;
use tokio::task::JoinSet;

use super::{apply_all, apply_until_done, completed, counts};

const PROFILES: &str =
    r#"[{"uid":1,"email":"a@chmln.co","n":1},{"uid":2,"n":2},{"email":"c@chmln.co","n":3},{"uid":1,"m":4},{"uid":"x"},{"plan":1}]"#;

/// Reads everything of batches that could be applied or shown. An item with only a key, which blocks late commits, is left out.
async fn everything_of_batches(world: &World) -> [Vec<Item>; 2] {
    let mut batches = world.items(&world.tables.batches).await;
    batches.retain(|item| item.len() > 3);
    [batches, world.items(&world.tables.batch_chunks).await]
}

#[tokio::test]
async fn whatever_call_fails_while_accepting_all_of_a_batch_is_there_or_nothing_of_it() {
    for fault in Fault::ALL.into_iter().chain([Fault::Unprocessed]) {
        let world = World::new().await;
        for n in 0.. {
            let (_, api) = world.new_account(world.client(1)).await;
            let before = everything_of_batches(&world).await;
            world.wire.break_calls(move |call| (call.number == n).then_some(fault));
            let reply = api.batch(PROFILES).await;
            let calls = world.wire.take();
            world.wire.mend();
            match reply.status {
                202 => {
                    apply_all(&world, &api).await;
                    assert_eq!(counts(&completed(&api, &reply.batch_id()).await), [4, 1, 0, 0, 1]);
                }
                503 => {
                    assert_eq!(reply.message(503), "Service unavailable: the database did not answer in time, please retry");
                    assert_eq!(reply.headers["retry-after"], "1");
                    assert_eq!(everything_of_batches(&world).await, before);
                }
                _ => panic!("{fault:?} at call {n}: {}", reply.text),
            }
            if calls.len() <= n {
                assert!(n >= 2, "{calls:?}");
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_counts_once() {
    for attempts in [1, 3] {
        let world = World::new().await;
        let api = world.api_with(world.client(attempts));
        api.get("/").await;
        world.wire.break_calls(|call| (call.operation == "TransactWriteItems" && call.retries == 0).then_some(Fault::AnswerLost));
        let id = api.batch(PROFILES).await.batch_id();
        world.wire.mend();
        apply_all(&world, &api).await;
        assert_eq!(counts(&completed(&api, &id).await), [4, 1, 0, 0, 1]);
    }
}

#[tokio::test]
async fn whatever_call_fails_while_applying_every_item_is_applied_and_counted_once() {
    for fault in Fault::ALL.into_iter().chain([Fault::Unprocessed]) {
        let world = World::new().await;
        for n in 0.. {
            let (_, api) = world.new_account(world.client(1)).await;
            api.upsert(r#"{"uid":1,"n":0}"#).await.id();
            let id = api.batch(PROFILES).await.batch_id();
            world.wire.break_calls(move |call| (call.number == n).then_some(fault));
            apply_until_done(&world, &api).await;
            let calls = world.wire.take().len();
            world.wire.mend();
            assert!(world.items(&world.tables.batch_chunks).await.is_empty());
            assert_eq!(counts(&completed(&api, &id).await), [3, 2, 0, 0, 1], "{fault:?} at call {n}");
            let by_uid = api.retrieve("uid=1").await;
            assert_eq!((&by_uid.profile()["n"], &by_uid.profile()["m"]), (&json!(1), &json!(4)));
            assert_eq!(api.retrieve("email=c@chmln.co").await.profile()["n"], 3);
            if calls <= n {
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_database_that_fails_every_nth_call_slows_a_batch_down_and_loses_nothing_of_it() {
    // With one attempt each, calls that come in a cycle would fail at the same place every time.
    for (every, fault, attempts) in [
        (2, Fault::Throttled, 2),
        (3, Fault::Throttled, 2),
        (13, Fault::Throttled, 1),
        (2, Fault::CancelledByThrottling, 2),
        (2, Fault::Unprocessed, 2),
        (5, Fault::NotSent, 2),
        (5, Fault::AnswerLost, 2),
    ] {
        let world = World::new().await;
        let api = world.api_with(world.client(attempts));
        api.get("/").await;
        world.wire.break_calls(move |call| (call.number % every == 0).then_some(fault));
        let items: Vec<String> =
            (0..600).map(|n| format!(r#"{{"uid":{},"email":"u{}@chmln.co","n{}":1}}"#, n % 300, n % 300, n / 300)).collect();
        let body = format!("[{}]", items.join(","));
        // A client repeats what is refused.
        let mut id = None;
        for _ in 0..50 {
            let reply = api.batch(&body).await;
            if reply.status == 202 {
                id = Some(reply.batch_id());
                break;
            }
        }
        apply_until_done(&world, &api).await;
        world.wire.mend();
        assert_eq!(counts(&completed(&api, &id.expect("accepted in the end")).await), [300, 300, 0, 0, 0], "every {every}th: {fault:?}");
        assert_eq!(world.items(&world.tables.profiles).await.len(), 300);
    }
}

#[tokio::test]
async fn a_write_of_many_items_that_is_refused_as_a_whole_is_waited_for() {
    for fault in [Fault::Throttled, Fault::ServerError, Fault::NotSent, Fault::Unprocessed] {
        let world = World::new().await;
        let api = world.api();
        let refused = || {
            let left = AtomicUsize::new(20);
            move |call: Call<'_>| {
                let is_one = call.operation == "BatchWriteItem"
                    && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
                is_one.then_some(fault)
            }
        };
        world.wire.break_calls(refused());
        let id = api.batch(PROFILES).await.batch_id();
        world.wire.break_calls(refused());
        apply_all(&world, &api).await;
        assert_eq!(counts(&completed(&api, &id).await), [4, 1, 0, 0, 1]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_deliveries_of_a_ticket_at_once_are_as_one() {
    let world = World::new().await;
    let api = Arc::new(world.api());
    for round in 0..20 {
        let items: Vec<String> = (0..40).map(|n| format!(r#"{{"uid":{},"email":"u{}@chmln.co","n":{round}}}"#, n % 25, n % 25)).collect();
        let id = api.batch(&format!("[{}]", items.join(","))).await.batch_id();
        world.wire.break_calls(move |call| ((call.number + round) % 3 == 0).then_some(Fault::Delayed));
        let mut deliveries = JoinSet::new();
        for event in stream::events(&world).await {
            for _ in 0..2 {
                let (api, event) = (Arc::clone(&api), event.clone());
                deliveries.spawn(async move { api.work(&event, None).await });
            }
        }
        for delivery in deliveries.join_all().await {
            assert_eq!(delivery, json!({"batchItemFailures": []}));
        }
        world.wire.mend();
        let expected = if round == 0 { [25, 0, 15, 0, 0] } else { [0, 25, 15, 0, 0] };
        assert_eq!(counts(&completed(&api, &id).await), expected, "round {round}");
    }
}
