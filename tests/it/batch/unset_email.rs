//! Items that take an address away.

use std::time::Duration;

use profiles_tests::World;
use serde_json::{Value, json};

use super::reapplied::{CrashingBatch, Outcome, Users, expected};
use super::{apply_all, apply_batch, completed, counts};

/// A user whose address was taken away.
fn without_address(uid: &str, has_p: bool) -> Users {
    [(uid.to_owned(), (None, has_p))].into()
}

fn all(users: impl IntoIterator<Item = Users>) -> Users {
    users.into_iter().flatten().collect()
}

#[tokio::test]
async fn items_of_one_user_take_the_address_away_and_give_one_in_their_order() {
    let world = World::new().await;
    for (items, email, expected) in [
        (r#"[{"uid":1,"email":"$unset"}]"#, None, [0, 1, 0, 0, 0]),
        (r#"[{"uid":1,"email":"$unset"},{"uid":1,"email":"$unset"},{"uid":1}]"#, None, [0, 1, 2, 0, 0]),
        (r#"[{"uid":1,"email":"new@chmln.co"},{"uid":1,"email":"$unset"}]"#, None, [0, 2, 0, 0, 0]),
        (r#"[{"uid":1,"email":"$unset"},{"uid":1,"email":"new@chmln.co"}]"#, Some("new@chmln.co"), [0, 2, 0, 0, 0]),
        (r#"[{"uid":1,"email":"$unset"},{"uid":1,"email":"old@chmln.co"}]"#, Some("old@chmln.co"), [0, 2, 0, 0, 0]),
        (r#"[{"id":"ID","email":"$unset"},{"uid":1,"email":"$unset"}]"#, None, [0, 1, 1, 0, 0]),
        (
            r#"[{"uid":2,"email":"$unset"},{"uid":3,"email":"new@chmln.co"},{"uid":3,"email":"$unset"}]"#,
            Some("old@chmln.co"),
            [2, 1, 0, 0, 0],
        ),
    ] {
        let (_, api) = world.new_account(world.client(1)).await;
        let id = api.upsert(r#"{"uid":1,"email":"old@chmln.co"}"#).await.id();
        let status = apply_batch(&world, &api, &items.replace("ID", &id)).await;
        assert_eq!(counts(&status), expected, "{items}");
        let found = api.retrieve("uid=1").await;
        assert_eq!(found.profile().get("email").and_then(Value::as_str), email, "{items}");
    }
}

#[tokio::test]
async fn an_item_that_names_nothing_else_is_reported_at_once() {
    let world = World::new().await;
    let api = world.api();
    let reply = api.batch(r#"[{"email":"$unset"},{"uid":1,"email":"$unset"},{"Email":"$unset","plan":"gold"}]"#).await;
    let errors = reply.body["errors"].as_array().unwrap();
    assert_eq!(
        errors.iter().map(|error| (&error["code"], &error["index"])).collect::<Vec<_>>(),
        [(&json!(422), &json!(0)), (&json!(422), &json!(2))]
    );
    assert!(errors[0]["message"].as_str().unwrap().contains("`email` of the 1st item"), "{}", reply.text);
    apply_all(&world, &api).await;
    assert_eq!(counts(&completed(&api, &reply.batch_id()).await), [1, 0, 0, 0, 2]);
}

#[tokio::test]
async fn an_item_by_the_address_comes_before_or_after_it_is_taken_away_as_in_the_batch() {
    let world = World::new().await;
    let dying = |profiles| CrashingBatch { before: &[r#"{"uid":"b","email":"old@chmln.co"}"#], profiles, between: &[] };
    let before = async |n, outcome: &Outcome| {
        assert_eq!(outcome.users, without_address("b", true), "crash at call {n}");
        assert_eq!(counts(&outcome.status), [0, 2, 0, 0, 0], "crash at call {n}");
    };
    dying(r#"[{"email":"old@chmln.co","p":1},{"uid":"b","email":"$unset"}]"#).check(&world, before).await;
    let after = async |n, outcome: &Outcome| {
        assert_eq!(outcome.users, all([without_address("b", false), expected(&[("nobody", "old@chmln.co", true)])]), "crash at call {n}");
        assert_eq!(counts(&outcome.status), [1, 1, 0, 0, 0], "crash at call {n}");
    };
    dying(r#"[{"uid":"b","email":"$unset"},{"email":"old@chmln.co","p":1}]"#).check(&world, after).await;
}

#[tokio::test]
async fn an_address_is_taken_away_once_whenever_the_function_dies() {
    let world = World::new().await;
    let dying = CrashingBatch {
        before: &[r#"{"uid":"a","email":"old@chmln.co"}"#],
        profiles: r#"[{"uid":"a","email":"$unset"},{"uid":"a","p":1}]"#,
        // The user gets the address back before the chunk is applied again.
        between: &[r#"{"uid":"a","email":"old@chmln.co"}"#],
    };
    let check = async |n, outcome: &Outcome| {
        let back = expected(&[("a", "old@chmln.co", true)]);
        assert!(outcome.users == back || outcome.users == without_address("a", true), "crash at call {n}: {:?}", outcome.users);
        assert_eq!(counts(&outcome.status)[2..], [0, 0, 0], "crash at call {n}");
    };
    dying.check(&world, check).await;
}

#[tokio::test]
async fn an_address_that_was_taken_away_from_a_user_who_is_forgotten_brings_nobody_back() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1,"email":"old@chmln.co"}"#).await.id();
    let id = api.batch(r#"[{"email":"old@chmln.co","p":1},{"uid":2,"email":"old@chmln.co"}]"#).await.batch_id();
    world.wait(Duration::from_secs(1));
    api.upsert(r#"{"uid":1,"email":"$unset"}"#).await.id();
    assert_eq!(api.forget("uid=1").await.status, 200);
    apply_all(&world, &api).await;
    assert_eq!(counts(&completed(&api, &id).await), [0, 0, 0, 2, 0]);
    for query in ["email=old@chmln.co", "uid=2"] {
        api.retrieve(query).await.message(404);
    }
}
