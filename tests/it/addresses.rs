//! One user, one address: its spellings in every endpoint.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use profiles_tests::{Api, World};
use serde_json::{Value, json};

use crate::batch::{apply_all, completed, counts};

/// Addresses as they are stored, each with other spellings of it.
const SPELLINGS: [(&str, &[&str]); 5] = [
    ("josé@example.com", &["jose\u{301}@example.com", "JOSE\u{301}@EXAMPLE.com", " José@example.com.", "\u{feff}josé@example.com"]),
    (
        "kim@example.com",
        &[
            "\u{200b}kim@example.com",
            "kim@example.com\u{200b}",
            "kim@example.com\u{ad}",
            "\u{202a}kim@example.com\u{202c}",
            "\u{2066}Kim@Example.com\u{2069}",
            "kim@example.com.",
            "kim@ｅｘａｍｐｌｅ.com",
            "kim@example。com",
            "\tkim@example.com\r\n",
        ],
    ),
    (
        "kim@münchen.example",
        &["kim@xn--mnchen-3ya.example", "KIM@XN--MNCHEN-3YA.EXAMPLE", "kim@mu\u{308}nchen.example.", "Kim@MÜNCHEN.example"],
    ),
    ("a@faß.example", &["a@xn--fa-hia.example", "A@FAẞ.example"]),
    ("i\u{307}@例え.example", &["İ@例え.example", "i\u{307}@xn--r8jz45g.example"]),
];

/// What is no address, with the reason.
const NONE: [(&str, &str); 6] = [
    ("ki\u{200b}m@example.com", "an invisible character is inside the address"),
    ("kim@exam\u{ad}ple.com", "an invisible character is inside the address"),
    ("kim@\u{202e}example.com", "an invisible character is inside the address"),
    ("kim@example.com\u{feff}.", "an invisible character is inside the address"),
    ("kim@xn--a.example", "its domain is not valid"),
    ("kim@example.com..", "its domain is not valid"),
];

fn query(address: &str) -> String {
    format!("email={}", utf8_percent_encode(address, NON_ALPHANUMERIC))
}

async fn profile_of(api: &Api, address: &str) -> Value {
    api.retrieve(&query(address)).await.profile().clone()
}

#[tokio::test]
async fn every_spelling_of_an_address_is_one_user() {
    let world = World::new().await;
    let api = world.api();
    for (stored, spellings) in SPELLINGS {
        let id = api.upsert(&json!({"email": stored}).to_string()).await.id();
        for spelled in spellings {
            let reply = api.upsert(&json!({"email": spelled}).to_string()).await;
            assert_eq!(reply.body, json!({"profile": {"id": id}}), "{spelled:?}");
            assert_eq!((&profile_of(&api, spelled).await["id"], &profile_of(&api, spelled).await["email"]), (&json!(id), &json!(stored)));
            let posted = api.post("/v3/analyze/profile", &json!({"email": spelled}).to_string()).await;
            assert_eq!(posted.id(), id, "{spelled:?}");
        }
    }
    assert_eq!(world.items(&world.tables.profiles).await.len(), SPELLINGS.len());
}

#[tokio::test]
async fn an_address_of_somebody_else_is_a_conflict_in_every_spelling() {
    let world = World::new().await;
    let api = world.api();
    for (n, (stored, spellings)) in (0..).zip(SPELLINGS) {
        api.upsert(&json!({"uid": format!("owner{n}"), "email": stored}).to_string()).await.id();
        for spelled in spellings {
            // The owner may send it as it likes.
            api.upsert(&json!({"uid": format!("owner{n}"), "email": spelled}).to_string()).await.id();
            let reply = api.upsert(&json!({"uid": 7, "email": spelled}).to_string()).await;
            assert_eq!(reply.message(409), format!("Conflict: the email `{stored}` belongs to another profile"), "{spelled:?}");
        }
    }
    assert_eq!(api.retrieve("uid=7").await.status, 404);
}

#[tokio::test]
async fn a_batch_knows_every_spelling() {
    let world = World::new().await;
    let api = world.api();
    let mut items = Vec::new();
    for (stored, spellings) in SPELLINGS {
        for (n, spelled) in (0..).zip([stored].iter().chain(spellings)) {
            items.push(json!({"email": spelled, "n": n, format!("n{n}"): true}));
        }
    }
    let batch = api.batch(&Value::from(items.clone()).to_string()).await.batch_id();
    apply_all(&world, &api).await;
    let status = completed(&api, &batch).await;
    let [created, .., failed] = counts(&status);
    assert_eq!((usize::try_from(created).unwrap(), failed), (SPELLINGS.len(), 0), "{status}");
    for (stored, spellings) in SPELLINGS {
        let profile = profile_of(&api, stored).await;
        assert_eq!(profile["n"], spellings.len(), "the last item wins: {profile}");
        assert!((0..=spellings.len()).all(|n| profile[format!("n{n}")] == true), "{profile}");
    }
}

#[tokio::test]
async fn activities_know_every_spelling() {
    let world = World::new().await;
    let api = world.api();
    for (group, (stored, spellings)) in (0..).zip(SPELLINGS) {
        let id = api.upsert(&json!({"email": stored}).to_string()).await.id();
        for (n, spelled) in (0..).zip(spellings) {
            let event = api.track(&json!({"email": spelled, "name": "seen"}).to_string()).await;
            assert_eq!((event.status, &event.body["warnings"]), (200, &Value::Null), "{}", event.text);
            let user = format!(r#""email":{}"#, json!(spelled));
            let webhook = api.experience(&format!("w{group}.{n}"), "tour.started", &user, r#""tour":{"id":"t1"}"#).await;
            assert_eq!((webhook.status, &webhook.body["warnings"]), (200, &Value::Null), "{}", webhook.text);
        }
        let delivery = api.deliver(&json!({"email": spellings[0], "model_kind": "tour", "model_id": "t2"}).to_string()).await;
        assert_eq!(delivery.body["delivery"]["profile_id"], id, "{}", delivery.text);
        for spelled in spellings {
            let listed = api.get(&format!("/v3/edit/deliveries?{}", query(spelled))).await;
            assert_eq!(listed.body["deliveries"][0]["id"], delivery.body["delivery"]["id"], "{}", listed.text);
            let listed = api.get(&format!("/v3/analyze/interactions?{}", query(spelled))).await;
            assert_eq!(listed.body["interactions"][0]["profile"]["id"], id, "{}", listed.text);
        }
    }
    assert_eq!(world.items(&world.tables.profiles).await.len(), SPELLINGS.len());
}

#[tokio::test]
async fn clear_and_forget_know_every_spelling_and_a_batch_from_before_does_too() {
    let world = World::new().await;
    let api = world.api();
    for (stored, spellings) in SPELLINGS {
        for spelled in spellings {
            let id = api.upsert(&json!({"email": stored, "plan": "gold"}).to_string()).await.id();
            assert_eq!(api.clear(&query(spelled)).await.id(), id, "{spelled:?}");
            // It was accepted before, and must not bring the user back.
            let batch = api.batch(&json!([{"email": spelled, "plan": "gold"}]).to_string()).await.batch_id();
            assert_eq!(api.forget(&query(spelled)).await.id(), id, "{spelled:?}");
            apply_all(&world, &api).await;
            completed(&api, &batch).await;
            assert_eq!(api.retrieve(&query(stored)).await.status, 404, "{spelled:?}");
            world.wait(std::time::Duration::from_secs(1));
        }
    }
}

#[tokio::test]
async fn what_is_no_address_is_said_everywhere() {
    let world = World::new().await;
    let api = world.api();
    let mut items = Vec::new();
    for (n, (text, reason)) in (0..).zip(NONE) {
        let warning = json!([{"prop": "email", "message": format!("not stored: {reason}")}]);
        for reply in [
            api.upsert(&json!({"uid": n, "email": text}).to_string()).await,
            api.track(&json!({"uid": n, "email": text, "name": "seen"}).to_string()).await,
        ] {
            assert_eq!((reply.status, &reply.body["warnings"]), (200, &warning), "{text:?}");
        }
        assert_eq!(api.retrieve(&format!("uid={n}")).await.profile()["email"], Value::Null);
        for reply in
            [api.upsert(&json!({"email": text}).to_string()).await, api.track(&json!({"email": text, "name": "seen"}).to_string()).await]
        {
            assert!(reply.message(422).ends_with(&format!("(`email`: {reason})")), "{}", reply.text);
        }
        for reply in [
            api.retrieve(&query(text)).await,
            api.clear(&query(text)).await,
            api.forget(&query(text)).await,
            api.deliver(&json!({"email": text, "model_kind": "tour", "model_id": "t"}).to_string()).await,
        ] {
            assert_eq!(reply.message(404), format!("Profile not found: no profile has the email `{text}`"));
        }
        items.extend([json!({"email": text}), json!({"uid": n, "email": text})]);
    }
    let reply = api.batch(&Value::from(items).to_string()).await;
    for (n, (text, reason)) in NONE.iter().enumerate() {
        let error = &reply.body["errors"][n];
        assert_eq!(error["index"], 2 * n);
        assert!(error["message"].as_str().unwrap().ends_with(&format!("(`email`: {reason})")), "{text:?} {error}");
    }
    apply_all(&world, &api).await;
    let status = completed(&api, &reply.batch_id()).await;
    assert_eq!(status["warnings"].as_array().unwrap().len(), NONE.len(), "{status}");
}

#[tokio::test]
async fn null_beside_another_identifier_is_said_to_take_no_address_away() {
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert(r#"{"uid":18821,"email":"leon@example.com"}"#).await.id();
    let warning = json!([{"prop": "email", "message": "ignored: the address stays, `null` does not take it away"}]);
    for body in [r#"{"uid":18821,"email":null}"#, r#"{"Email":null,"uid":"18821","plan":1}"#, &format!(r#"{{"id":"{id}","email":null}}"#)] {
        let reply = api.upsert(body).await;
        assert_eq!((reply.id(), &reply.body["warnings"]), (id.clone(), &warning), "{body}");
    }
    assert_eq!(api.track(r#"{"uid":18821,"email":null,"name":"seen"}"#).await.body["warnings"], warning);
    let batch = api.batch(r#"[{"uid":18821,"email":null}]"#).await.batch_id();
    apply_all(&world, &api).await;
    assert_eq!(completed(&api, &batch).await["warnings"][0]["prop"], "email");
    assert_eq!(api.retrieve("uid=18821").await.profile()["email"], "leon@example.com");
    // In a form and a query there is no null, and an empty field was not filled in.
    assert_eq!(api.upsert(r#"{"uid":18821,"email":""}"#).await.body["warnings"], Value::Null);
}
