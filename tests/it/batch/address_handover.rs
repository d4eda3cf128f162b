//! Handover of addresses: an item whose address another profile has is tried once more when the rest of its chunk is done.

use profiles_tests::{Api, World, size};
use serde_json::Value;

use super::reapplied::{CrashingBatch, Outcome, expected};
use super::{apply_all, apply_batch, completed, counts};

async fn email_of(api: &Api, uid: &str) -> String {
    api.retrieve(&format!("uid={uid}")).await.profile().get("email").and_then(Value::as_str).unwrap_or("none").to_owned()
}

/// Upserts these users, applies the items, and checks the counts and then the addresses.
async fn check(world: &World, before: &[(&str, &str)], items: &str, expected: [u64; 5], emails: &[(&str, &str)]) {
    let (_, api) = world.new_account(world.client(1)).await;
    for (uid, email) in before {
        api.upsert(&format!(r#"{{"uid":"{uid}","email":"{email}"}}"#)).await.id();
    }
    let status = apply_batch(world, &api, items).await;
    assert_eq!(counts(&status), expected, "{items}: {status}");
    for (uid, email) in emails {
        assert_eq!(email_of(&api, uid).await, *email, "{uid} in {items}");
    }
}

#[tokio::test]
async fn an_address_that_one_user_gives_up_in_a_batch_arrives_at_another_in_whatever_order() {
    let world = World::new().await;
    let before = [("a", "old@x.co"), ("b", "b@x.co")];
    for items in [
        r#"[{"uid":"a","email":"new@x.co"},{"uid":"b","email":"old@x.co"}]"#,
        r#"[{"uid":"b","email":"old@x.co"},{"uid":"a","email":"new@x.co"}]"#,
    ] {
        check(&world, &before, items, [0, 2, 0, 0, 0], &[("a", "new@x.co"), ("b", "old@x.co")]).await;
    }
    for items in [
        r#"[{"uid":"b","email":"old@x.co"},{"uid":"a","email":"$unset"}]"#,
        r#"[{"uid":"a","email":"$unset"},{"uid":"b","email":"old@x.co"}]"#,
    ] {
        check(&world, &before, items, [0, 2, 0, 0, 0], &[("a", "none"), ("b", "old@x.co")]).await;
    }
    // A new user, and one who had no address.
    let items = r#"[{"uid":"c","email":"old@x.co","n":1},{"uid":"c","n":2},{"uid":"a","email":"new@x.co"}]"#;
    check(&world, &before, items, [1, 2, 0, 0, 0], &[("a", "new@x.co"), ("c", "old@x.co")]).await;
}

#[tokio::test]
async fn addresses_that_move_along_a_chain_of_users_arrive_in_whatever_order() {
    let world = World::new().await;
    let before = [("a", "1@x.co"), ("b", "2@x.co"), ("c", "3@x.co"), ("d", "4@x.co")];
    let mut items = [
        r#"{"uid":"a","email":"2@x.co"}"#,
        r#"{"uid":"b","email":"3@x.co"}"#,
        r#"{"uid":"c","email":"4@x.co"}"#,
        r#"{"uid":"d","email":"5@x.co"}"#,
    ];
    let after = [("a", "2@x.co"), ("b", "3@x.co"), ("c", "4@x.co"), ("d", "5@x.co")];
    for _ in 0..2 {
        check(&world, &before, &format!("[{}]", items.join(",")), [0, 4, 0, 0, 0], &after).await;
        items.reverse();
    }
    // By way of an address that nobody had, two users exchange theirs.
    let items = r#"[{"uid":"a","email":"tmp@x.co"},{"uid":"b","email":"1@x.co"},{"uid":"a","email":"2@x.co"}]"#;
    check(&world, &before, items, [0, 3, 0, 0, 0], &[("a", "2@x.co"), ("b", "1@x.co")]).await;
}

#[tokio::test]
async fn two_users_who_want_each_others_address_keep_their_own() {
    let world = World::new().await;
    let before = [("a", "1@x.co"), ("b", "2@x.co")];
    let items = r#"[{"uid":"a","email":"2@x.co","n":1},{"uid":"b","email":"1@x.co","n":1}]"#;
    check(&world, &before, items, [0, 0, 0, 0, 2], &before).await;
    // The first gives up, and then its next item gives its address away.
    let items = r#"[{"uid":"a","email":"2@x.co"},{"uid":"b","email":"1@x.co"},{"uid":"a","email":"3@x.co"}]"#;
    check(&world, &before, items, [0, 2, 0, 0, 1], &[("a", "3@x.co"), ("b", "1@x.co")]).await;
    let items = r#"[{"uid":"b","email":"1@x.co"},{"uid":"a","email":"2@x.co"},{"uid":"b","n":1},{"uid":"a","email":"$unset"}]"#;
    check(&world, &before, items, [0, 3, 0, 0, 1], &[("a", "none"), ("b", "1@x.co")]).await;
}

#[tokio::test]
async fn an_address_whose_holder_keeps_it_is_a_conflict_and_the_items_after_it_are_applied() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":"a","email":"old@x.co"}"#).await.id();
    let items =
        r#"[{"uid":"b","email":"old@x.co"},{"uid":"b","n":1},{"uid":"a","plan":"gold"},{"id":"ID","email":"old@x.co"},{"uid":"c"}]"#;
    let other = api.upsert(r#"{"email":"other@x.co"}"#).await.id();
    let status = apply_batch(&world, &api, &items.replace("ID", &other)).await;
    assert_eq!(counts(&status), [2, 1, 0, 0, 2]);
    let errors: Vec<_> = status["errors"].as_array().unwrap().iter().map(|error| (&error["code"], &error["index"])).collect();
    assert_eq!(errors, [(&409.into(), &0.into()), (&409.into(), &3.into())]);
    assert_eq!(api.retrieve("uid=b").await.profile()["n"], 1);
}

#[tokio::test]
async fn items_of_one_user_keep_their_order_though_one_of_them_waits() {
    let world = World::new().await;
    let dying = CrashingBatch {
        before: &[r#"{"uid":"b","v":0}"#, r#"{"uid":"a","email":"old@chmln.co"}"#],
        profiles: r#"[
            {"uid":"b","v":1},{"uid":"b","email":"old@chmln.co","v":2},{"uid":"b","v":3},
            {"uid":"a","email":"new@chmln.co"},{"uid":"b","v":4,"p":1}]"#,
        between: &[],
    };
    let check = async |n, outcome: &Outcome| {
        let both = expected(&[("a", "new@chmln.co", false), ("b", "old@chmln.co", true)]);
        assert_eq!(outcome.users, both, "crash at call {n}");
        assert_eq!(outcome.api.retrieve("uid=b").await.profile()["v"], 4, "crash at call {n}");
        assert_eq!(counts(&outcome.status), [0, 5, 0, 0, 0], "crash at call {n}");
    };
    dying.check(&world, check).await;
}

#[tokio::test]
async fn an_address_arrives_whenever_the_function_dies() {
    let world = World::new().await;
    let dying = CrashingBatch {
        before: &[r#"{"uid":"a","email":"old@chmln.co"}"#, r#"{"uid":"b","email":"taken@chmln.co"}"#],
        // By chance, or by the attempt before, the first may be applied before the second.
        profiles: r#"[{"uid":"b","email":"old@chmln.co","p":1},{"uid":"a","email":"new@chmln.co"},{"uid":"c","email":"taken@chmln.co"}]"#,
        between: &[],
    };
    let check = async |n, outcome: &Outcome| {
        let all = expected(&[("a", "new@chmln.co", false), ("b", "old@chmln.co", true), ("c", "taken@chmln.co", false)]);
        assert_eq!(outcome.users, all, "crash at call {n}");
        assert_eq!(counts(&outcome.status), [1, 2, 0, 0, 0], "crash at call {n}");
    };
    dying.check(&world, check).await;
}

#[tokio::test]
async fn an_address_that_another_request_takes_first_is_a_conflict_whenever_the_function_dies() {
    let world = World::new().await;
    let dying = CrashingBatch {
        before: &[r#"{"uid":"a","email":"old@chmln.co"}"#, r#"{"uid":"b"}"#],
        profiles: r#"[{"uid":"b","email":"old@chmln.co","p":1},{"uid":"a","email":"new@chmln.co"}]"#,
        between: &[r#"{"uid":"c","email":"old@chmln.co"}"#],
    };
    let check = async |n, outcome: &Outcome| {
        let c_has_it = outcome.users.get("c").is_some_and(|(email, _)| email.is_some());
        assert_eq!(outcome.users["b"].0.is_some(), !c_has_it, "crash at call {n}");
        assert_eq!(outcome.users["a"].0.as_deref(), Some("new@chmln.co"), "crash at call {n}");
        assert_eq!(counts(&outcome.status), if c_has_it { [0, 1, 0, 0, 1] } else { [0, 2, 0, 0, 0] }, "crash at call {n}");
    };
    dying.check(&world, check).await;
}

/// More than a portion of each: some are handed over, some are refused, and the others just follow.
#[tokio::test]
async fn addresses_arrive_among_thousands_of_items() {
    let pairs = size(200, 700);
    let world = World::new().await;
    let api = world.api();
    let prepared: Vec<String> = (0..pairs).map(|n| format!(r#"{{"uid":"a{n}","email":"{n}@x.co"}}"#)).collect();
    apply_batch(&world, &api, &format!("[{}]", prepared.join(","))).await;
    let wanting = (0..pairs).map(|n| format!(r#"{{"uid":"b{n}","email":"{n}@x.co"}},{{"uid":"b{n}","n":{n}}}"#));
    let giving = (0..pairs).filter(|n| n % 2 == 0).map(|n| format!(r#"{{"uid":"a{n}","email":"new{n}@x.co"}}"#));
    let items: Vec<String> = wanting.chain(giving).collect();
    let id = api.batch(&format!("[{}]", items.join(","))).await.batch_id();
    apply_all(&world, &api).await;
    let [handed, kept] = [pairs.div_ceil(2) as u64, (pairs / 2) as u64];
    assert_eq!(counts(&completed(&api, &id).await), [handed + kept, 2 * handed, 0, 0, kept]);
    for n in [0, 1, 2, pairs / 2 - 1, pairs - 2, pairs - 1] {
        let expected = if n % 2 == 0 { format!("{n}@x.co") } else { "none".to_owned() };
        assert_eq!(email_of(&api, &format!("b{n}")).await, expected);
    }
}
