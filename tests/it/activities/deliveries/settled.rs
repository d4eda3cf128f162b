//! Deliveries that were shown: a webhook settles them.

use std::time::Duration;

use profiles_tests::{Api, Reply, World};
use serde_json::{Value, json};

use super::super::{UNKNOWN, checked};
use super::{answer, at, delivery, delivery_ids, listed, order, ordered};

const SHOWN: &str = "Conflict: this delivery was shown already, so it can no longer be changed or deleted";

/// Sends a webhook about the tour `t1` that a delivery made begin.
async fn began(api: &Api, webhook: &str, kind: &str, user: &str, id: &str) -> Reply {
    let data = format!(r#""tour":{{"id":"t1"}},"survey":{{"id":"t1"}},"action":{{"group_kind":"delivery","group_id":"{id}"}}"#);
    let reply = api.experience(webhook, kind, user, &data).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply
}

#[tokio::test]
async fn a_start_settles_the_delivery_that_made_it() {
    for kind in ["tour", "survey"] {
        let world = World::new().await;
        let api = world.api();
        let user = api.upsert(r#"{"uid":1}"#).await.id();
        let body = format!(r#"{{"uid":1,"model_kind":"{kind}","model_id":"t1","idempotency_key":"k"}}"#);
        let id = delivery(&api.deliver(&body).await, 201)["id"].as_str().unwrap().to_owned();
        let other = ordered(&api, "").await;
        world.wait(Duration::from_secs(5));
        for _ in 0..2 {
            began(&api, "w", &format!("{kind}.started"), r#""uid":1"#, &id).await;
            let interactions = api.get("/v3/analyze/interactions?uid=1").await;
            let mut expected = answer(&id, &user);
            for (name, value) in [
                ("model_kind", json!(kind)),
                ("idempotency_key", json!("k")),
                ("updated_at", json!("2029-04-07T12:18:05.000Z")),
                ("at", json!("2029-04-07T12:18:05.000Z")),
                ("interaction_id", interactions.body["interactions"][0]["id"].clone()),
            ] {
                expected[name] = value;
            }
            assert!(expected["interaction_id"].is_string());
            let shown = json!({"delivery": expected});
            assert_eq!(api.get(&at(&id)).await.body, shown);
            assert_eq!(api.deliver(&body).await.body, shown);
            assert_eq!(delivery_ids(&api).await, [&*other]);
            for query in ["", "uid=1"] {
                assert_eq!(listed(&api, query).await.0, [&*other], "{query}");
            }
            assert_eq!(api.patch(&at(&id), r#"{"once":true}"#).await.message(409), SHOWN);
            assert_eq!(api.delete(&at(&id)).await.message(409), SHOWN);
            checked(&world, world.account).await;
        }
        // Another start finds it settled.
        began(&api, "v", &format!("{kind}.started"), r#""uid":1"#, &id).await;
        assert_eq!(delivery(&api.get(&at(&id)).await, 200)["at"], "2029-04-07T12:18:05.000Z");
    }
}

#[tokio::test]
async fn nothing_else_settles_a_delivery() {
    let world = World::new().await;
    let api = world.api();
    for body in [r#"{"uid":1}"#, r#"{"uid":2}"#] {
        api.upsert(body).await.id();
    }
    let id = ordered(&api, "").await;
    for kind in ["tour.completed", "tour.exited", "tour.snoozed"] {
        began(&api, kind, kind, r#""uid":1"#, &id).await;
    }
    // Of another user, of one who is new, or of an unknown delivery.
    began(&api, "w1", "tour.started", r#""uid":2"#, &id).await;
    began(&api, "w2", "tour.started", r#""uid":3"#, &id).await;
    for other in [UNKNOWN, "x", ""] {
        began(&api, &format!("w3{other}"), "tour.started", r#""uid":1"#, other).await;
    }
    for (webhook, action) in
        [("w4", format!(r#"{{"group_kind":"launcher","group_id":"{id}"}}"#)), ("w5", format!(r#"{{"group_id":"{id}"}}"#))]
    {
        let reply = api.experience(webhook, "tour.started", r#""uid":1"#, &format!(r#""tour":{{"id":"t1"}},"action":{action}"#)).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    }
    assert_eq!(delivery_ids(&api).await, [&*id]);
    assert_eq!(delivery(&api.get(&at(&id)).await, 200)["at"], Value::Null);
    // One that was withdrawn stays so.
    assert_eq!(api.delete(&at(&id)).await.status, 200);
    began(&api, "w6", "tour.started", r#""uid":1"#, &id).await;
    api.get(&at(&id)).await.message(404);
    checked(&world, world.account).await;
}

#[tokio::test]
async fn a_delivery_that_was_shown_before_its_time_was_over_is_settled_later() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1}"#).await.id();
    let id = ordered(&api, r#","until":"+1h""#).await;
    world.wait(Duration::from_secs(60 * 60));
    api.get(&at(&id)).await.message(404);
    began(&api, "w", "tour.started", r#""uid":1"#, &id).await;
    assert!(delivery(&api.get(&at(&id)).await, 200)["at"].is_string());
    checked(&world, world.account).await;
}

#[tokio::test]
async fn settled_deliveries_are_merged_cleared_and_forgotten_with_their_user() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"email":"leon@example.com"}"#).await.id();
    let user = api.upsert(r#"{"uid":1}"#).await.id();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let reply = api.deliver(&order(r#""email":"leon@example.com""#, "")).await;
        ids.push(delivery(&reply, 201)["id"].as_str().unwrap().to_owned());
    }
    began(&api, "w1", "tour.started", r#""email":"leon@example.com""#, &ids[0]).await;
    api.upsert(r#"{"uid":1,"email":"leon@example.com"}"#).await.id();
    began(&api, "w2", "tour.started", r#""uid":1"#, &ids[1]).await;
    for id in &ids {
        let reply = api.get(&at(id)).await;
        let shown = delivery(&reply, 200);
        assert_eq!(shown["profile_id"], user.as_str());
        assert!(shown["at"].is_string() && shown["interaction_id"].is_string(), "{shown}");
    }
    assert_eq!(checked(&world, world.account).await.count("delivery"), 2);
    assert_eq!(api.clear("uid=1").await.status, 200);
    for id in &ids {
        api.get(&at(id)).await.message(404);
    }
    world.wait(Duration::from_secs(1));
    let id = ordered(&api, "").await;
    began(&api, "w3", "tour.started", r#""uid":1"#, &id).await;
    let forgotten = api.forget("uid=1").await;
    api.get(&at(&id)).await.message(404);
    let deletion = api.deletion(forgotten.body["deletion"]["id"].as_str().unwrap()).await;
    assert_eq!(deletion.body["deletion"]["removed"]["deliveries"], 1);
    assert_eq!(checked(&world, world.account).await.records, []);
}
