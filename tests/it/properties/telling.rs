//! What comes to be listed, and how.

use std::time::Duration;

use profiles_tests::World;
use serde_json::json;

use super::{listed, property, props, work};

#[tokio::test]
async fn what_an_upsert_sends_is_listed_with_types_and_values() {
    let world = World::new().await.telling();
    let api = world.api();
    api.upsert(r#"{"uid":1,"email":"kim@x.co","userRole":"admin","plan_cost":678,"browser_k":"desktop","last_seen_at":"2029-04-07"}"#)
        .await
        .id();
    assert_eq!(props(&api, "profile").await, ["plan_cost", "user_role"]);
    let role = property(&api, "profile", "user_role").await;
    let id = role["id"].as_str().unwrap();
    let now = "2029-04-07T12:18:00.000Z";
    assert_eq!(
        role,
        json!({
            "id": id, "created_at": now, "updated_at": now, "name": "User Role", "description": null, "kind": "profile",
            "prop": "user_role", "types": ["string"], "values": ["admin"], "last_seen_at": now, "truncated_at": null
        })
    );
    assert_eq!(id.len(), 24);
    for (cost, types, values) in [
        ("1.5", json!(["integer", "float"]), json!([1.5, 678])),
        ("true", json!(["integer", "float", "boolean"]), json!([true, 1.5, 678])),
        ("null", json!(["integer", "float", "boolean", "null"]), json!([true, 1.5, 678])),
        (
            r#""2029-04-07""#,
            json!(["integer", "float", "boolean", "null", "timestamp"]),
            json!(["2029-04-07T00:00:00.000Z", true, 1.5, 678]),
        ),
        (
            "[1]",
            json!(["integer", "float", "boolean", "null", "timestamp", "array"]),
            json!([[1], "2029-04-07T00:00:00.000Z", true, 1.5, 678]),
        ),
        (
            r#"{"a":1}"#,
            json!(["integer", "float", "boolean", "timestamp", "array", "hash", "null"]),
            json!([[1], "2029-04-07T00:00:00.000Z", true, 1.5, 678]),
        ),
        (
            r#""six""#,
            json!(["string", "integer", "float", "boolean", "timestamp", "array", "hash", "null"]),
            json!([[1], "2029-04-07T00:00:00.000Z", true, 1.5, 678]),
        ),
    ] {
        api.upsert(&format!(r#"{{"uid":1,"plan_cost":{cost}}}"#)).await.id();
        let found = property(&api, "profile", "plan_cost").await;
        let sorted = |value: &serde_json::Value| {
            let mut words: Vec<_> = value.as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect();
            words.sort_unstable();
            words
        };
        assert_eq!(sorted(&found["types"]), sorted(&types), "{cost}");
        assert_eq!(found["values"], values, "{cost}");
    }
    // The latest value is shown when an hour is over, also by an instance that knew the property.
    world.wait(Duration::from_secs(3_600));
    api.upsert(r#"{"uid":2,"plan_cost":7}"#).await.id();
    let found = property(&api, "profile", "plan_cost").await;
    assert_eq!((&found["values"][0], &found["last_seen_at"]), (&json!(7), &json!("2029-04-07T13:18:00.000Z")));
    assert_eq!(found["values"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn companies_events_and_batches_teach_too() {
    let world = World::new().await.telling();
    let api = world.api();
    api.upsert(r#"{"uid":1,"company":{"uid":931,"Plan name":"custom","clv":231902.42}}"#).await.id();
    assert_eq!(props(&api, "company").await, ["clv", "plan_name"]);
    assert!(listed(&api, "profile").await.is_empty());
    assert_eq!(api.track(r#"{"uid":1,"name":"Imported Leads","leadCount":12}"#).await.status, 200);
    assert_eq!(api.track(r#"{"uid":"new","name":"Imported Leads","source":"csv"}"#).await.status, 200);
    assert_eq!(props(&api, "event").await, ["lead_count", "source"]);
    assert_eq!(property(&api, "event", "source").await["values"], json!(["csv"]));
    api.batch(r#"[{"uid":1,"a":"x"},{"uid":2,"a":"y","b":true},{"uid":3,"a":1,"company":{"uid":932,"region":"eu"}},{"uid":1,"c":null}]"#)
        .await
        .batch_id();
    work(&world, &api).await;
    assert_eq!(props(&api, "profile").await, ["a", "b", "c"]);
    let a = property(&api, "profile", "a").await;
    assert_eq!((&a["types"], &a["values"]), (&json!(["string", "integer"]), &json!([1, "y", "x"])));
    assert_eq!(property(&api, "profile", "c").await["values"], json!([]));
    assert_eq!(property(&api, "company", "region").await["values"], json!(["eu"]));
    // One name in several kinds is several properties, each under its own id.
    api.upsert(r#"{"uid":1,"source":"ads","company":{"uid":931,"source":"fair"}}"#).await.id();
    for (kind, value) in [("profile", "ads"), ("company", "fair"), ("event", "csv")] {
        let source = property(&api, kind, "source").await;
        assert_eq!(source["values"], json!([value]));
        let shown = api.get(&format!("/v3/edit/properties/{}", source["id"].as_str().unwrap())).await;
        assert_eq!((shown.status, &shown.body["property"]), (200, &source));
    }
    // Those of another account are not found.
    let (_, other) = world.new_account(world.client(1)).await;
    assert!(listed(&other, "profile").await.is_empty());
    let id = property(&api, "profile", "a").await["id"].as_str().unwrap().to_owned();
    assert_eq!(other.get(&format!("/v3/edit/properties/{id}")).await.status, 404);
}

#[tokio::test]
async fn upserts_and_batches_of_companies_teach_the_properties_of_companies() {
    let world = World::new().await.telling();
    let api = world.api();
    api.upsert_company(r#"{"uid":931,"Plan name":"custom","clv":231902.42}"#).await.company_id();
    assert_eq!(props(&api, "company").await, ["clv", "plan_name"]);
    assert_eq!(property(&api, "company", "clv").await["values"], json!([231_902.42]));
    api.company_batch(r#"[{"uid":931,"seats":12},{"uid":632,"region":"eu","seats":"many"},{"name":"nobody"}]"#).await.batch_id();
    work(&world, &api).await;
    assert_eq!(props(&api, "company").await, ["clv", "plan_name", "region", "seats"]);
    assert_eq!(property(&api, "company", "region").await["values"], json!(["eu"]));
    assert_eq!(property(&api, "company", "seats").await["types"], json!(["string", "integer"]));
    assert!(listed(&api, "profile").await.is_empty());
    // What is refused teaches nothing.
    assert_eq!(api.upsert_company(r#"{"lost":1}"#).await.status, 422);
    assert_eq!(props(&api, "company").await.len(), 4);
}

#[tokio::test]
async fn long_values_are_shown_cut_and_it_is_told_when_one_was_cut_before_it_was_stored() {
    let world = World::new().await.telling();
    let api = world.api();
    let long = |letter: &str, times: usize| letter.repeat(times);
    api.upsert(&format!(r#"{{"uid":1,"fits":"{}","shown":"{}"}}"#, long("é", 255), long("é", 256))).await.id();
    for (prop, shown) in [("fits", 255), ("shown", 255)] {
        let found = property(&api, "profile", prop).await;
        assert_eq!((found["values"][0].as_str().unwrap().chars().count(), &found["truncated_at"]), (shown, &json!(null)), "{prop}");
    }
    world.wait(Duration::from_secs(1));
    let cut = long("a", 769);
    api.upsert(&format!(r#"{{"uid":1,"fits":"{cut}","in_hash":{{"a":"{cut}"}},"company":{{"uid":1,"fits":["{cut}"]}}}}"#)).await.id();
    api.track(&format!(r#"{{"uid":1,"name":"a","fits":"{cut}"}}"#)).await;
    api.batch(&format!(r#"[{{"uid":2,"in_batch":"{cut}"}}]"#)).await.batch_id();
    work(&world, &api).await;
    for (kind, prop) in [("profile", "fits"), ("profile", "in_hash"), ("company", "fits"), ("event", "fits"), ("profile", "in_batch")] {
        let found = property(&api, kind, prop).await;
        assert_eq!(found["truncated_at"], "2029-04-07T12:18:01.000Z", "{kind} {prop}");
        let is_short = |value: &serde_json::Value| value.as_str().unwrap().chars().count() <= 255;
        assert!(found["values"].as_array().unwrap().iter().all(is_short), "{found}");
    }
    assert_eq!(property(&api, "profile", "shown").await["truncated_at"], json!(null));
}
