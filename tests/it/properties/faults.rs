//! A registry that fails: no request fails with it, and what was not told is told later.

use std::time::Duration;

use profiles_tests::{Fault, World};
use serde_json::json;

use super::{is_of_registry, listed, property, props, work};

#[tokio::test]
async fn a_registry_that_is_down_or_throttled_fails_no_request() {
    for fault in Fault::ALL.into_iter().chain([Fault::Denied, Fault::Unprocessed]) {
        let world = World::new().await.telling();
        let api = world.api_for_attempts(10);
        let table = world.tables.properties.clone();
        world.wire.break_calls(move |call| is_of_registry(call, &table).then_some(fault));
        api.upsert(r#"{"uid":1,"role":"admin","company":{"uid":1,"plan":"gold"}}"#).await.id();
        assert_eq!(api.track(r#"{"uid":1,"name":"a","title":"x"}"#).await.status, 200, "{fault:?}");
        api.batch(r#"[{"uid":2,"in_batch":1}]"#).await.batch_id();
        work(&world, &api).await;
        world.wire.mend();
        assert_eq!(api.retrieve("uid=1").await.profile()["role"], "admin", "{fault:?}");
        assert_eq!(api.retrieve("uid=2").await.profile()["in_batch"], 1, "{fault:?}");
        // What was not told is told with the next request.
        world.wait(Duration::from_secs(10));
        api.upsert(r#"{"uid":1,"role":"admin","company":{"uid":1,"plan":"gold"}}"#).await.id();
        api.upsert(r#"{"uid":2,"in_batch":1}"#).await.id();
        assert_eq!(props(&api, "profile").await, ["in_batch", "role"], "{fault:?}");
        assert_eq!(property(&api, "company", "plan").await["values"], json!(["gold"]), "{fault:?}");
        world.drop_tables().await;
    }
}

#[tokio::test]
async fn one_call_that_fails_is_told_again_by_the_next_request() {
    let world = World::new().await.telling();
    for fault in [Fault::NotSent, Fault::Throttled, Fault::Conflict, Fault::AnswerLost, Fault::DoneInProgress] {
        for number in 1..3 {
            let (_, api) = world.new_account(world.client(1)).await;
            world.wire.break_calls(move |call| (call.number == number).then_some(fault));
            api.upsert(r#"{"uid":1,"role":"admin"}"#).await.id();
            world.wire.mend();
            world.wait(Duration::from_secs(10));
            api.upsert(r#"{"uid":1,"role":"admin"}"#).await.id();
            assert_eq!(property(&api, "profile", "role").await["values"], json!(["admin"]), "{fault:?} {number}");
        }
    }
}

#[tokio::test]
async fn after_the_registry_failed_it_is_left_alone_for_a_while() {
    let world = World::new().await.telling();
    let api = world.api();
    api.get("/").await;
    let table = world.tables.properties.clone();
    world.wire.break_calls(move |call| is_of_registry(call, &table).then_some(Fault::NotSent));
    api.upsert(r#"{"uid":1,"role":"admin"}"#).await.id();
    world.wire.take();
    for _ in 0..5 {
        api.upsert(r#"{"uid":1,"role":"admin"}"#).await.id();
        assert_eq!(world.wire.take(), ["UpdateItem"]);
        world.wait(Duration::from_millis(900));
    }
    world.wait(Duration::from_secs(1));
    world.wire.mend();
    api.upsert(r#"{"uid":1,"role":"admin"}"#).await.id();
    assert_eq!(listed(&api, "profile").await.len(), 1);
}
