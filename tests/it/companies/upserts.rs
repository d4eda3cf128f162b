//! Creating, updating and retrieving companies.

use std::time::Duration;

use profiles_tests::{Api, World};
use serde_json::{Value, json};

/// Returns the properties of a company: what is not its own.
fn properties(company: &Value) -> Value {
    let mut properties = company.as_object().unwrap().clone();
    properties.retain(|name, _| !["id", "uid", "created_at", "updated_at"].contains(&name.as_str()));
    Value::Object(properties)
}

#[tokio::test]
async fn a_company_is_created_by_its_uid_and_updated_by_its_uid_or_its_id() {
    let world = World::new().await;
    let api = world.api();
    let reply = api.upsert_company(r#"{"uid":931,"name":"Acme","Plan Name":"gold","seats":"12","tags":["a"]}"#).await;
    let id = reply.company_id();
    assert_eq!(reply.body, json!({"company": {"id": id}}));
    let created = api.company("uid=931").await;
    let expected = json!({
        "id": id, "uid": "931", "created_at": "2029-04-07T12:18:00.000Z", "updated_at": "2029-04-07T12:18:00.000Z",
        "name": "Acme", "plan_name": "gold", "seats": 12, "tags": ["a"],
    });
    assert_eq!(created.body, json!({"company": expected}));
    world.wait(Duration::from_secs(5));
    for (body, query) in [
        (r#"{"uid":"931","seats":13}"#.to_owned(), format!("id={id}")),
        (r#"{"UID":931.0,"planName":null}"#.to_owned(), "uid=931".to_owned()),
        (format!(r#"{{"id":"{id}","tags":[]}}"#), format!("id={id}&uid=931")),
        (format!(r#"{{"id":"{id}","uid":931,"more":{{"a":1}}}}"#), "UID=931".to_owned()),
    ] {
        assert_eq!(api.upsert_company(&body).await.body, json!({"company": {"id": id}}), "{body}");
        let found = api.company(&query).await;
        assert_eq!(found.company()["updated_at"], "2029-04-07T12:18:05.000Z");
        assert_eq!(api.get(&format!("/v3/analyze/companies/{id}")).await.body, found.body);
    }
    let found = api.company("uid=931").await;
    assert_eq!(properties(found.company()), json!({"name": "Acme", "plan_name": null, "seats": 13, "tags": [], "more": {"a": 1}}));
    let min = api.company("uid=931&expand[company]=min").await;
    assert_eq!(min.body, json!({"company": {"id": id, "created_at": "2029-04-07T12:18:00.000Z", "uid": "931", "name": "Acme"}}));
    assert_eq!(world.items(&world.tables.companies).await.len(), 1);
}

#[tokio::test]
async fn a_company_of_its_own_and_that_of_its_members_is_one() {
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert_company(r#"{"uid":931,"name":"Acme"}"#).await.company_id();
    for body in [r#"{"uid":1,"company_uid":931}"#.to_owned(), format!(r#"{{"uid":1,"company_id":"{id}"}}"#)] {
        api.upsert(&body).await.id();
        let company = api.retrieve("uid=1&expand[company]=all").await.profile()["company"].clone();
        assert_eq!(&company, api.company("uid=931").await.company());
    }
    api.upsert(r#"{"uid":1,"company":{"uid":"founded","name":"Globex"}}"#).await.id();
    let founded = api.company("uid=founded").await.company_id();
    assert_eq!(api.upsert_company(r#"{"uid":"founded","seats":3}"#).await.company_id(), founded);
    assert_eq!(properties(api.company(&format!("id={founded}")).await.company()), json!({"name": "Globex", "seats": 3}));
}

#[tokio::test]
async fn what_is_not_stored_as_sent_is_named_in_a_warning() {
    let world = World::new().await;
    let api = world.api();
    let reply = api.upsert_company(r#"{"uid":931,"ID":"x","created_at":1,"Updated At":2,"!":3,"aB":4,"a_b":5,"account_secret":"s"}"#).await;
    let mut warned: Vec<_> = reply.body["warnings"].as_array().unwrap().iter().map(|warning| warning["prop"].clone()).collect();
    warned.sort_by_key(ToString::to_string);
    assert_eq!(json!(warned), json!(["!", "ID", "a_b", "created_at", "updated_at"]));
    assert_eq!(properties(api.company("uid=931").await.company()), json!({"a_b": 5}));
    // A uid that names no company does no harm beside an id.
    let id = reply.company_id();
    let reply = api.upsert_company(&format!(r#"{{"id":"{id}","uid":"undefined","a_b":6}}"#)).await;
    assert_eq!(reply.body["warnings"], json!([{"prop": "uid", "message": "ignored: it stands for a missing value"}]));
    assert_eq!(properties(api.company("uid=931").await.company()), json!({"a_b": 6}));
}

#[tokio::test]
async fn more_properties_than_one_expression_holds_are_stored_and_others_stay() {
    let world = World::new().await;
    let api = world.api();
    let many = |value: u32| -> String { (0..600).map(|n| format!(r#","p{n}":{value}"#)).collect() };
    let id = api.upsert_company(&format!(r#"{{"uid":931{}}}"#, many(1))).await.company_id();
    api.upsert_company(r#"{"uid":931,"name":"Acme"}"#).await.company_id();
    for name in [r#""uid":931"#.to_owned(), format!(r#""id":"{id}""#)] {
        assert_eq!(api.upsert_company(&format!("{{{name}{}}}", many(2))).await.company_id(), id);
        let found = api.company("uid=931").await;
        assert_eq!((properties(found.company()).as_object().unwrap().len(), &found.company()["p599"]), (601, &json!(2)));
        assert_eq!(found.company()["name"], "Acme");
    }
    let unknown = format!("{}{}", "00000001", id.split_at(8).1);
    let refused = api.upsert_company(&format!(r#"{{"id":"{unknown}"{}}}"#, many(3))).await;
    assert_eq!(refused.message(404), format!("Company not found: no company has the id `{unknown}`"));
}

#[tokio::test]
async fn a_company_that_would_be_too_large_is_refused_and_stays_as_it_is() {
    let world = World::new().await;
    let api = world.api();
    let large =
        |name: &str| -> String { (0..200).map(|n| format!(r#","{name}{n}":["{}","{}"]"#, "x".repeat(760), "y".repeat(760))).collect() };
    api.upsert_company(&format!(r#"{{"uid":931{}}}"#, large("a"))).await.company_id();
    let before = world.everything().await;
    let message = "Unprocessable: the company would be larger than 400 KB, the most that can be stored; send fewer or smaller properties";
    assert_eq!(api.upsert_company(&format!(r#"{{"uid":931{}}}"#, large("b"))).await.message(422), message);
    let many: String = (0..300).map(|n| format!(r#","n{n}":1"#)).collect();
    assert_eq!(api.upsert_company(&format!(r#"{{"uid":931{}{many}}}"#, large("b"))).await.message(422), message);
    assert_eq!(world.everything().await, before);
}

#[tokio::test]
async fn two_uids_of_the_same_hash_are_not_one_company() {
    let world = World::new().await;
    let api = world.api();
    api.upsert_company(r#"{"uid":931,"name":"Acme"}"#).await.company_id();
    // No two uids of the same hash are known, so the stored one is changed.
    let mut item = world.items(&world.tables.companies).await.remove(0);
    item.insert("uid".to_owned(), aws_sdk_dynamodb::types::AttributeValue::S("other".to_owned()));
    world.bare.put_item().table_name(&world.tables.companies).set_item(Some(item)).send().await.unwrap();
    let before = world.everything().await;
    let many: String = (0..300).map(|n| format!(r#","n{n}":1"#)).collect();
    for body in [r#"{"uid":931,"name":"Globex"}"#.to_owned(), format!(r#"{{"uid":931{many}}}"#)] {
        let message = "Conflict: the company_uid `931` cannot be stored, since another one of this account has the same hash";
        assert_eq!(api.upsert_company(&body).await.message(409), message);
    }
    assert_eq!(api.company("uid=931").await.message(404), "Company not found: no company has the uid `931`");
    assert_eq!(world.everything().await, before);
}

#[tokio::test]
async fn a_company_is_its_accounts_own() {
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert_company(r#"{"uid":931,"name":"Acme"}"#).await.company_id();
    let (_, other): (_, Api) = world.new_account(world.client(1)).await;
    other.company("uid=931").await.message(404);
    other.company(&format!("id={id}")).await.message(404);
    other.upsert_company(&format!(r#"{{"id":"{id}","name":"Globex"}}"#)).await.message(404);
    assert_ne!(other.upsert_company(r#"{"uid":931}"#).await.company_id(), id);
    assert_eq!(properties(api.company("uid=931").await.company()), json!({"name": "Acme"}));
}
