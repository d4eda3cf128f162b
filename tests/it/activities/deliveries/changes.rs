//! Deliveries: changing those that are pending.

use std::time::Duration;

use profiles_tests::World;
use serde_json::{Value, json};

use super::super::{checked, must_be};
use super::{answer, at, delivery, delivery_ids, listed, order, ordered};

#[tokio::test]
async fn what_is_sent_changes_and_the_rest_stays() {
    let world = World::new().await;
    let api = world.api();
    let user = api.upsert(r#"{"uid":1}"#).await.id();
    let id = ordered(&api, r#","from":"+1h","until":"+3d","options":{"a":1}"#).await;
    let mut expected = answer(&id, &user);
    expected["from"] = json!("2029-04-07T13:18:00.000Z");
    expected["until"] = json!("2029-04-10T12:18:00.000Z");
    expected["options"] = json!({"a": 1});
    world.wait(Duration::from_secs(60));
    expected["updated_at"] = json!("2029-04-07T12:19:00.000Z");
    for (body, changed) in [
        (r#"{"once":true}"#, json!({"once": true})),
        (r#"{"use_segmentation":true,"skip_triggers":false}"#, json!({"use_segmentation": true, "skip_triggers": false})),
        (r#"{"skipUrlMatch":"false"}"#, json!({"skip_url_match": false})),
        (r#"{"until":"+1d"}"#, json!({"until": "2029-04-08T12:19:00.000Z"})),
        (r#"{"from":null}"#, json!({"from": null})),
        (r#"{"until":""}"#, json!({"until": null})),
        (r#"{"from":"+2d","until":"+3d"}"#, json!({"from": "2029-04-09T12:19:00.000Z", "until": "2029-04-10T12:19:00.000Z"})),
        (r#"{"options":{"b":[]}}"#, json!({"options": {"b": []}})),
        (r#"{"options":null,"once":null}"#, json!({"options": null, "once": false})),
        (r#"{"model_kind":"survey","model_id":"s1"}"#, json!({"model_kind": "survey", "model_id": "s1"})),
        (r#"{"model_id":7}"#, json!({"model_id": "7"})),
        (r#"{"delivery_ids_position":"last"}"#, json!({"delivery_ids_position": "last"})),
        (r#"{"delivery_ids_position":0,"delivery_ids_limit":2}"#, json!({"delivery_ids_position": 0, "delivery_ids_limit": 2})),
    ] {
        // Of several changes at one time, each is later than the one before.
        let before = expected["updated_at"].clone();
        let reply = api.patch(&at(&id), body).await;
        let updated_at = delivery(&reply, 200)["updated_at"].clone();
        assert!(updated_at.as_str() >= before.as_str(), "{body}");
        expected.as_object_mut().unwrap().extend(changed.as_object().unwrap().clone());
        expected["updated_at"] = updated_at;
        assert_eq!(reply.body, json!({"delivery": expected}), "{body}");
        assert_eq!(api.get(&at(&id)).await.body, reply.body, "{body}");
        checked(&world, world.account).await;
    }
    // The index knows what it is now.
    assert_eq!(listed(&api, "model_id=7").await.0, [&*id]);
    assert_eq!(listed(&api, "model_id=t1").await.0, [""; 0]);
    let alias = api.patch(&format!("/v3/edit/delivery/{id}?model_id=t1&model_kind=tour"), "").await;
    assert_eq!(delivery(&alias, 200)["model_id"], "t1");
}

#[tokio::test]
async fn a_change_of_place_moves_it_within_the_limit() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1}"#).await.id();
    let (c, b, a) = (ordered(&api, "").await, ordered(&api, r#","until":"+1d""#).await, ordered(&api, "").await);
    let (a, b, c) = (&*a, &*b, &*c);
    for (id, body, expected) in [
        (a, r#"{"delivery_ids_position":"last"}"#, [b, c, a]),
        (c, r#"{"delivery_ids_position":"first"}"#, [c, b, a]),
        (c, r#"{"delivery_ids_position":1}"#, [b, c, a]),
        (b, r#"{"delivery_ids_position":9}"#, [c, a, b]),
        (b, r#"{"once":true,"until":"+2d"}"#, [c, a, b]),
        (b, r#"{"delivery_ids_limit":3}"#, [c, a, b]),
    ] {
        delivery(&api.patch(&at(id), body).await, 200);
        assert_eq!(delivery_ids(&api).await, expected, "{body}");
        checked(&world, world.account).await;
    }
    for body in [r#"{"delivery_ids_limit":2}"#, r#"{"delivery_ids_limit":2,"delivery_ids_at_limit":"drop"}"#] {
        api.patch(&at(b), body).await.message(409);
    }
    assert_eq!(delivery_ids(&api).await, [c, a, b]);
    delivery(&api.patch(&at(a), r#"{"delivery_ids_limit":2,"delivery_ids_at_limit":"drop"}"#).await, 200);
    assert_eq!(delivery_ids(&api).await, [c, a]);
    api.get(&at(b)).await.message(404);
    checked(&world, world.account).await;
}

#[tokio::test]
async fn what_is_wrong_in_a_change_is_said_by_its_field_and_changes_nothing() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1}"#).await.id();
    let id = ordered(&api, r#","from":"+1d","until":"+2d""#).await;
    let before = api.get(&at(&id)).await;
    for (body, expected) in [
        (r#"{"until":"2020-01-01"}"#, must_be("until", "a time that is not over yet")),
        (r#"{"until":"2029-04-07T12:18:00Z"}"#, must_be("until", "a time that is not over yet")),
        (r#"{"until":"+1h"}"#, must_be("until", "a time after that of `from`")),
        (r#"{"from":"+2d"}"#, must_be("until", "a time after that of `from`")),
        (r#"{"model_kind":"launcher"}"#, must_be("model_kind", "`tour` or `survey`")),
        (r#"{"model_kind":null}"#, must_be("model_kind", "`tour` or `survey`")),
        (r#"{"model_id":""}"#, must_be("model_id", "a string of 1 to 255 bytes, the id of a tour or Microsurvey")),
        (r#"{"once":7}"#, must_be("once", "`true` or `false`")),
        (r#"{"options":7}"#, must_be("options", "a hash of at most 4096 bytes of JSON")),
        (r#"{"delivery_ids_limit":0}"#, must_be("delivery_ids_limit", "a whole number from 1 to 3")),
    ] {
        assert_eq!(api.patch(&at(&id), body).await.message(422), expected, "{body}");
    }
    assert_eq!(api.get(&at(&id)).await.body, before.body);
}

#[tokio::test]
async fn a_delivery_keeps_its_user_and_its_key() {
    let world = World::new().await;
    let api = world.api();
    for body in [r#"{"uid":1}"#, r#"{"uid":2}"#] {
        api.upsert(body).await.id();
    }
    let id = ordered(&api, r#","idempotency_key":"k""#).await;
    let before = api.get(&at(&id)).await;
    let reply = api.patch(&at(&id), r#"{"uid":2,"email":"x@example.com","idempotency_key":"j","at":"$now","plan":1}"#).await;
    let warned: Vec<&Value> = reply.body["warnings"].as_array().unwrap().iter().map(|warning| &warning["prop"]).collect();
    assert_eq!(warned, ["uid", "email", "idempotency_key", "at", "plan"]);
    assert_eq!(reply.body["warnings"][0]["message"], "ignored: it cannot be changed in a delivery");
    for name in ["profile_id", "idempotency_key", "at"] {
        assert_eq!(reply.body["delivery"][name], before.body["delivery"][name]);
    }
    assert_eq!(delivery(&api.deliver(&order(r#""uid":1"#, r#","idempotency_key":"j""#)).await, 201)["idempotency_key"], "j");
}
