//! Taking an address away: `"email": "$unset"`.

use http::HeaderValue;
use profiles_tests::api::request;
use profiles_tests::invariants::Snapshot;
use profiles_tests::{Api, Fault, Reply, World};
use serde_json::json;

const EMAILS: [&str; 2] = ["leon@chmln.co", "kim@chmln.co"];

async fn check_invariants(world: &World) {
    Snapshot::read(world, world.account, &EMAILS).await.check_invariants();
}

#[tokio::test]
async fn an_address_is_taken_away_and_free_at_once() {
    let world = World::new().await;
    let api = world.api();
    let leon = api.upsert(r#"{"uid":1,"email":"leon@chmln.co","plan":"gold"}"#).await.id();
    let reply = api.upsert(r#"{"uid":1,"email":"$unset","seats":3}"#).await;
    assert_eq!((reply.id(), reply.body.get("warnings")), (leon.clone(), None));
    let found = api.retrieve("uid=1").await;
    assert_eq!((found.profile().get("email"), &found.profile()["plan"], &found.profile()["seats"]), (None, &json!("gold"), &json!(3)));
    api.retrieve("email=leon@chmln.co").await.message(404);
    check_invariants(&world).await;
    let kim = api.upsert(r#"{"uid":2,"email":"leon@chmln.co"}"#).await.id();
    assert_ne!(kim, leon);
    // There is nothing to take away any more, and the address is another user's.
    assert_eq!(api.upsert(r#"{"uid":1,"email":"$unset"}"#).await.id(), leon);
    assert_eq!(api.retrieve("email=leon@chmln.co").await.id(), kim);
    assert_eq!(api.upsert(r#"{"uid":1,"email":"kim@chmln.co"}"#).await.id(), leon);
    check_invariants(&world).await;
}

#[tokio::test]
async fn an_address_is_taken_away_by_every_identifier_but_itself() {
    let world = World::new().await;
    let api = world.api();
    for (before, fields) in [
        (r#"{"uid":"a","email":"leon@chmln.co"}"#, r#""uid":"a""#),
        (r#"{"uid":"b","email":"leon@chmln.co"}"#, r#""id":"ID""#),
        (r#"{"uid":"c","email":"leon@chmln.co"}"#, r#""id":"ID","uid":"c""#),
        // A profile that had only the address has only its id then.
        (r#"{"email":"leon@chmln.co"}"#, r#""id":"ID""#),
        (r#"{"email":"leon@chmln.co"}"#, r#""id":"ID","uid":"d""#),
    ] {
        let id = api.upsert(before).await.id();
        let fields = fields.replace("ID", &id);
        assert_eq!(api.upsert(&format!(r#"{{{fields},"email":"$unset","n":1}}"#)).await.id(), id, "{fields}");
        let found = api.retrieve(&format!("id={id}")).await;
        assert_eq!((found.profile().get("email"), &found.profile()["n"]), (None, &json!(1)), "{fields}");
        api.retrieve("email=leon@chmln.co").await.message(404);
        check_invariants(&world).await;
    }
    api.retrieve("uid=d").await.id();
}

#[tokio::test]
async fn a_profile_without_uid_and_address_is_used_by_its_id() {
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert(r#"{"email":"leon@chmln.co"}"#).await.id();
    api.upsert(&format!(r#"{{"id":"{id}","email":"$unset"}}"#)).await.id();
    assert_eq!(api.upsert(&format!(r#"{{"id":"{id}","email":"$unset","n":1}}"#)).await.id(), id);
    assert_eq!(api.clear(&format!("id={id}")).await.id(), id);
    assert_eq!(api.upsert(&format!(r#"{{"id":"{id}","uid":7,"email":"kim@chmln.co"}}"#)).await.id(), id);
    assert_eq!(api.retrieve("email=kim@chmln.co").await.id(), id);
    let other = api.upsert(r#"{"email":"leon@chmln.co"}"#).await.id();
    api.upsert(&format!(r#"{{"id":"{other}","email":"$unset"}}"#)).await.id();
    assert_eq!(api.forget(&format!("id={other}")).await.status, 200);
    api.retrieve(&format!("id={other}")).await.message(404);
    check_invariants(&world).await;
}

#[tokio::test]
async fn a_user_who_is_named_by_nothing_else_keeps_the_address() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"email":"leon@chmln.co"}"#).await.id();
    let before = world.everything().await;
    for body in
        [r#"{"email":"$unset"}"#, r#"{"email":"$unset","plan":"gold"}"#, r#"{"email":"$unset","uid":null}"#, r#"{"Email":" $unset"}"#]
    {
        let reply = api.upsert(body).await;
        assert!(reply.message(422).starts_with("Unprocessable: `email` must be an address"), "{}", reply.text);
    }
    assert_eq!(world.everything().await, before);
}

async fn form(api: &Api, target: &str, body: &str) -> Reply {
    let mut request = api.with_secret(request("POST", target, body.as_bytes()));
    request.headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
    api.send(request).await
}

#[tokio::test]
async fn forms_and_queries_take_an_address_away_too() {
    const PATH: &str = "/v3/observe/hooks/profiles";
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert(r#"{"uid":1}"#).await.id();
    for (query, body) in [
        ("", "uid=1&email=%24unset"),
        ("?email=$unset", "uid=1"),
        ("?email=%24unset&uid=1", ""),
        ("?email=kim@chmln.co", "uid=1&Email=$unset"),
    ] {
        api.upsert(r#"{"uid":1,"email":"leon@chmln.co"}"#).await.id();
        assert_eq!(form(&api, &format!("{PATH}{query}"), body).await.id(), id, "{query} {body}");
        assert_eq!(api.retrieve("uid=1").await.profile().get("email"), None, "{query} {body}");
        api.retrieve("email=leon@chmln.co").await.message(404);
    }
}

#[tokio::test]
async fn a_user_without_an_address_costs_nothing_more_than_any_upsert() {
    let world = World::new().await;
    let api = world.api();
    api.get("/").await;
    world.wire.take();
    for _ in 0..2 {
        api.upsert(r#"{"uid":1,"email":"$unset","plan":"gold"}"#).await.id();
        assert_eq!(world.wire.take(), ["UpdateItem"]);
    }
    api.upsert(r#"{"uid":1,"email":"leon@chmln.co"}"#).await.id();
    world.wire.take();
    api.upsert(r#"{"uid":1,"email":"$unset"}"#).await.id();
    assert_eq!(world.wire.take(), ["UpdateItem", "GetItem", "PutItem", "UpdateItem"]);
}

#[tokio::test]
async fn an_address_is_taken_away_with_many_properties_and_with_a_new_company() {
    let world = World::new().await;
    let api = world.api();
    let many: Vec<String> = (0..300).map(|n| format!(r#""p{n}":{n}"#)).collect();
    for more in [many.join(","), r#""company":{"uid":"acme","email":"$unset"}"#.to_owned()] {
        api.upsert(r#"{"uid":1,"email":"leon@chmln.co"}"#).await.id();
        api.upsert(&format!(r#"{{"uid":1,"email":"$unset",{more}}}"#)).await.id();
        assert_eq!(api.retrieve("uid=1").await.profile().get("email"), None);
        api.retrieve("email=leon@chmln.co").await.message(404);
        check_invariants(&world).await;
    }
    let found = api.retrieve("uid=1&expand[company]=all").await;
    assert_eq!((&found.profile()["p299"], &found.profile()["company"]["email"]), (&json!(299), &json!("$unset")));
}

#[tokio::test]
async fn elsewhere_it_is_a_text_or_no_address() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1,"email":"leon@chmln.co","plan":"$unset","emails":["$unset"],"work":{"email":"$unset"}}"#).await.id();
    let found = api.retrieve("uid=1").await;
    assert_eq!(
        (&found.profile()["plan"], &found.profile()["emails"], &found.profile()["work"]),
        (&json!("$unset"), &json!(["$unset"]), &json!({"email": "$unset"}))
    );
    // Another spelling is no address.
    let reply = api.upsert(r#"{"uid":1,"email":"$UNSET"}"#).await;
    assert_eq!(reply.body["warnings"][0]["prop"], "email", "{}", reply.text);
    let event = api.track(r#"{"uid":1,"email":"$unset","name":"opened"}"#).await;
    assert_eq!((event.status, &event.body["warnings"][0]["prop"]), (200, &json!("email")), "{}", event.text);
    api.track(r#"{"email":"$unset","name":"opened"}"#).await.message(422);
    for reply in [api.retrieve("email=$unset").await, api.forget("email=$unset").await, api.clear("email=$unset").await] {
        assert!(matches!(reply.status, 404 | 422), "{}", reply.text);
    }
    assert_eq!(api.retrieve("uid=1").await.profile()["email"], "leon@chmln.co");
}

#[tokio::test]
async fn an_address_is_taken_away_once_whatever_call_fails() {
    let world = World::new().await;
    for fault in [Fault::NotSent, Fault::AnswerLost] {
        for n in 0.. {
            let (account, api) = world.new_account(world.client(3)).await;
            api.upsert(r#"{"uid":1,"email":"leon@chmln.co"}"#).await.id();
            let mut calls = 0;
            world.wire.take();
            world.wire.break_calls(move |call| (call.number == n).then_some(fault));
            let reply = api.upsert(r#"{"uid":1,"email":"$unset"}"#).await;
            world.wire.mend();
            calls += world.wire.take().len();
            Snapshot::read(&world, account, &EMAILS).await.check_invariants();
            if reply.status != 200 {
                assert_eq!(reply.status, 503, "{}", reply.text);
                api.upsert(r#"{"uid":1,"email":"$unset"}"#).await.id();
            }
            assert_eq!(api.retrieve("uid=1").await.profile().get("email"), None, "{fault:?} in call {n}");
            api.upsert(r#"{"uid":2,"email":"leon@chmln.co"}"#).await.id();
            Snapshot::read(&world, account, &EMAILS).await.check_invariants();
            if calls <= n {
                break;
            }
        }
    }
}
