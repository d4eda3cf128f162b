//! Idempotency: requests that are sent again with their key, because an answer was lost, or as a webhook that is delivered twice. They get
//! the first answer, and change nothing.

use std::sync::Arc;
use std::time::Duration;

use profiles_storage::accounts::{AccountError, Accounts};
use profiles_tests::activities::Activities;
use profiles_tests::{Api, Fault, Held, Reply, World};

const EVENTS: &str = "/v3/observe/hooks/events";
const MINUTE: Duration = Duration::from_secs(60);

/// Sends an event with a key.
async fn track(api: &Api, body: &str) -> Reply {
    api.post_under("key", EVENTS, body).await
}

/// Sends an event with a key, which must be accepted.
async fn tracked(api: &Api, body: &str) -> Reply {
    let reply = track(api, body).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply
}

/// Counts the records, and checks the invariants of activities.
async fn records(world: &World) -> usize {
    let recorded = Activities::read(world, world.account).await;
    recorded.check_invariants();
    recorded.records.len()
}

#[tokio::test]
async fn an_event_by_id_sent_again_is_answered_though_nobody_has_the_id_any_more() {
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert(r#"{"uid":1}"#).await.id();
    let body = format!(r#"{{"id":"{id}","name":"x"}}"#);
    let first = tracked(&api, &body).await;
    assert_eq!(api.forget("uid=1").await.status, 200);
    assert_eq!(tracked(&api, &body).await.text, first.text);
    let other = track(&api, &format!(r#"{{"id":"{id}","name":"y"}}"#)).await;
    assert_eq!(other.message(409), "Conflict: the key was used with another body, send each request under a key of its own");
}

#[tokio::test]
async fn an_event_sent_again_does_not_bring_a_forgotten_user_back() {
    let world = World::new().await;
    let api = world.api();
    let body = r#"{"uid":1,"email":"leon@chmln.co","name":"x"}"#;
    let first = tracked(&api, body).await;
    assert_eq!(api.forget("uid=1").await.status, 200);
    world.wait(MINUTE);
    assert_eq!(tracked(&api, body).await.text, first.text);
    for query in ["uid=1", "email=leon@chmln.co"] {
        api.retrieve(query).await.message(404);
    }
    assert_eq!(records(&world).await, 0);
}

#[tokio::test]
async fn a_webhook_delivered_again_does_not_bring_a_forgotten_user_back() {
    let world = World::new().await;
    let api = world.api();
    for (id, user, query) in [("w1", r#""uid":1"#, "uid=1"), ("w2", r#""email":"leon@chmln.co""#, "email=leon@chmln.co")] {
        let send = async || api.experience(id, "tour.started", user, r#""tour":{"id":"t1"}"#).await;
        let first = send().await;
        assert_eq!(first.status, 200, "{}", first.text);
        assert_eq!(api.forget(query).await.status, 200);
        world.wait(MINUTE);
        assert_eq!(send().await, first);
        api.retrieve(query).await.message(404);
    }
    assert_eq!(records(&world).await, 0);
}

#[tokio::test]
async fn an_event_sent_again_does_not_undo_a_change_of_address() {
    let world = World::new().await;
    let api = world.api();
    let body = r#"{"uid":1,"email":"old@chmln.co","name":"x"}"#;
    let first = tracked(&api, body).await;
    api.upsert(r#"{"uid":1,"email":"new@chmln.co"}"#).await.id();
    assert_eq!(tracked(&api, body).await.text, first.text);
    assert_eq!(api.retrieve("uid=1").await.profile()["email"], "new@chmln.co");
}

#[tokio::test]
async fn an_event_sent_again_is_answered_though_its_address_belongs_to_another_by_now() {
    let world = World::new().await;
    let api = world.api();
    let body = r#"{"uid":1,"email":"old@chmln.co","name":"x"}"#;
    let first = tracked(&api, body).await;
    api.upsert(r#"{"uid":1,"email":"new@chmln.co"}"#).await.id();
    api.upsert(r#"{"uid":2,"email":"old@chmln.co"}"#).await.id();
    assert_eq!(tracked(&api, body).await.text, first.text);
}

#[tokio::test]
async fn an_event_that_is_refused_for_its_key_creates_nobody() {
    let world = World::new().await;
    let api = world.api();
    tracked(&api, r#"{"uid":1,"name":"x"}"#).await;
    for other in [r#"{"uid":2,"name":"x"}"#, r#"{"email":"leon@chmln.co","name":"x"}"#] {
        track(&api, other).await.message(409);
    }
    for query in ["uid=2", "email=leon@chmln.co"] {
        api.retrieve(query).await.message(404);
    }
}

#[tokio::test]
async fn the_same_fields_are_the_same_event_however_they_are_spelled() {
    let world = World::new().await;
    let api = world.api();
    let first = tracked(&api, r#"{"uid":1,"name":"Größe","n":1,"amount":12.50,"tags":["a",{"x":1,"y":null}],"at":"$now"}"#).await;
    for same in [
        r#"{"at":"$now","tags":["a",{"y":null,"x":1}],"amount":12.50,"n":1,"name":"Größe","uid":1}"#,
        r#"{"uid":1,"name":"Größe","n":1.0,"amount":12.5,"tags":["a",{"x":1e0,"y":null}],"at":"$now"}"#,
        r#"{"uid":1,"name":"Gr\u00f6\u00DFe","n":10e-1,"amount":1.25e1,"tags":["\u0061",{"\u0078":1,"y":null}],"at":"\u0024now"}"#,
        " {\n  \"uid\" : 1, \"name\" : \"Größe\", \"n\":1,\t\"amount\":12.50, \"tags\" : [ \"a\", { \"x\" : 1, \"y\" : null } ], \"at\":\"$now\" }",
        r#"{"uid":1,"uid":1,"Name":"x","name":"Größe","n":1,"amount":12.50,"tags":["a",{"x":1,"y":null}],"at":"$now"}"#,
    ] {
        world.wait(MINUTE);
        assert_eq!(tracked(&api, same).await.body["event"], first.body["event"], "{same}");
    }
    for other in [
        r#"{"uid":1,"name":"Größe","n":2,"amount":12.50,"tags":["a",{"x":1,"y":null}],"at":"$now"}"#,
        r#"{"uid":1,"name":"Größe","n":1,"amount":12.50,"tags":[{"x":1,"y":null},"a"],"at":"$now"}"#,
        r#"{"uid":1,"name":"Größe","n":1,"amount":12.50,"tags":["a",{"x":1}],"at":"$now"}"#,
        r#"{"uid":1,"name":"Größe","n":1,"amount":12.50,"tags":["a",{"x":1,"y":null}],"at":"$now","more":null}"#,
    ] {
        track(&api, other).await.message(409);
    }
    assert_eq!(records(&world).await, 1);
}

#[tokio::test]
async fn large_numbers_that_differ_are_different_events() {
    let world = World::new().await;
    let api = world.api();
    for (key, one, same, other) in [
        ("k1", "9007199254740993", "9007199254740993.0", "9007199254740992"),
        ("k2", "123456789012345678901234567890", "123456789012345678901234567890e0", "123456789012345678901234567891"),
        ("k3", "0.1", "1e-1", "0.10000000000000001"),
        ("k4", "1e400", "10e399", "1e401"),
        ("k5", "0", "-0.0e7", "1e-400"),
    ] {
        let send = async |number: &str| api.post_under(key, EVENTS, &format!(r#"{{"uid":1,"name":"x","n":{number}}}"#)).await;
        let first = send(one).await;
        assert_eq!(first.status, 200, "{one}: {}", first.text);
        assert_eq!(send(same).await.body["event"], first.body["event"], "{same}");
        send(other).await.message(409);
    }
}

#[tokio::test]
async fn an_event_is_the_same_in_a_form_a_query_and_json() {
    let world = World::new().await;
    let api = world.api();
    let first = tracked(&api, r#"{"uid":"1","name":"a b","tags":["x","y"],"more":{"k":"é"}}"#).await;
    let send = async |target: &str, body: &str| {
        let mut request = api.with_secret(profiles_tests::api::request("POST", target, body.as_bytes()));
        request.headers.insert("idempotency-key", "key".parse().unwrap());
        request.headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
        api.send(request).await
    };
    assert_eq!(send(EVENTS, "more[k]=%C3%A9&tags[]=x&tags[]=y&name=a+b&uid=1").await.text, first.text);
    assert_eq!(send(&format!("{EVENTS}?uid=1&tags[]=x&tags[]=y&name=other"), r#"{"name":"a b","more":{"k":"é"}}"#).await.text, first.text);
    send(EVENTS, "more[k]=%C3%A9&tags[]=y&tags[]=x&name=a+b&uid=1").await.message(409);
}

/// Orders a delivery, which must be accepted.
async fn ordered(api: &Api, body: &str) -> Reply {
    let reply = api.deliver(body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    reply
}

fn delivery_id(reply: &Reply) -> &str {
    reply.body["delivery"]["id"].as_str().expect("a delivery with an id")
}

/// Lets all calls pass before the task's first transaction.
async fn pass_to_transaction<T: Send + 'static>(held: &mut Held<T>) {
    while held.next_call().await.expect("a transaction").operation != "TransactWriteItems" {
        held.pass(1).await;
    }
}

/// The transaction is in progress whenever the SDK sends it again, and takes place before each later call.
#[tokio::test]
async fn an_order_whose_transaction_was_under_way_is_one_delivery() {
    let world = World::new().await;
    for n in 0.. {
        let (account, api) = world.new_account(world.client(3)).await;
        api.upsert(r#"{"uid":1}"#).await.id();
        let api = Arc::new(api);
        let mut held = {
            let api = Arc::clone(&api);
            Held::start(async move { api.deliver(r#"{"uid":1,"model_kind":"tour","model_id":"t1"}"#).await })
        };
        pass_to_transaction(&mut held).await;
        for fault in [Fault::Late, Fault::InProgress, Fault::InProgress] {
            held.pass_with(Some(fault)).await;
        }
        let continues = held.pass(n).await;
        held.arrive().await;
        let reply = held.finish().await;
        assert_eq!(reply.status, 201, "before call {n}: {}", reply.text);
        let listed = api.get("/v3/edit/deliveries?uid=1").await;
        assert_eq!(listed.body["deliveries"], serde_json::json!([reply.body["delivery"]]), "before call {n}");
        Activities::read(&world, account).await.check_invariants();
        if !continues {
            break;
        }
    }
}

#[tokio::test]
async fn a_delivery_that_this_very_request_took_back_is_answered() {
    let world = World::new().await;
    let api = Arc::new(world.api_with(world.client(3)));
    api.upsert(r#"{"uid":1}"#).await.id();
    let order = ordered(&api, r#"{"uid":1,"model_kind":"tour","model_id":"t1"}"#).await;
    let mut held = {
        let (api, target) = (Arc::clone(&api), format!("/v3/edit/deliveries/{}", delivery_id(&order)));
        Held::start(async move { api.delete(&target).await })
    };
    pass_to_transaction(&mut held).await;
    for fault in [Fault::DoneInProgress, Fault::InProgress, Fault::InProgress] {
        held.pass_with(Some(fault)).await;
    }
    assert_eq!(held.finish().await.body, order.body);
    assert_eq!(records(&world).await, 0);
    // Another request finds nothing.
    api.delete(&format!("/v3/edit/deliveries/{}", delivery_id(&order))).await.message(404);
}

#[tokio::test]
async fn a_secret_whose_answer_was_lost_is_created() {
    const SECRET: &str = "another-secret-of-this-account";
    let world = World::new().await;
    let accounts = Accounts::new(world.client(3), world.tables.accounts.clone());
    world.wire.break_calls(|call| (call.operation == "PutItem" && call.retries == 0).then_some(Fault::AnswerLost));
    let created = accounts.create_secret(world.account, SECRET, world.now()).await;
    world.wire.mend();
    assert!(created.is_ok(), "{created:?}");
    // For another account, the secret is in use.
    world.wait(MINUTE);
    let (other, _) = world.other_account().await;
    for account in [world.account, other] {
        let again = accounts.create_secret(account, SECRET, world.now()).await;
        assert!(matches!(again, Err(AccountError::SecretInUse)), "{again:?}");
    }
}
