//! Deliveries: requests that overlap are answered as if one had come before the other.

use std::sync::Arc;

use profiles_tests::activities::Activities;
use profiles_tests::{Api, Held, Reply, World};
use serde_json::json;
use tokio::task::JoinSet;

use super::super::checked;
use super::{at, delivery_ids, listed, order};

/// A request; `$0` and `$1` stand for the ids of the first and the last delivery that were ordered before.
#[derive(Clone, Copy)]
enum Sent {
    Order(&'static str),
    Change(&'static str),
    Withdraw,
    /// A webhook with this id, about a start that the delivery made.
    Start(&'static str),
    Upsert(&'static str),
    Clear,
    Forget,
}

use Sent::{Change, Clear, Forget, Order, Start, Upsert, Withdraw};

async fn send(api: &Api, sent: Sent, ids: &[String]) -> Reply {
    let id = ids.first().map(String::as_str).unwrap_or_default();
    match sent {
        Order(rest) => api.deliver(&order(r#""uid":1"#, rest)).await,
        Change(body) => api.patch(&at(id), body).await,
        Withdraw => api.delete(&at(id)).await,
        Start(webhook) => {
            let data = format!(r#""tour":{{"id":"t1"}},"action":{{"group_kind":"delivery","group_id":"{id}"}}"#);
            api.experience(webhook, "tour.started", r#""uid":1"#, &data).await
        }
        Upsert(body) => api.upsert(body).await,
        Clear => api.clear("uid=1").await,
        Forget => api.forget("uid=1").await,
    }
}

/// What is seen of an outcome: the two statuses, and how many deliveries are pending and shown.
type Outcome = (u16, u16, usize, usize);

/// Runs `other` as a whole before each call of `first`, after so many orders. Each outcome must be one of these. Returns the account's API
/// and the ids of the last run.
async fn overlap(orders: &[&'static str], (first, other): (Sent, Sent), allowed: &[Outcome]) -> (World, Arc<Api>, Vec<String>) {
    let world = World::new().await;
    for n in 0.. {
        let (account, api) = world.new_account(world.client(1)).await;
        let api = Arc::new(api);
        api.upsert(r#"{"email":"leon@example.com"}"#).await.id();
        api.upsert(r#"{"uid":1}"#).await.id();
        let mut ids = Vec::new();
        for rest in orders {
            let reply = send(&api, Order(rest), &[]).await;
            assert_eq!(reply.status, 201, "{}", reply.text);
            ids.push(reply.body["delivery"]["id"].as_str().unwrap().to_owned());
        }
        let mut held = {
            let (api, ids) = (Arc::clone(&api), ids.clone());
            Held::start(async move { send(&api, first, &ids).await })
        };
        let continues = held.pass(n).await;
        let of_other = send(&api, other, &ids).await;
        let of_first = held.finish().await;
        let recorded = Activities::read(&world, account).await;
        recorded.check_invariants();
        let shown = recorded.records.iter().filter(|record| record.contains_key("at")).count();
        let outcome = (of_first.status, of_other.status, recorded.count("delivery") - shown, shown);
        assert!(allowed.contains(&outcome), "before call {n}: {outcome:?}, {} {}", of_first.text, of_other.text);
        assert_eq!(listed(&api, "").await.0.len(), outcome.2, "before call {n}");
        if !continues {
            return (world, api, ids);
        }
    }
    panic!("every request ends")
}

#[tokio::test]
async fn two_orders_at_once_keep_the_limit() {
    overlap(&["", ""], (Order(""), Order("")), &[(409, 201, 3, 0), (201, 409, 3, 0)]).await;
    let drop = Order(r#","delivery_ids_at_limit":"drop""#);
    overlap(&["", ""], (drop, drop), &[(201, 201, 3, 0)]).await;
    overlap(&["", "", ""], (drop, Withdraw), &[(201, 200, 3, 0), (201, 404, 3, 0)]).await;
    let only = Order(r#","delivery_ids_limit":1"#);
    overlap(&[], (only, only), &[(409, 201, 1, 0), (201, 409, 1, 0)]).await;
}

#[tokio::test]
async fn two_orders_at_once_under_a_key_are_one() {
    let keyed = Order(r#","idempotency_key":"k""#);
    overlap(&[], (keyed, keyed), &[(200, 201, 1, 0), (201, 200, 1, 0)]).await;
    // Also where the other one takes the last place.
    overlap(&["", ""], (keyed, keyed), &[(200, 201, 3, 0), (201, 200, 3, 0)]).await;
}

#[tokio::test]
async fn an_order_meets_a_merge_a_clear_and_a_forget() {
    let keyed = Order(r#","idempotency_key":"k""#);
    overlap(&[""], (keyed, Upsert(r#"{"uid":1,"email":"leon@example.com"}"#)), &[(201, 200, 2, 0)]).await;
    overlap(&[""], (keyed, Clear), &[(201, 200, 1, 0), (201, 200, 0, 0)]).await;
    overlap(&[""], (keyed, Forget), &[(201, 200, 0, 0), (404, 200, 0, 0)]).await;
}

#[tokio::test]
async fn two_changes_at_once_both_survive() {
    let fields = (Change(r#"{"once":true,"until":"+1d"}"#), Change(r#"{"from":"+1h","options":{"a":1}}"#));
    let (_world, api, ids) = overlap(&["", ""], fields, &[(200, 200, 2, 0)]).await;
    let shown = api.get(&at(&ids[0])).await.body["delivery"].take();
    assert_eq!((&shown["once"], &shown["options"]), (&json!(true), &json!({"a": 1})));
    assert_eq!((shown["from"].as_str(), shown["until"].as_str()), (Some("2029-04-07T13:18:00.000Z"), Some("2029-04-08T12:18:00.000Z")));
    // Together they would make an order that nothing allows: whichever is second is refused.
    overlap(&[""], (Change(r#"{"from":"+2h"}"#), Change(r#"{"until":"+1h"}"#)), &[(422, 200, 1, 0), (200, 422, 1, 0)]).await;
    let moves = (Change(r#"{"delivery_ids_position":"first"}"#), Order(""));
    let (_world, api, ids) = overlap(&["", ""], moves, &[(200, 201, 3, 0)]).await;
    assert!(delivery_ids(&api).await.contains(&ids[0]));
}

#[tokio::test]
async fn a_change_meets_what_ends_the_delivery() {
    for change in [r#"{"once":true}"#, r#"{"until":"+1d"}"#, r#"{"delivery_ids_position":"last"}"#] {
        let change = Change(change);
        overlap(&["", ""], (change, Withdraw), &[(200, 200, 1, 0), (404, 200, 1, 0)]).await;
        overlap(&["", ""], (Withdraw, change), &[(200, 200, 1, 0), (200, 404, 1, 0)]).await;
        overlap(&["", ""], (change, Start("w")), &[(200, 200, 1, 1), (409, 200, 1, 1)]).await;
        overlap(&["", ""], (Start("w"), change), &[(200, 200, 1, 1), (200, 409, 1, 1)]).await;
        overlap(&[""], (change, Clear), &[(200, 200, 0, 0), (404, 200, 0, 0)]).await;
        overlap(&[""], (change, Forget), &[(200, 200, 0, 0), (404, 200, 0, 0)]).await;
        overlap(&[""], (change, Upsert(r#"{"uid":1,"email":"leon@example.com"}"#)), &[(200, 200, 1, 0)]).await;
    }
}

#[tokio::test]
async fn a_delivery_is_settled_once() {
    overlap(&["", ""], (Start("w"), Start("v")), &[(200, 200, 1, 1)]).await;
    overlap(&["", ""], (Start("w"), Start("w")), &[(200, 200, 1, 1)]).await;
    overlap(&["", ""], (Start("w"), Withdraw), &[(200, 200, 1, 0), (200, 409, 1, 1)]).await;
    overlap(&["", ""], (Withdraw, Start("w")), &[(200, 200, 1, 0), (409, 200, 1, 1)]).await;
    overlap(&["", "", ""], (Start("w"), Order(r#","delivery_ids_at_limit":"drop""#)), &[(200, 201, 3, 0), (200, 201, 3, 1)]).await;
    overlap(&["", "", ""], (Order(""), Start("w")), &[(201, 200, 3, 1), (409, 200, 2, 1)]).await;
    overlap(&[""], (Start("w"), Clear), &[(200, 200, 0, 0), (200, 200, 0, 1)]).await;
    overlap(&[""], (Start("w"), Upsert(r#"{"uid":1,"email":"leon@example.com"}"#)), &[(200, 200, 0, 1)]).await;
}

/// Many at once, by two instances.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_orders_at_once_as_many_are_accepted_as_have_room() {
    let world = World::new().await;
    let apis = [Arc::new(world.api()), Arc::new(world.api())];
    apis[0].upsert(r#"{"uid":1}"#).await.id();
    let mut running = JoinSet::new();
    for n in 0..12 {
        let api = Arc::clone(&apis[n % 2]);
        running.spawn(async move { api.deliver(&order(r#""uid":1"#, &format!(r#","idempotency_key":"{}""#, n / 2))).await });
    }
    let mut statuses: Vec<u16> = running.join_all().await.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 201, 201, 201, 409, 409, 409, 409, 409, 409]);
    assert_eq!(checked(&world, world.account).await.count("delivery"), 3);
}
