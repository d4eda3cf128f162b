//! Deliveries: ordering, listing and withdrawing them.

use std::time::Duration;

use profiles_tests::{Reply, World};
use serde_json::{Value, json};

use super::{NO_IDENTIFIER, UNKNOWN, checked, must_be};

const TIME: &str = "a time such as `2029-04-07T12:18:00Z`, Unix seconds, or one from now such as `+3d`, `+12h` or `+30m`";

#[track_caller]
fn delivery(reply: &Reply) -> &Value {
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert!(reply.body["delivery"]["id"].is_string(), "{}", reply.text);
    &reply.body["delivery"]
}

fn order(user: &str, rest: &str) -> String {
    format!(r#"{{{user},"model_kind":"tour","model_id":"t1"{rest}}}"#)
}

#[tokio::test]
async fn a_delivery_is_ordered_listed_shown_and_taken_back() {
    let world = World::new().await;
    let api = world.api();
    let user = api.upsert(r#"{"uid":18821,"email":"leon@example.com"}"#).await.id();
    let first = api.deliver(&order(r#""uid":18821"#, r#","from":"+30m","until":"2029-05-01","once":true"#)).await;
    let id = delivery(&first)["id"].clone();
    assert_eq!(
        first.body,
        json!({"delivery": {
            "id": id,
            "created_at": "2029-04-07T12:18:00.000Z",
            "model_kind": "tour",
            "model_id": "t1",
            "profile_id": user,
            "from": "2029-04-07T12:48:00.000Z",
            "until": "2029-05-01T00:00:00.000Z",
            "once": true,
        }})
    );
    let second = api.deliver(&format!(r#"{{"profile_id":"{user}","model_kind":"survey","model_id":7}}"#)).await;
    assert_eq!(
        (&delivery(&second)["model_id"], &delivery(&second)["until"], &delivery(&second)["once"]),
        (&json!("7"), &Value::Null, &json!(false))
    );
    let both = json!({"deliveries": [delivery(&first), delivery(&second)]});
    for query in ["uid=18821", "email=leon@example.com", &format!("profile_id={user}")] {
        assert_eq!(api.get(&format!("/v3/edit/deliveries?{query}")).await.body, both, "{query}");
    }
    let ids = json!([id, delivery(&second)["id"]]);
    assert_eq!(api.retrieve("uid=18821").await.profile()["delivery_ids"], ids);
    let id = id.as_str().unwrap();
    assert_eq!(api.get(&format!("/v3/edit/deliveries/{id}")).await.body, first.body);
    assert_eq!(api.delete(&format!("/v3/edit/deliveries/{id}")).await.body, first.body);
    let second_id = delivery(&second)["id"].as_str().unwrap();
    assert_eq!(api.delete(&format!("/v3/edit/deliveries?id={second_id}")).await.body, second.body);
    for target in [format!("/v3/edit/deliveries/{id}"), format!("/v3/edit/deliveries/{UNKNOWN}"), "/v3/edit/deliveries/x".to_owned()] {
        let expected = format!("Delivery not found: no pending delivery has the id `{}`", target.rsplit('/').next().unwrap());
        assert_eq!(api.get(&target).await.message(404), expected);
        assert_eq!(api.delete(&target).await.message(404), expected);
    }
    assert_eq!(api.retrieve("uid=18821").await.profile()["delivery_ids"], json!([]));
    checked(&world, world.account).await;
}

#[tokio::test]
async fn three_may_be_pending_at_once() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1}"#).await.id();
    delivery(&api.deliver(&order(r#""uid":1"#, r#","until":"+1h""#)).await);
    for _ in 0..2 {
        delivery(&api.deliver(&order(r#""uid":1"#, "")).await);
    }
    let expected = "Conflict: 3 deliveries are pending for this profile already, delete one of them or wait until it was shown";
    assert_eq!(api.deliver(&order(r#""uid":1"#, "")).await.message(409), expected);
    // One whose time is over makes room.
    world.wait(Duration::from_secs(2 * 60 * 60));
    delivery(&api.deliver(&order(r#""uid":1"#, "")).await);
    assert_eq!(api.deliver(&order(r#""uid":1"#, "")).await.message(409), expected);
    checked(&world, world.account).await;
}

#[tokio::test]
async fn what_is_wrong_is_said_by_its_field_and_nothing_is_stored() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1}"#).await.id();
    let model = "a string of 1 to 255 bytes, the id of a tour or Microsurvey";
    for (body, expected) in [
        ("{}".to_owned(), must_be("model_kind", "`tour` or `survey`")),
        (r#"{"uid":1,"model_kind":"launcher"}"#.to_owned(), must_be("model_kind", "`tour` or `survey`")),
        (r#"{"uid":1,"model_kind":"tour"}"#.to_owned(), must_be("model_id", model)),
        (format!(r#"{{"uid":1,"model_kind":"tour","model_id":"{}"}}"#, "x".repeat(256)), must_be("model_id", model)),
        (r#"{"model_kind":"tour","model_id":"t1"}"#.to_owned(), NO_IDENTIFIER.to_owned()),
        (order(r#""uid":"undefined""#, ""), format!("{NO_IDENTIFIER} (`uid`: it stands for a missing value)")),
        (order(r#""profile_id":5"#, ""), must_be("profile_id", "a string of 24 hex digits")),
        (order(r#""uid":1"#, r#","from":"soon""#), must_be("from", TIME)),
        (order(r#""uid":1"#, r#","until":5"#), must_be("until", TIME)),
        (order(r#""uid":1"#, r#","from":"+3d","until":"+71h""#), must_be("until", "a time after that of `from`")),
        (order(r#""uid":1"#, r#","once":"perhaps""#), must_be("once", "`true` or `false`")),
        (order(r#""uid":1"#, r#","idempotency_key":"""#), must_be("idempotency_key", "a string of 1 to 255 ASCII characters")),
    ] {
        assert_eq!(api.deliver(&body).await.message(422), expected, "{body}");
    }
    for (user, named) in [(r#""uid":2"#, "uid `2`"), (r#""email":"nobody""#, "email `nobody`"), (r#""profile_id":"x""#, "id `x`")] {
        let expected = format!("Profile not found: no profile has the {named}");
        assert_eq!(api.deliver(&order(user, "")).await.message(404), expected);
    }
    assert_eq!(api.get("/v3/edit/deliveries").await.message(422), NO_IDENTIFIER);
    assert_eq!(api.delete("/v3/edit/deliveries").await.message(422), must_be("id", "the id of a delivery"));
    assert!(checked(&world, world.account).await.records.is_empty());
}

#[tokio::test]
async fn fields_without_a_meaning_are_ignored_with_a_warning() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1}"#).await.id();
    let reply = api.deliver(&order(r#""uid":1"#, r#","plan":"gold""#)).await;
    delivery(&reply);
    assert_eq!(reply.body["warnings"], json!([{"prop": "plan", "message": "ignored: it means nothing in a delivery"}]));
}

#[tokio::test]
async fn a_key_belongs_to_its_delivery() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1}"#).await.id();
    let body = order(r#""uid":1"#, r#","from":"+1h","idempotency_key":"k""#);
    let first = api.deliver(&body).await;
    world.wait(Duration::from_secs(60));
    let again = api.deliver(&body).await;
    assert_eq!(delivery(&again), delivery(&first));
    let other = api.deliver(&order(r#""uid":1"#, r#","from":"+2h","idempotency_key":"k""#)).await;
    assert_eq!(other.message(409), "Conflict: the key was used with another body, send each request under a key of its own");
    assert_eq!(checked(&world, world.account).await.count("delivery"), 1);
}

#[tokio::test]
async fn another_accounts_delivery_is_not_found() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1}"#).await.id();
    let id = delivery(&api.deliver(&order(r#""uid":1"#, "")).await)["id"].as_str().unwrap().to_owned();
    let (_, other) = world.new_account(world.client(1)).await;
    other.upsert(r#"{"uid":1}"#).await.id();
    for reply in [other.get(&format!("/v3/edit/deliveries/{id}")).await, other.delete(&format!("/v3/edit/deliveries/{id}")).await] {
        reply.message(404);
    }
    assert_eq!(other.get("/v3/edit/deliveries?uid=1").await.body, json!({"deliveries": []}));
    delivery(&api.get(&format!("/v3/edit/deliveries/{id}")).await);
}
