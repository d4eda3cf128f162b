//! The cost of the registry, and many instances at once.

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_tests::{Api, World};
use serde_json::json;

use super::{PROPERTIES, counted, listed, property, props};

async fn upsert(api: Api, body: String) -> Api {
    api.upsert(&body).await.id();
    api
}

/// Sends an upsert to each instance, all at once. Returns the instances.
async fn upsert_at_once(apis: Vec<Api>, body: impl Fn(usize) -> String) -> Vec<Api> {
    let tasks: Vec<_> = apis.into_iter().enumerate().map(|(number, api)| tokio::spawn(upsert(api, body(number)))).collect();
    let mut apis = Vec::new();
    for task in tasks {
        apis.push(task.await.unwrap());
    }
    apis
}

#[tokio::test]
async fn a_known_upsert_costs_one_request() {
    // `UPKEEP=10000` is the whole of it.
    let upserts: usize = std::env::var("UPKEEP").ok().and_then(|number| number.parse().ok()).unwrap_or(300);
    let world = World::new().await.telling();
    let api = world.api();
    api.get("/").await;
    let body = |number: usize| format!(r#"{{"uid":{},"plan":"gold","visits":{number},"admin":{}}}"#, number % 7, number.is_multiple_of(2));
    world.wire.take();
    api.upsert(&body(0)).await.id();
    assert_eq!(world.wire.take(), ["UpdateItem", "BatchGetItem", "TransactWriteItems"]);
    for number in 1..upserts {
        api.upsert(&body(number)).await.id();
    }
    let calls = world.wire.take().len();
    // Of each property, five values are told at most, in two requests each time.
    assert!(calls - (upserts - 1) <= 8, "{calls}");
    api.upsert(&body(upserts)).await.id();
    assert_eq!(world.wire.take(), ["UpdateItem"]);
    // What others told is read once.
    let other = world.api();
    other.get("/").await;
    world.wire.take();
    other.upsert(&body(1)).await.id();
    assert_eq!(world.wire.take(), ["UpdateItem", "BatchGetItem"]);
    other.upsert(&body(2)).await.id();
    assert_eq!(world.wire.take(), ["UpdateItem"]);
    assert_eq!(counted(&world).await, Some(3));
}

#[tokio::test]
async fn first_sightings_of_64_instances_at_once_lose_nothing() {
    const INSTANCES: usize = 64;
    let world = World::new().await.telling();
    let apis: Vec<_> = (0..INSTANCES).map(|_| world.api()).collect();
    let kinds = ["1", "1.5", "true", r#""text""#, r#""2029-04-07""#, "[1]", r#"{"a":1}"#, "null"];
    upsert_at_once(apis, |number| {
        let value = kinds[number % kinds.len()];
        format!(r#"{{"uid":{number},"shared":{value},"own_{number}":{number},"switch":{}}}"#, number % 2 == 0)
    })
    .await;
    let api = world.api();
    let mut expected: Vec<_> =
        (0..INSTANCES).map(|number| format!("own_{number}")).chain(["shared", "switch"].map(str::to_owned)).collect();
    expected.sort_unstable();
    assert_eq!(props(&api, "profile").await, expected);
    let shared = property(&api, "profile", "shared").await;
    assert_eq!(shared["types"], json!(["string", "integer", "float", "boolean", "timestamp", "array", "hash", "null"]));
    assert_eq!(shared["values"].as_array().unwrap().len(), 5);
    let switch = property(&api, "profile", "switch").await;
    assert!([json!([true, false]), json!([false, true])].contains(&switch["values"]), "{switch}");
    for number in [0, 31, 63] {
        assert_eq!(property(&api, "profile", &format!("own_{number}")).await["values"], json!([number]));
    }
    assert_eq!(counted(&world).await, Some(66));
}

#[tokio::test]
async fn no_more_than_ten_thousand_are_listed_and_the_others_are_stored_all_the_same() {
    let world = World::new().await.telling();
    let put = world.bare.put_item().table_name(&world.tables.properties);
    let put = put.item("PK", AttributeValue::S(world.account.to_string())).item("SK", AttributeValue::S("number".to_owned()));
    put.item("LISTED", AttributeValue::N("9990".to_owned())).send().await.unwrap();
    let apis: Vec<_> = (0..16).map(|_| world.api()).collect();
    let apis = upsert_at_once(apis, |number| format!(r#"{{"uid":{number},"own_{number}":{number}}}"#)).await;
    let api = &apis[0];
    assert_eq!((listed(api, "profile").await.len(), counted(&world).await), (10, Some(10_000)));
    for number in 0..16 {
        assert_eq!(api.retrieve(&format!("uid={number}")).await.profile()[format!("own_{number}")], number);
    }
    let full = "Unprocessable: an account has at most 10000 properties in this list; properties are stored on profiles nevertheless";
    assert_eq!(api.post(PROPERTIES, r#"{"kind":"event","name":"One more"}"#).await.message(422), full);
    // What is not listed costs a known upsert nothing either.
    for attempt in 0..2 {
        world.wire.take();
        api.upsert(r#"{"uid":1,"not_listed":1}"#).await.id();
        assert_eq!(world.wire.take().len(), if attempt == 0 { 3 } else { 1 });
    }
}

#[tokio::test]
async fn an_upsert_of_many_properties_tells_all_of_them() {
    let world = World::new().await.telling();
    let api = world.api();
    let properties: Vec<_> = (0..250).map(|number| format!(r#""p{number:03}":{number}"#)).collect();
    api.upsert(&format!(r#"{{"uid":1,{}}}"#, properties.join(","))).await.id();
    assert_eq!((listed(&api, "profile").await.len(), counted(&world).await), (250, Some(250)));
}
