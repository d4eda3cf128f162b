//! Tombstones: batches that were accepted before a user was forgotten, or during that, do not bring the user back, whatever identifiers
//! they have and however long they wait.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::AccountId;
use profiles_tests::invariants::{Snapshot, text};
use profiles_tests::{Api, Held, World};
use serde_json::json;

use crate::batch::{apply_all, completed, counts};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Applies all batches, and returns the counts of this one.
async fn apply_and_count(world: &World, api: &Api, id: &str) -> [u64; 5] {
    apply_all(world, api).await;
    counts(&completed(api, id).await)
}

async fn forget(api: &Api, query: &str) {
    let forgotten = api.forget(query).await;
    assert_eq!(forgotten.status, 200, "{}", forgotten.text);
}

#[tokio::test]
async fn a_uid_that_was_forgotten_is_not_given_to_another_profile_by_its_id() {
    let world = World::new().await;
    let api = world.api();
    let other = api.upsert(r#"{"email":"kim@chmln.co"}"#).await.id();
    api.upsert(r#"{"uid":1}"#).await.id();
    let id = api.batch(&format!(r#"[{{"id":"{other}","uid":1}}]"#)).await.batch_id();
    world.wait(SECOND);
    forget(&api, "uid=1").await;
    assert_eq!(apply_and_count(&world, &api, &id).await, [0, 0, 0, 1, 0]);
    api.retrieve("uid=1").await.message(404);
    assert!(api.retrieve(&format!("id={other}")).await.profile()["uid"].is_null());
}

/// The user had both addresses when the batch was accepted or later, and neither when the user was forgotten.
#[tokio::test]
async fn a_former_address_of_a_forgotten_user_is_not_brought_back() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1,"email":"first@chmln.co"}"#).await.id();
    let id = api.batch(r#"[{"email":"first@chmln.co","plan":"gold"},{"email":"second@chmln.co","plan":"gold"}]"#).await.batch_id();
    world.wait(SECOND);
    api.upsert(r#"{"uid":1,"email":"second@chmln.co"}"#).await.id();
    api.upsert(r#"{"uid":1,"email":"third@chmln.co"}"#).await.id();
    forget(&api, "uid=1").await;
    assert_eq!(apply_and_count(&world, &api, &id).await, [0, 0, 0, 2, 0]);
    for query in ["email=first@chmln.co", "email=second@chmln.co"] {
        api.retrieve(query).await.message(404);
    }
}

#[tokio::test]
async fn a_former_address_that_another_has_by_now_is_that_users() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1,"email":"first@chmln.co"}"#).await.id();
    let id = api.batch(r#"[{"email":"first@chmln.co","plan":"gold"}]"#).await.batch_id();
    world.wait(SECOND);
    api.upsert(r#"{"uid":1,"email":"second@chmln.co"}"#).await.id();
    let other = api.upsert(r#"{"uid":2,"email":"first@chmln.co"}"#).await.id();
    forget(&api, "uid=1").await;
    Snapshot::read(&world, world.account, &["first@chmln.co", "second@chmln.co"]).await.check_invariants();
    assert_eq!(apply_and_count(&world, &api, &id).await, [0, 1, 0, 0, 0]);
    let found = api.retrieve("email=first@chmln.co").await;
    assert_eq!((found.id(), &found.profile()["plan"]), (other, &json!("gold")));
}

#[tokio::test]
async fn a_batch_of_an_instance_whose_clock_is_ahead_brings_nobody_back() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1}"#).await.id();
    let id = world.api_ahead(MINUTE).batch(r#"[{"uid":1,"plan":"gold"}]"#).await.batch_id();
    world.wait(30 * SECOND);
    forget(&api, "uid=1").await;
    assert_eq!(apply_and_count(&world, &api, &id).await, [0, 0, 0, 1, 0]);
    api.retrieve("uid=1").await.message(404);
}

/// The forget is as slow as a request may be, and the batch is accepted before each of its calls.
#[tokio::test]
async fn a_batch_that_is_accepted_while_its_user_is_being_forgotten_brings_nobody_back() {
    let world = World::new().await;
    for n in 0.. {
        let (_, api) = world.new_account(world.client(1)).await;
        let api = Arc::new(api);
        api.upsert(r#"{"uid":1,"email":"leon@chmln.co"}"#).await.id();
        let mut held = {
            let api = Arc::clone(&api);
            Held::start(async move { api.forget("uid=1").await })
        };
        let continues = held.pass(n).await;
        world.wait(25 * SECOND);
        let id = api.batch(r#"[{"uid":1,"plan":"gold"},{"email":"leon@chmln.co","plan":"gold"}]"#).await.batch_id();
        let forgotten = held.finish().await;
        assert_eq!(forgotten.status, 200, "before call {n}: {}", forgotten.text);
        assert_eq!(apply_and_count(&world, &api, &id).await, [0, 0, 0, 2, 0], "before call {n}");
        for query in ["uid=1", "email=leon@chmln.co"] {
            api.retrieve(query).await.message(404);
        }
        if !continues {
            break;
        }
    }
}

#[tokio::test]
async fn a_batch_of_up_to_two_minutes_after_a_forget_is_ignored_and_a_later_one_creates_the_user_anew() {
    let world = World::new().await;
    for (after, expected) in [(SECOND, [0, 0, 0, 1, 0]), (2 * MINUTE, [0, 0, 0, 1, 0]), (3 * MINUTE, [1, 0, 0, 0, 0])] {
        for item in [r#"{"uid":1}"#, r#"{"email":"leon@chmln.co"}"#, r#"{"uid":2,"email":"leon@chmln.co"}"#] {
            let (_, api) = world.new_account(world.client(1)).await;
            api.upsert(r#"{"uid":1,"email":"leon@chmln.co"}"#).await.id();
            forget(&api, "uid=1").await;
            world.wait(after);
            let id = api.batch(&format!("[{item}]")).await.batch_id();
            assert_eq!(apply_and_count(&world, &api, &id).await, expected, "{item} {after:?} after it");
        }
    }
}

/// Deletes the expired items of a table, as DynamoDB does some time later.
async fn expire(world: &World, table: &str) {
    for item in world.items(table).await {
        let expires = item.get("EXPIRES_AT").map(|time| time.as_n().unwrap().parse::<i64>().unwrap());
        if expires.is_some_and(|expires| expires <= world.now().unix_seconds()) {
            world.bare.delete_item().table_name(table).key("PK", item["PK"].clone()).send().await.unwrap();
        }
    }
}

#[tokio::test]
async fn the_tombstone_of_a_forgotten_address_outlasts_the_next_holders_of_the_address() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1,"email":"leon@chmln.co"}"#).await.id();
    let id = api.batch(r#"[{"email":"leon@chmln.co","plan":"gold"}]"#).await.batch_id();
    world.wait(SECOND);
    forget(&api, "uid=1").await;
    world.wait(SECOND);
    api.upsert(r#"{"uid":2,"email":"leon@chmln.co"}"#).await.id();
    api.upsert(r#"{"uid":2,"email":"kim@chmln.co"}"#).await.id();
    // The batch waits for longer than a released claim is kept.
    world.wait(2 * DAY);
    expire(&world, &world.tables.identities).await;
    assert_eq!(apply_and_count(&world, &api, &id).await, [0, 0, 0, 1, 0]);
    api.retrieve("email=leon@chmln.co").await.message(404);
}

/// Reads the time in each tombstone of an account's slots and claims, by key.
async fn tombstones(world: &World, account: AccountId) -> BTreeMap<String, String> {
    let items = [world.items(&world.tables.profiles).await, world.items(&world.tables.identities).await].concat();
    let of_account = items.iter().filter(|item| text(item, "PK").unwrap().starts_with(&account.to_string()));
    let key = |item: &profiles_tests::invariants::Item| format!("{} {}", text(item, "PK").unwrap(), text(item, "SK").unwrap_or_default());
    of_account
        .filter_map(|item| Some((key(item), item.get("FORGOTTEN_AT").and_then(|at| AttributeValue::as_s(at).ok())?.clone())))
        .collect()
}

#[tokio::test]
async fn no_tombstone_is_made_earlier_by_a_clock_that_is_behind() {
    let world = World::new().await;
    let (api, ahead) = (world.api(), world.api_ahead(MINUTE));
    // A user whose address came first, so that the slot of the uid is an alias.
    let come = async || {
        api.upsert(r#"{"email":"leon@chmln.co"}"#).await.id();
        api.upsert(r#"{"uid":1,"email":"leon@chmln.co"}"#).await.id();
    };
    come().await;
    forget(&ahead, "uid=1").await;
    let before = tombstones(&world, world.account).await;
    assert_eq!(before.len(), 3, "the profile, its claim and the slot of its uid: {before:?}");
    world.wait(10 * SECOND);
    come().await;
    forget(&api, "uid=1").await;
    let after = tombstones(&world, world.account).await;
    for (key, at) in before {
        assert!(after[&key] >= at, "{key} was forgotten at {at}, and now has {}", after[&key]);
    }
}

/// Another user had the address when its former holder was forgotten, and has released it since.
#[tokio::test]
async fn a_former_address_that_another_had_meanwhile_brings_nobody_back() {
    let world = World::new().await;
    for release in [r#"{"uid":2,"email":"other@chmln.co"}"#, r#"{"uid":2,"email":"$unset"}"#, ""] {
        for item in [
            r#"{"email":"first@chmln.co","plan":"gold"}"#,
            r#"{"uid":3,"email":"first@chmln.co"}"#,
            r#"{"uid":2,"email":"first@chmln.co","n":1}"#,
        ] {
            let (account, api) = world.new_account(world.client(1)).await;
            api.upsert(r#"{"uid":1,"email":"first@chmln.co"}"#).await.id();
            let id = api.batch(&format!("[{item}]")).await.batch_id();
            world.wait(SECOND);
            api.upsert(r#"{"uid":1,"email":"second@chmln.co"}"#).await.id();
            api.upsert(r#"{"uid":2,"email":"first@chmln.co"}"#).await.id();
            forget(&api, "uid=1").await;
            world.wait(SECOND);
            if release.is_empty() {
                forget(&api, "uid=2").await;
            } else {
                api.upsert(release).await.id();
            }
            assert_eq!(apply_and_count(&world, &api, &id).await, [0, 0, 0, 1, 0], "{item} after {release}");
            api.retrieve("email=first@chmln.co").await.message(404);
            api.retrieve("uid=3").await.message(404);
            // A request that comes later, and a batch that is accepted later, create a user.
            world.wait(3 * MINUTE);
            let later = api.batch(r#"[{"email":"first@chmln.co"}]"#).await.batch_id();
            assert_eq!(apply_and_count(&world, &api, &later).await, [1, 0, 0, 0, 0]);
            Snapshot::read(&world, account, &["first@chmln.co", "second@chmln.co", "other@chmln.co"]).await.check_invariants();
        }
    }
}

/// The batch is accepted when the address is nobody's any more.
#[tokio::test]
async fn an_item_that_names_only_an_old_address_of_a_user_forgotten_since_is_ignored() {
    let world = World::new().await;
    for moves in [
        &[r#"{"uid":1,"email":"second@chmln.co"}"#][..],
        &[r#"{"uid":1,"email":"$unset"}"#],
        // The address came with another profile, which was merged.
        &[r#"{"email":"second@chmln.co"}"#, r#"{"uid":1,"email":"second@chmln.co"}"#],
        // The slot of the uid is an alias.
        &[r#"{"uid":1,"email":"$unset"}"#, r#"{"uid":1,"email":"first@chmln.co"}"#, r#"{"uid":1,"email":"second@chmln.co"}"#],
    ] {
        for cleared in [false, true] {
            let (_, api) = world.new_account(world.client(1)).await;
            api.upsert(r#"{"email":"first@chmln.co"}"#).await.id();
            api.upsert(r#"{"uid":1,"email":"first@chmln.co"}"#).await.id();
            for body in moves {
                api.upsert(body).await.id();
            }
            if cleared {
                api.clear("uid=1").await.id();
            }
            let id = api.batch(r#"[{"email":"first@chmln.co","plan":"gold"},{"uid":2,"email":"first@chmln.co"}]"#).await.batch_id();
            world.wait(3 * MINUTE);
            forget(&api, "uid=1").await;
            assert_eq!(apply_and_count(&world, &api, &id).await, [0, 0, 0, 2, 0], "{moves:?}");
            api.retrieve("email=first@chmln.co").await.message(404);
        }
    }
}
