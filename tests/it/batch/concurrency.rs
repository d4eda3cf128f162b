//! Batches at the same time as single upserts and as each other.

use std::sync::Arc;

use profiles_tests::{Fault, World, stream};
use serde_json::json;
use tokio::task::JoinSet;

use super::{completed, counts};

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_among_single_upserts_of_the_same_users_loses_nothing_of_either() {
    const USERS: usize = 40;
    let world = World::new().await;
    let api = Arc::new(world.api());
    for round in 0..5 {
        let items: Vec<String> = (0..USERS).map(|n| format!(r#"{{"uid":"user{n}","email":"u{n}@chmln.co","batch{round}":{n}}}"#)).collect();
        let id = api.batch(&format!("[{}]", items.join(","))).await.batch_id();
        let events = stream::events(&world).await;
        world.wire.break_calls(move |call| ((call.number + round) % 4 == 0).then_some(Fault::Delayed));
        let mut tasks = JoinSet::new();
        for event in events {
            let api = Arc::clone(&api);
            tasks.spawn(async move { _ = api.work(&event, None).await });
        }
        for n in 0..USERS {
            let api = Arc::clone(&api);
            tasks.spawn(async move {
                let by = if n % 2 == 0 { format!(r#""uid":"user{n}""#) } else { format!(r#""uid":"user{n}","email":"u{n}@chmln.co""#) };
                api.upsert(&format!("{{{by},\"single{round}\":{n}}}")).await.id();
            });
        }
        tasks.join_all().await;
        world.wire.mend();
        let [created, updated, ..] = counts(&completed(&api, &id).await);
        assert_eq!(created + updated, USERS as u64);
        for n in 0..USERS {
            let reply = api.retrieve(&format!("email=u{n}@chmln.co")).await;
            for round in 0..=round {
                assert_eq!((&reply.profile()[format!("batch{round}")], &reply.profile()[format!("single{round}")]), (&n.into(), &n.into()));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_at_once_of_the_same_new_users_create_each_of_them_once() {
    const USERS: u64 = 60;
    let world = World::new().await;
    let api = Arc::new(world.api());
    let mut ids = Vec::new();
    for batch in 0..4 {
        let items: Vec<String> =
            (0..USERS).map(|n| format!(r#"{{"uid":{n},"email":"u{n}@chmln.co","b{batch}":1,"company_uid":"acme"}}"#)).collect();
        ids.push(api.batch(&format!("[{}]", items.join(","))).await.batch_id());
    }
    let mut tasks = JoinSet::new();
    for event in stream::events(&world).await {
        let worker = world.api();
        tasks.spawn(async move { worker.work(&event, None).await });
    }
    assert!(tasks.join_all().await.into_iter().all(|done| done == json!({"batchItemFailures": []})));
    let mut created = 0;
    for id in ids {
        created += counts(&completed(&api, &id).await)[0];
    }
    assert_eq!(created, USERS);
    for n in 0..USERS {
        let reply = api.retrieve(&format!("uid={n}")).await;
        assert!((0..4).all(|batch| reply.profile()[format!("b{batch}")] == 1));
    }
}
