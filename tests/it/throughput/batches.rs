//! A batch of new users with addresses.

use std::collections::HashSet;
use std::time::Duration;

use profiles_tests::invariants::{Snapshot, text};
use profiles_tests::{Fault, is_full, stream};
use serde_json::json;
use tokio::task::JoinSet;

use super::{UNITS, limited_to};
use crate::batch::{completed, counts};

/// The time until the function that applies batches is ended.
const WORKER_TIME: Duration = Duration::from_secs(300);

/// By default, 2,000 users on partitions of 100 units a second, which are as 20,000 on partitions of 1,000: DynamoDB Local takes a minute
/// for so many. `SIZES=full`, as in `make test-long`, sends all of them.
#[tokio::test]
async fn a_batch_of_20_000_new_users_with_addresses_is_applied_once() {
    let (users, units) = if is_full() { (20_000, UNITS) } else { (2_000, UNITS / 10) };
    let limited = limited_to(units).await;
    let world = &limited.world;
    let items: Vec<_> = (0..users).map(|n| format!(r#"{{"uid":"user{n}","email":"user{n}@chmln.co","n":{n}}}"#)).collect();
    let body = format!(r#"{{"profiles":[{}]}}"#, items.join(","));
    let (replies, took) = limited.send(1, crate::batch::BATCH, vec![body]).await;
    limited.report("accepting", took);
    let id = replies[0].batch_id();

    let mut rounds = 0;
    loop {
        let events = stream::events(world).await;
        if events.is_empty() {
            break;
        }
        rounds += 1;
        assert!(rounds <= 10, "chunks are left after ten attempts");
        let mut workers = JoinSet::new();
        for event in events {
            let (worker, deadline) = (limited.worker(), limited.clock()().plus(WORKER_TIME));
            workers.spawn(async move { worker.work(&event, Some(deadline)).await });
        }
        let (ended, took) = limited.in_virtual_time(workers.join_all()).await;
        limited.report("applying", took);
        assert!(ended.iter().all(|ended| *ended == json!({"batchItemFailures": []})), "{ended:?}");
    }
    assert_eq!(counts(&completed(&world.api(), &id).await), [users, 0, 0, 0, 0]);
    let emails: Vec<_> = (0..users).map(|n| format!("user{n}@chmln.co")).collect();
    let snapshot = Snapshot::read_all(world, &emails).await.remove(&world.account.to_string()).unwrap();
    snapshot.check_invariants();
    let stored: HashSet<_> =
        snapshot.profiles().map(|(_, profile)| (text(profile, "uid"), profile["n"].as_n().unwrap().as_str())).collect();
    let sent: Vec<_> = (0..users).map(|n| (format!("user{n}"), n.to_string())).collect();
    assert!(stored == sent.iter().map(|(uid, n)| (Some(uid.as_str()), n.as_str())).collect());
    // Each was written once.
    assert!(world.items(&world.tables.profiles).await.iter().all(|item| item["REV"].as_n().unwrap() == "1"));
}

#[tokio::test]
async fn a_worker_whose_tickets_are_throttled_lets_other_chunks_pass_soon() {
    let limited = limited_to(UNITS).await;
    let world = &limited.world;
    let id = world.api().batch(r#"[{"uid":1}]"#).await.batch_id();
    let event = stream::events(world).await.remove(0);
    let batches = world.tables.batches.clone();
    world.wire.break_calls(move |call| {
        (call.names(&batches) && matches!(call.operation, "UpdateItem" | "TransactWriteItems")).then_some(Fault::Throttled)
    });
    let (worker, deadline) = (limited.worker(), limited.clock()().plus(WORKER_TIME));
    let (failed, took) = limited.in_virtual_time(worker.work(&event, Some(deadline))).await;
    assert_ne!(failed, json!({"batchItemFailures": []}));
    assert!(took < Duration::from_secs(90), "it took {took:?}");

    world.wire.mend();
    assert_eq!(limited.worker().work(&event, None).await, json!({"batchItemFailures": []}));
    assert_eq!(counts(&completed(&world.api(), &id).await), [1, 0, 0, 0, 0]);
}
