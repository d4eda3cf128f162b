//! Idempotency keys of deliveries: one makes one delivery of its user, for ever.

use std::time::Duration;

use profiles_tests::{Api, Reply, World};
use serde_json::json;

use super::super::checked;
use super::{at, delivery, delivery_ids, order};

const YEAR: Duration = Duration::from_hours(365 * 24);

/// Orders under a key, for a user such as `"uid":1`.
async fn under_key(api: &Api, user: &str, rest: &str) -> Reply {
    api.deliver(&order(user, &format!(r#","idempotency_key":"k"{rest}"#))).await
}

#[tokio::test]
async fn a_repeated_key_answers_the_first_delivery_whatever_else_is_sent() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1}"#).await.id();
    let first = under_key(&api, r#""uid":1"#, r#","from":"+1h","until":"2029-04-09""#).await;
    assert_eq!(delivery(&first, 201)["idempotency_key"], "k");
    world.wait(Duration::from_secs(60));
    for rest in
        ["", r#","from":"+2h""#, r#","once":true"#, r#","delivery_ids_position":"last""#, r#","until":"2020-01-01""#, r#","options":7"#]
    {
        let again = under_key(&api, r#""uid":1"#, rest).await;
        assert_eq!((delivery(&again, 200), &again.body["warnings"]), (delivery(&first, 201), &json!(null)), "{rest}");
    }
    let no_model = api.deliver(r#"{"uid":1,"idempotency_key":"k"}"#).await;
    assert_eq!(delivery(&no_model, 200), delivery(&first, 201));
    assert_eq!(checked(&world, world.account).await.count("delivery"), 1);
    // Without having been used, the key mends nothing.
    api.deliver(r#"{"uid":1,"idempotency_key":"j"}"#).await.message(422);
    assert_eq!(delivery_ids(&api).await.len(), 1);
}

#[tokio::test]
async fn it_answers_what_became_of_the_delivery() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1}"#).await.id();
    let first = under_key(&api, r#""uid":1"#, r#","until":"+1d""#).await;
    let id = delivery(&first, 201)["id"].as_str().unwrap();
    world.wait(Duration::from_secs(60));
    let changed = api.patch(&at(id), r#"{"once":true}"#).await;
    assert_eq!(under_key(&api, r#""uid":1"#, "").await.body, changed.body);
    // Withdrawn, it is answered as it was ordered; also a year later, when its time is over, and where there is no room.
    assert_eq!(api.delete(&at(id)).await.status, 200);
    for _ in 0..3 {
        assert_eq!(api.deliver(&order(r#""uid":1"#, "")).await.status, 201);
        assert_eq!(under_key(&api, r#""uid":1"#, r#","until":"+1d""#).await.body, first.body);
    }
    world.wait(YEAR);
    assert_eq!(under_key(&api, r#""uid":1"#, r#","until":"2029-04-08""#).await.body, first.body);
    assert_eq!(checked(&world, world.account).await.count("delivery"), 3);
}

#[tokio::test]
async fn a_key_whose_delivery_ran_out_is_used_all_the_same() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1}"#).await.id();
    let first = under_key(&api, r#""uid":1"#, r#","until":"+1h""#).await;
    world.wait(YEAR);
    for _ in 0..2 {
        assert_eq!(under_key(&api, r#""uid":1"#, r#","until":"+1h""#).await.body, first.body);
        assert_eq!(delivery_ids(&api).await, [""; 0]);
        // The next order removes the record.
        assert_eq!(api.delete(&at(delivery(&api.deliver(&order(r#""uid":1"#, "")).await, 201)["id"].as_str().unwrap())).await.status, 200);
    }
    assert_eq!(checked(&world, world.account).await.count("delivery"), 0);
}

#[tokio::test]
async fn a_key_is_one_users() {
    let world = World::new().await;
    let api = world.api();
    for body in [r#"{"uid":1}"#, r#"{"uid":2}"#] {
        api.upsert(body).await.id();
    }
    let (first, other) = (under_key(&api, r#""uid":1"#, "").await, under_key(&api, r#""uid":2"#, "").await);
    assert_ne!(delivery(&first, 201)["id"], delivery(&other, 201)["id"]);
    assert_eq!(under_key(&api, r#""uid":2"#, "").await.body, other.body);
    under_key(&api, r#""uid":3"#, "").await.message(404);
}

#[tokio::test]
async fn a_key_goes_where_its_user_is_merged_and_the_first_of_two_counts() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"email":"leon@example.com"}"#).await.id();
    let user = api.upsert(r#"{"uid":1}"#).await.id();
    let first = under_key(&api, r#""email":"leon@example.com""#, "").await;
    world.wait(Duration::from_secs(1));
    for has_own in [false, true] {
        if has_own {
            api.upsert(r#"{"uid":2}"#).await.id();
            api.upsert(r#"{"email":"other@example.com"}"#).await.id();
            let own = under_key(&api, r#""uid":2"#, "").await;
            world.wait(Duration::from_secs(1));
            under_key(&api, r#""email":"other@example.com""#, "").await;
            api.upsert(r#"{"uid":2,"email":"other@example.com"}"#).await.id();
            assert_eq!(under_key(&api, r#""uid":2"#, "").await.body, own.body);
        } else {
            api.upsert(r#"{"uid":1,"email":"leon@example.com"}"#).await.id();
            let again = under_key(&api, r#""uid":1"#, "").await;
            assert_eq!(delivery(&again, 200)["id"], delivery(&first, 201)["id"]);
            assert_eq!(delivery(&again, 200)["profile_id"], user);
        }
    }
    assert_eq!(checked(&world, world.account).await.count("delivery"), 3);
}

#[tokio::test]
async fn clearing_and_forgetting_take_the_key_along() {
    let world = World::new().await;
    let api = world.api();
    let mut ids = Vec::new();
    for removal in ["", "/forget", ""] {
        api.upsert(r#"{"uid":1}"#).await.id();
        let reply = under_key(&api, r#""uid":1"#, r#","options":{"secret":"plan"}"#).await;
        ids.push(delivery(&reply, 201)["id"].clone());
        assert_eq!(api.delete(&at(ids.last().unwrap().as_str().unwrap())).await.status, 200);
        assert_eq!(api.delete(&format!("/v3/edit/profiles{removal}?uid=1")).await.status, 200);
        world.wait(Duration::from_secs(1));
        assert_eq!(checked(&world, world.account).await.records, []);
    }
    ids.dedup();
    assert_eq!(ids.len(), 3);
}
