//! Companies where another of the same uid was deleted.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::Slot;
use profiles_tests::{Api, World};
use serde_json::json;

use crate::batch::{apply_all, counts};

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// Puts a tombstone in the place of the company `931`, which was deleted at this time. `last` is the time in its id.
async fn delete(world: &World, forgotten_at: &str, last: u32) {
    let slot = Slot::of_uid(world.account, "931");
    let tombstone = HashMap::from([
        ("PK".to_owned(), text(&format!("{}#{}", world.account, slot.shard()))),
        ("SK".to_owned(), text(&slot.to_string())),
        ("FORGOTTEN_AT".to_owned(), text(forgotten_at)),
        ("DELETION".to_owned(), text("5f3c4232c712de665632a6e8")),
        ("LAST".to_owned(), AttributeValue::N(last.to_string())),
        ("REV".to_owned(), AttributeValue::N("7".to_owned())),
        ("EXPIRES_AT".to_owned(), AttributeValue::N("2000000000".to_owned())),
    ]);
    world.bare.put_item().table_name(&world.tables.companies).set_item(Some(tombstone)).send().await.unwrap();
}

async fn stored(world: &World) -> HashMap<String, AttributeValue> {
    world.items(&world.tables.companies).await.remove(0)
}

async fn completed(api: &Api, id: &str) -> [u64; 5] {
    let reply = api.company_batch_status(id).await;
    assert_eq!(reply.body["batch"]["state"], "completed", "{}", reply.text);
    counts(&reply.body)
}

/// The time at which every world begins.
const NOW: &str = "2029-04-07T12:18:00.000Z";

#[tokio::test]
async fn a_deleted_company_is_not_found_and_its_uid_founds_a_new_one_with_a_later_id() {
    let many: String = (0..300).map(|n| format!(r#","p{n}":1"#)).collect();
    for rest in [String::new(), many] {
        let world = World::new().await;
        let api = world.api();
        let old = api.upsert_company(r#"{"uid":931,"name":"Acme"}"#).await.company_id();
        let last = u32::from_str_radix(old.split_at(8).0, 16).unwrap();
        delete(&world, NOW, last).await;
        for query in ["uid=931".to_owned(), format!("id={old}")] {
            api.company(&query).await.message(404);
        }
        api.upsert_company(&format!(r#"{{"id":"{old}","name":"Acme"{rest}}}"#)).await.message(404);
        let new = api.upsert_company(&format!(r#"{{"uid":931,"seats":1{rest}}}"#)).await.company_id();
        assert_eq!(new, format!("{:08x}{}", last + 1, old.split_at(8).1));
        let company = api.company("uid=931").await;
        assert_eq!((&company.company()["seats"], company.company().get("name")), (&json!(1), None));
        assert!(company.company()["updated_at"].as_str() >= Some(NOW), "{}", company.text);
        let stored = stored(&world).await;
        assert_eq!((&stored["FORGOTTEN_AT"], &stored["LAST"]), (&text(NOW), &AttributeValue::N(last.to_string())));
        assert_eq!(stored["REV"], AttributeValue::N("8".to_owned()));
        assert!(!stored.contains_key("DELETION") && !stored.contains_key("EXPIRES_AT"));
        api.company(&format!("id={old}")).await.message(404);
        assert_eq!(api.upsert_company(r#"{"uid":931,"seats":2}"#).await.company_id(), new);
    }
}

#[tokio::test]
async fn an_item_that_was_accepted_before_the_deletion_is_ignored_and_one_after_it_is_not() {
    // A batch does not bring back what was deleted within two minutes before it either, because clocks differ.
    for (forgotten_at, expected) in [
        ("2029-04-07T12:19:00.000Z", [0, 0, 0, 2, 0]),
        ("2029-04-07T12:16:00.000Z", [0, 0, 0, 2, 0]),
        ("2029-04-07T12:15:59.999Z", [1, 1, 0, 0, 0]),
    ] {
        for comes_back in [false, true] {
            let world = World::new().await;
            let api = world.api();
            api.upsert_company(r#"{"uid":931,"name":"Acme"}"#).await.company_id();
            let id = api.company_batch(r#"[{"uid":931,"seats":1},{"uid":"931","seats":2}]"#).await.batch_id();
            delete(&world, forgotten_at, 1).await;
            if comes_back {
                api.upsert_company(r#"{"uid":931,"seats":0}"#).await.company_id();
            }
            apply_all(&world, &api).await;
            let expected = if comes_back && expected[0] == 1 { [0, 2, 0, 0, 0] } else { expected };
            assert_eq!(completed(&api, &id).await, expected, "deleted {forgotten_at}, comes back: {comes_back}");
            let found = api.company("uid=931").await;
            let seats = if expected[3] == 0 { 2 } else { 0 };
            if comes_back || expected[3] == 0 {
                assert_eq!(found.company()["seats"], seats);
            } else {
                found.message(404);
            }
        }
    }
}
