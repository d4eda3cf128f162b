//! Merges: `null` does not count as having a property.

use profiles_tests::World;
use serde_json::{Value, json};

use crate::batch::{apply_all, completed, counts};

/// Properties of a profile with a uid, of one with the address, and what becomes of them.
const CASES: [(&str, &str, &str, &str); 8] = [
    ("plan", "null", r#""gold""#, r#""gold""#),
    ("plan", r#""free""#, "null", r#""free""#),
    ("plan", "null", "null", "null"),
    ("active", "false", "true", "false"),
    ("seats", "0", "7", "0"),
    ("note", r#""""#, r#""text""#, r#""""#),
    ("tags", "[]", r#"["a"]"#, "[]"),
    ("traits", r#"{"a":null}"#, r#"{"a":1,"b":2}"#, r#"{"a":null}"#),
];

const OBSERVED: [(&str, &str); 4] = [
    ("browser_x", "1280"),
    ("browser_n", r#""chrome""#),
    ("last_seen_at", r#""2029-04-07T12:18:00.000Z""#),
    ("last_seen_session_count", "3"),
];

#[tokio::test]
async fn the_value_of_the_other_is_taken_in_place_of_null_only() {
    let world = World::new().await;
    for by_batch in [false, true] {
        for (name, own, theirs, expected) in CASES {
            let (_, api) = world.new_account(world.client(1)).await;
            let me = api.upsert(&format!(r#"{{"uid":1,"{name}":{own}}}"#)).await.id();
            api.upsert(&format!(r#"{{"email":"kim@chmln.co","{name}":{theirs}}}"#)).await.id();
            let uniting = r#"{"uid":1,"email":"kim@chmln.co"}"#;
            if by_batch {
                let id = api.batch(&format!("[{uniting}]")).await.batch_id();
                apply_all(&world, &api).await;
                assert_eq!(counts(&completed(&api, &id).await), [0, 1, 0, 0, 0]);
            } else {
                assert_eq!(api.upsert(uniting).await.id(), me);
            }
            let found = api.retrieve("email=kim@chmln.co").await;
            assert_eq!(found.id(), me);
            let expected: Value = serde_json::from_str(expected).unwrap();
            assert_eq!(found.profile().get(name), Some(&expected), "{name}: {own} and {theirs}");
        }
    }
}

#[tokio::test]
async fn a_null_of_the_request_itself_is_a_value() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1,"plan":"free"}"#).await.id();
    api.upsert(r#"{"email":"kim@chmln.co","plan":"gold"}"#).await.id();
    api.upsert(r#"{"uid":1,"email":"kim@chmln.co","plan":null}"#).await.id();
    assert_eq!(api.retrieve("uid=1").await.profile().get("plan"), Some(&Value::Null));
}

#[tokio::test]
async fn typed_fields_that_are_null_are_taken_over_too() {
    let world = World::new().await;
    for (name, value) in OBSERVED {
        let (_, api) = world.new_account(world.client(1)).await;
        api.upsert(&format!(r#"{{"uid":1,"{name}":null}}"#)).await.id();
        api.upsert(&format!(r#"{{"email":"kim@chmln.co","{name}":{value}}}"#)).await.id();
        api.upsert(r#"{"uid":1,"email":"kim@chmln.co"}"#).await.id();
        let expected: Value = serde_json::from_str(value).unwrap();
        assert_eq!(api.retrieve("uid=1").await.profile()[name], expected, "{name}");
    }
}

#[tokio::test]
async fn who_is_in_no_company_joins_that_of_the_other() {
    let world = World::new().await;
    for (own, theirs, expected) in [
        (r#","company_uid":null"#, r#","company_uid":"acme""#, json!("acme")),
        ("", r#","company_uid":"acme""#, json!("acme")),
        (r#","company_uid":"acme""#, r#","company_uid":null"#, json!("acme")),
        (r#","company_uid":"acme""#, r#","company_uid":"other""#, json!("acme")),
        (r#","company_uid":null"#, "", Value::Null),
    ] {
        let (_, api) = world.new_account(world.client(1)).await;
        api.upsert(&format!(r#"{{"uid":1{own}}}"#)).await.id();
        api.upsert(&format!(r#"{{"email":"kim@chmln.co"{theirs}}}"#)).await.id();
        api.upsert(r#"{"uid":1,"email":"kim@chmln.co"}"#).await.id();
        assert_eq!(api.retrieve("uid=1").await.profile()["company"]["uid"], expected, "{own} and {theirs}");
    }
}
