//! The requests of clear and forget.

use std::time::Duration;

use profiles_domain::Error;
use profiles_tests::api::{properties_of, request};
use profiles_tests::{Fault, World};
use serde_json::{Value, json};

use super::{NO_IDENTIFIER, UNKNOWN, checked, event_id};

const TOUR: &str = r#""tour":{"id":"t1"}"#;

/// Creates a user with an event, an interaction, a survey response and a delivery. Returns the id.
async fn user(world: &World, uid: u32) -> String {
    let api = world.api();
    let id = api
        .upsert(&format!(
            r#"{{"uid":{uid},"email":"u{uid}@example.com","plan":"gold","browser_x":800,"company":{{"uid":1,"name":"Acme"}}}}"#
        ))
        .await
        .id();
    let named = format!(r#""uid":{uid}"#);
    event_id(&api.track(&format!(r#"{{{named},"name":"x"}}"#)).await);
    assert_eq!(api.experience(&format!("t{uid}"), "tour.started", &named, TOUR).await.status, 200);
    let data = r#""survey":{"id":"s1"},"response":{"input_text":"x"}"#;
    assert_eq!(api.experience(&format!("r{uid}"), "response.finished", &named, data).await.status, 200);
    assert_eq!(api.deliver(&format!(r#"{{{named},"model_kind":"tour","model_id":"t1"}}"#)).await.status, 201);
    id
}

#[tokio::test]
async fn clear_answers_with_the_whole_profile_as_it_is_then() {
    let world = World::new().await;
    let api = world.api();
    let id = user(&world, 18821).await;
    for target in [
        format!("/v3/edit/profiles/{id}"),
        "/v3/edit/profiles?uid=18821".to_owned(),
        "/v3/edit/profiles?email=u18821@example.com".to_owned(),
        format!("/v3/edit/profiles?id={id}"),
    ] {
        world.wait(Duration::from_secs(1));
        let cleared = api.delete(&target).await;
        assert_eq!(cleared.id(), id, "{target}");
        let now = world.now().to_string();
        let expected = json!({"email": "u18821@example.com", "plan": "gold", "last_cleared_at": now});
        assert_eq!(properties_of(cleared.profile()), expected, "{target}");
        assert_eq!((&cleared.profile()["browser_x"], &cleared.profile()["delivery_ids"]), (&Value::Null, &json!([])));
        assert_eq!(cleared.profile()["company"]["name"], "Acme");
        assert_eq!(cleared.text, api.retrieve("uid=18821").await.text, "{target}");
    }
    assert!(checked(&world, world.account).await.records.is_empty());
    assert_eq!(api.get("/v3/analyze/tours/t1").await.body["tour"]["stats"]["started_count"], 0);
}

#[tokio::test]
async fn forget_answers_with_the_deletion_that_counts_what_was_removed() {
    let world = World::new().await;
    let api = world.api();
    for (uid, target) in [(1, ""), (2, "?uid=2"), (3, "?email=u3@example.com"), (4, "?id=")] {
        let id = user(&world, uid).await;
        let target = match target {
            "" => format!("/v3/edit/profiles/{id}/forget"),
            "?id=" => format!("/v3/edit/profiles/forget?id={id}"),
            query => format!("/v3/edit/profiles/forget{query}"),
        };
        let forgotten = api.delete(&target).await;
        assert_eq!((forgotten.status, forgotten.id()), (200, id.clone()), "{target}");
        let deletion = forgotten.body["deletion"]["id"].as_str().unwrap();
        assert_eq!(forgotten.body, json!({"profile": {"id": id}, "deletion": {"id": deletion}}));
        let now = world.now().to_string();
        assert_eq!(
            api.deletion(deletion).await.body,
            json!({"deletion": {
                "id": deletion,
                "profile_id": id,
                "kind": "forget",
                "state": "completed",
                "created_at": now,
                "completed_at": now,
                "removed": {"events": 1, "responses": 1, "interactions": 1, "deliveries": 1, "identities": 2},
            }})
        );
        for query in [format!("uid={uid}"), format!("email=u{uid}@example.com"), format!("id={id}")] {
            api.retrieve(&query).await.message(404);
        }
        api.delete(&target).await.message(404);
    }
    assert!(checked(&world, world.account).await.records.is_empty());
}

#[tokio::test]
async fn the_path_of_forgetting_clears_nobody() {
    let world = World::new().await;
    let api = world.api();
    user(&world, 1).await;
    let before = world.everything().await;
    assert_eq!(api.delete("/v3/edit/profiles/forget").await.message(422), NO_IDENTIFIER);
    assert_eq!(api.delete("/v3/edit/profiles/forgotten").await.message(404), "Profile not found: no profile has the id `forgotten`");
    assert_eq!(api.delete("/v3/edit/profiles/forget/forget").await.message(404), "Profile not found: no profile has the id `forget`");
    assert!(world.everything().await == before);
}

#[tokio::test]
async fn what_names_nobody_removes_nothing() {
    let world = World::new().await;
    let api = world.api();
    user(&world, 1).await;
    user(&world, 2).await;
    let before = world.everything().await;
    for path in ["/v3/edit/profiles", "/v3/edit/profiles/forget"] {
        assert_eq!(api.delete(path).await.message(422), NO_IDENTIFIER);
        for (query, field, reason) in [
            ("uid=undefined", "uid", "it stands for a missing value"),
            ("uid=NaN", "uid", "it stands for a missing value"),
            ("uid=%5Bobject%20Object%5D", "uid", "it stands for a missing value"),
            ("uid=%20", "uid", "it is blank"),
            ("email=", "email", "it is empty"),
        ] {
            let reply = api.delete(&format!("{path}?{query}")).await;
            assert_eq!(reply.message(422), format!("{NO_IDENTIFIER} (`{field}`: {reason})"), "{path}?{query}");
        }
        for (query, expected) in [
            ("uid=nobody", "Profile not found: no profile has the uid `nobody`".to_owned()),
            ("email=nobody", "Profile not found: no profile has the email `nobody`".to_owned()),
            ("uid=1&email=u2@example.com", "Profile not found: no profile has both the uid `1` and the email `u2@example.com`".to_owned()),
            (&format!("id={UNKNOWN}"), format!("Profile not found: no profile has the id `{UNKNOWN}`")),
        ] {
            assert_eq!(api.delete(&format!("{path}?{query}")).await.message(404), expected, "{path}");
        }
        // Each of them needs a secret.
        api.send(request("DELETE", &format!("{path}?uid=1"), b"")).await.message(403);
        let (_, other) = world.new_account(world.client(1)).await;
        other.delete(&format!("{path}?uid=1")).await.message(404);
    }
    assert_eq!(api.deletion(UNKNOWN).await.message(404), format!("Deletion not found: no deletion has the id `{UNKNOWN}`"));
    assert_eq!(api.deletion("x").await.message(404), "Deletion not found: no deletion has the id `x`");
    assert!(world.everything().await == before);
}

#[tokio::test]
async fn what_a_request_has_no_time_for_is_finished_by_the_sweep() {
    let world = World::new().await;
    let api = world.api();
    user(&world, 1).await;
    // As little time as at the end of a function.
    let mut late = api.with_secret(request("DELETE", "/v3/edit/profiles/forget?uid=1", b""));
    late.deadline = world.now().plus_days(0);
    let forgotten = api.send(late).await;
    let deletion = forgotten.body["deletion"]["id"].as_str().unwrap();
    api.retrieve("uid=1").await.message(404);
    let told = api.deletion(deletion).await;
    assert_eq!((&told.body["deletion"]["state"], &told.body["deletion"]["completed_at"]), (&json!("started"), &Value::Null));
    // The request that began it may work on it for a minute.
    assert_eq!(api.sweep(None).await.map(|swept| swept.found), Ok(0));
    world.wait(Duration::from_secs(61));
    let swept = api.sweep(world.now().plus_days(0)).await.unwrap();
    assert_eq!((swept.found, swept.finished), (1, 0), "it had no time");
    let swept = api.sweep(world.now().plus_days(1)).await.unwrap();
    assert_eq!((swept.found, swept.finished), (1, 1));
    assert_eq!(api.deletion(deletion).await.body["deletion"]["state"], "completed");
    assert!(checked(&world, world.account).await.records.is_empty());
    assert_eq!(api.sweep(None).await.map(|swept| swept.found), Ok(0));
}

#[tokio::test]
async fn a_sweep_that_cannot_read_the_deletions_fails() {
    let world = World::new().await;
    let api = world.api();
    world.wire.break_calls(|_| Some(Fault::NotSent));
    assert_eq!(api.sweep(None).await.err(), Some(Error::Unavailable));
}
