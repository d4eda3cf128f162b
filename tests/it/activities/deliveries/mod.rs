//! Deliveries: ordering, changing, listing, showing and withdrawing them.

mod changes;
mod keys;
mod lists;
mod orders;
mod races;
mod settled;

use profiles_tests::{Api, Reply};
use serde_json::{Value, json};

/// Returns the delivery that was answered with this status.
#[track_caller]
fn delivery(reply: &Reply, status: u16) -> &Value {
    assert_eq!(reply.status, status, "{}", reply.text);
    assert!(reply.body["delivery"]["id"].is_string(), "{}", reply.text);
    &reply.body["delivery"]
}

/// The body of an order of a tour for a user such as `"uid":1`, with more fields.
fn order(user: &str, rest: &str) -> String {
    format!(r#"{{{user},"model_kind":"tour","model_id":"t1"{rest}}}"#)
}

/// Orders a delivery to the user 1, with more fields, and returns its id.
async fn ordered(api: &Api, rest: &str) -> String {
    let reply = api.deliver(&order(r#""uid":1"#, rest)).await;
    delivery(&reply, 201)["id"].as_str().unwrap().to_owned()
}

/// The path of a delivery.
fn at(id: &str) -> String {
    format!("/v3/edit/deliveries/{id}")
}

/// Returns the ids of the deliveries that the profile of the user 1 lists.
async fn delivery_ids(api: &Api) -> Vec<String> {
    let ids = api.retrieve("uid=1").await.profile()["delivery_ids"].clone();
    serde_json::from_value(ids).unwrap()
}

/// Returns the ids of a list of deliveries, and the cursor's `before`.
async fn listed(api: &Api, query: &str) -> (Vec<String>, Value) {
    let reply = api.get(&format!("/v3/edit/deliveries?{query}")).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let ids = reply.body["deliveries"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    (ids, reply.body["cursor"]["before"].clone())
}

/// What a delivery of the tour `t1`, about which nothing else is told, is answered with.
fn answer(id: &str, profile: &str) -> Value {
    json!({
        "id": id,
        "created_at": "2029-04-07T12:18:00.000Z",
        "updated_at": "2029-04-07T12:18:00.000Z",
        "model_kind": "tour",
        "model_id": "t1",
        "profile_id": profile,
        "idempotency_key": null,
        "options": null,
        "from": null,
        "until": null,
        "use_segmentation": false,
        "once": false,
        "skip_triggers": true,
        "skip_url_match": true,
        "delivery_ids_position": null,
        "delivery_ids_limit": null,
        "delivery_ids_at_limit": null,
        "at": null,
        "at_href": null,
        "interaction_id": null,
        "group_kind": "api_edit",
    })
}
