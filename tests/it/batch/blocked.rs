//! Blocked items: they cannot be applied yet, or never, and all others of their chunk are applied.

use std::time::Duration;

use profiles_tests::logs::Lines;
use profiles_tests::{Api, World, stream};
use serde_json::json;

use super::{apply_all, apply_until_done, completed, counts};

/// More than one portion, so that some of them come after the others.
const OTHERS: u64 = 1_100;
/// The attempts at one item. More would only take longer.
const ATTEMPTS: u32 = 6;

#[tokio::test]
async fn an_item_with_an_address_that_was_forgotten_since_is_ignored_and_its_chunk_completed() {
    let world = World::new().await;
    let api = world.api_for_attempts(ATTEMPTS);
    let given = api.upsert(r#"{"email":"kim@chmln.co"}"#).await.id();
    api.upsert(r#"{"uid":"leon","email":"leon@chmln.co"}"#).await.id();
    let others: Vec<String> = (0..OTHERS).map(|n| format!(r#"{{"uid":{n}}}"#)).collect();
    let id = api.batch(&format!(r#"[{{"id":"{given}","uid":"kim","email":"leon@chmln.co"}},{}]"#, others.join(","))).await.batch_id();
    world.wait(Duration::from_secs(1));
    assert_eq!(api.forget("uid=leon").await.status, 200);
    apply_all(&world, &api).await;
    assert_eq!(counts(&completed(&api, &id).await), [OTHERS, 0, 0, 1, 0]);
    for query in ["uid=kim", "email=leon@chmln.co"] {
        api.retrieve(query).await.message(404);
    }
}

/// Deletes a profile without its claim and aliases.
async fn lose(world: &World, email: &str) {
    let profiles = world.items(&world.tables.profiles).await;
    let profile = profiles.iter().find(|item| item.get("email").is_some_and(|known| known.as_s().unwrap() == email)).unwrap();
    let delete = world.bare.delete_item().table_name(&world.tables.profiles);
    delete.key("PK", profile["PK"].clone()).key("SK", profile["SK"].clone()).send().await.unwrap();
}

/// Deletes all aliases, as an operator does who finds that they lead nowhere.
async fn delete_aliases(world: &World) {
    for item in world.items(&world.tables.profiles).await.iter().filter(|item| item.contains_key("ALIAS_OF")) {
        let delete = world.bare.delete_item().table_name(&world.tables.profiles);
        delete.key("PK", item["PK"].clone()).key("SK", item["SK"].clone()).send().await.unwrap();
    }
}

/// Checks that a batch is in progress, without failed items.
async fn is_processing(api: &Api, id: &str) {
    let status = api.batch_status(id).await.body;
    assert_eq!((&status["batch"]["state"], &status["batch"]["failed_count"]), (&json!("processing"), &json!(0)), "{status}");
}

#[tokio::test]
async fn an_item_whose_alias_leads_nowhere_waits_while_all_others_are_applied() {
    let world = World::new().await;
    let api = world.api_for_attempts(ATTEMPTS);
    for (uid, email) in [("kim", "a@chmln.co"), ("leon", "b@chmln.co"), ("mia", "c@chmln.co")] {
        api.upsert(&format!(r#"{{"email":"{email}"}}"#)).await.id();
        api.upsert(&format!(r#"{{"uid":"{uid}","email":"{email}"}}"#)).await.id();
        lose(&world, email).await;
    }
    // The last one is applied after the first thousand.
    let mut items: Vec<String> = (0..OTHERS).map(|n| format!(r#"{{"uid":{n},"v":"batch"}}"#)).collect();
    items.insert(0, r#"{"uid":"kim","v":"batch"}"#.to_owned());
    items.insert(500, r#"{"uid":"leon","email":"b@chmln.co","v":"batch"}"#.to_owned());
    items.insert(1_050, r#"{"uid":"mia","email":"new@chmln.co","v":"batch"}"#.to_owned());
    let id = api.batch(&format!("[{}]", items.join(","))).await.batch_id();
    let lines = Lines::containing(&id);
    let event = stream::events(&world).await.remove(0);
    let is_applied = async |uid: u64| api.retrieve(&format!("uid={uid}")).await.body["profile"]["v"] == "batch";

    api.work(&event, None).await;
    for n in [0, 1, 499, 998, 1_048, OTHERS - 1] {
        assert!(is_applied(n).await, "{n} waits with them");
    }
    is_processing(&api, &id).await;
    // An operator finds the items in the logs.
    let said = lines.with_message("items are blocked and wait while the others go on");
    let mut indexes: Vec<u64> = Vec::new();
    for line in &said {
        assert_eq!((&line["span"]["batch_id"], &line["span"]["chunk"]), (&json!(id), &json!(0)), "{line}");
        let numbers = line["items"].as_str().expect("indexes").split(|character: char| !character.is_ascii_digit());
        indexes.extend(numbers.filter(|number| !number.is_empty()).map(|number| number.parse::<u64>().unwrap()));
    }
    indexes.sort_unstable();
    indexes.dedup();
    assert_eq!(indexes, [0, 500, 1_050], "{said:?}");

    // Applied items are not applied again, however often the blocked ones are tried.
    api.upsert(r#"{"uid":7,"v":"later"}"#).await.id();
    for _ in 0..2 {
        api.work(&event, None).await;
        is_processing(&api, &id).await;
    }
    delete_aliases(&world).await;
    apply_until_done(&world, &api).await;
    assert_eq!(counts(&completed(&api, &id).await), [OTHERS + 3, 0, 0, 0, 0]);
    assert_eq!(api.retrieve("uid=7").await.profile()["v"], "later");
    for (uid, email) in [("kim", json!(null)), ("leon", json!("b@chmln.co")), ("mia", json!("new@chmln.co"))] {
        let found = api.retrieve(&format!("uid={uid}")).await;
        assert_eq!((&found.profile()["email"], &found.profile()["v"]), (&email, &json!("batch")), "{uid}");
    }
}
