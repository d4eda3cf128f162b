//! Deliveries: lists of those that are pending, in pages.

use std::time::Duration;

use profiles_tests::World;
use serde_json::{Value, json};

use super::super::must_be;
use super::{at, delivery, listed, order};

#[tokio::test]
async fn they_are_listed_by_user_by_model_or_all_the_latest_first() {
    let world = World::new().await;
    let api = world.api();
    let mut ids = Vec::new();
    for (uid, kind, model) in [(1, "tour", "a"), (2, "survey", "b"), (1, "survey", "a"), (3, "tour", "a"), (2, "tour", "a")] {
        api.upsert(&format!(r#"{{"uid":{uid},"email":"u{uid}@example.com"}}"#)).await.id();
        let body = format!(r#"{{"uid":{uid},"model_kind":"{kind}","model_id":"{model}","delivery_ids_position":"last"}}"#);
        ids.push(delivery(&api.deliver(&body).await, 201)["id"].as_str().unwrap().to_owned());
        world.wait(Duration::from_secs(2));
    }
    for (query, expected) in [
        ("", vec![4, 3, 2, 1, 0]),
        ("model_id=a", vec![4, 3, 2, 0]),
        ("model_id=b", vec![1]),
        ("model_id=c", vec![]),
        ("model_id=a&model_kind=tour", vec![4, 3, 0]),
        ("model_kind=survey", vec![2, 1]),
        ("uid=1", vec![2, 0]),
        ("email=u2@example.com", vec![4, 1]),
        ("uid=1&model_kind=tour", vec![0]),
        ("uid=2&model_id=a", vec![4]),
        ("model_id=&uid=&model_kind=", vec![4, 3, 2, 1, 0]),
        ("after=2029-04-07T12:18:04Z", vec![4, 3]),
        ("before=2029-04-07T12:18:04Z", vec![1, 0]),
        ("uid=1&before=2029-04-07T12:18:02Z", vec![0]),
        ("after=2030-01-01", vec![]),
    ] {
        let expected: Vec<&String> = expected.into_iter().map(|place: usize| &ids[place]).collect();
        assert_eq!(listed(&api, query).await, (expected.into_iter().cloned().collect(), Value::Null), "{query}");
    }
    let shown = api.get("/v3/edit/deliveries?uid=3").await;
    assert_eq!(shown.body, json!({"deliveries": [delivery(&api.get(&at(&ids[3])).await, 200)], "cursor": {"limit": 50, "before": null}}));
    api.get("/v3/edit/deliveries?uid=9").await.message(404);
}

#[tokio::test]
async fn pages_lead_through_all_of_them_and_skip_those_that_are_gone() {
    let world = World::new().await;
    let api = world.api();
    let mut ids = Vec::new();
    for uid in 0..30 {
        api.upsert(&format!(r#"{{"uid":{uid}}}"#)).await.id();
        let rest = if uid % 5 == 0 { r#","until":"+1h""# } else { "" };
        ids.insert(0, delivery(&api.deliver(&order(&format!(r#""uid":{uid}"#), rest)).await, 201)["id"].as_str().unwrap().to_owned());
        world.wait(Duration::from_secs(1));
    }
    world.wait(Duration::from_secs(60 * 60));
    // Gone are: those of every fifth user, whose time is over, one that was withdrawn, and one of a user who was forgotten.
    assert_eq!(api.delete(&at(&ids[29 - 12])).await.status, 200);
    assert_eq!(api.forget("uid=23").await.status, 200);
    let expected: Vec<_> = (0..30).rev().filter(|uid| uid % 5 != 0 && ![12, 23].contains(uid)).map(|uid| ids[29 - uid].clone()).collect();
    for of in ["", "model_id=t1&"] {
        for limit in [1, 4, 22, 23, 500] {
            let (mut seen, mut before) = (Vec::new(), String::new());
            loop {
                let (page, next) = listed(&api, &format!("{of}limit={limit}{before}")).await;
                assert!(page.len() <= limit);
                seen.extend(page.iter().cloned());
                let Some(next) = next.as_str() else { break };
                assert_eq!(page.last().unwrap(), next);
                before = format!("&before={next}");
            }
            assert_eq!(seen, expected, "{of} {limit}");
        }
    }
}

#[tokio::test]
async fn those_of_a_merged_profile_are_its_survivors() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"email":"leon@example.com"}"#).await.id();
    let user = api.upsert(r#"{"uid":1}"#).await.id();
    let mut ids = Vec::new();
    for named in [r#""email":"leon@example.com""#, r#""uid":1"#] {
        for _ in 0..2 {
            ids.insert(0, delivery(&api.deliver(&order(named, "")).await, 201)["id"].as_str().unwrap().to_owned());
            world.wait(Duration::from_secs(2));
        }
    }
    api.upsert(r#"{"uid":1,"email":"leon@example.com"}"#).await.id();
    for query in ["", "model_id=t1", "uid=1"] {
        assert_eq!(listed(&api, query).await.0, ids, "{query}");
        let reply = api.get(&format!("/v3/edit/deliveries?{query}")).await;
        assert!(reply.body["deliveries"].as_array().unwrap().iter().all(|one| one["profile_id"] == user.as_str()), "{query}");
    }
    // A profile may list more than three after a merge. They are moved and changed, but nothing is added.
    assert_eq!(super::delivery_ids(&api).await.len(), 4);
    delivery(&api.patch(&at(&ids[3]), r#"{"delivery_ids_position":"first"}"#).await, 200);
    assert_eq!(super::delivery_ids(&api).await[0], ids[3]);
    api.deliver(&order(r#""uid":1"#, "")).await.message(409);
    delivery(&api.deliver(&order(r#""uid":1"#, r#","delivery_ids_at_limit":"drop""#)).await, 201);
    assert_eq!(super::delivery_ids(&api).await.len(), 3);
    super::super::checked(&world, world.account).await;
}

#[tokio::test]
async fn what_is_wrong_in_a_list_is_said_by_its_field() {
    let world = World::new().await;
    let api = world.api();
    for (query, expected) in [
        ("model_kind=launcher", must_be("model_kind", "`tour` or `survey`")),
        ("limit=0", must_be("limit", "a whole number from 1 to 500")),
        ("limit=501", must_be("limit", "a whole number from 1 to 500")),
        ("profile_id=5x", must_be("profile_id", "a string of 24 hex digits")),
    ] {
        let reply = api.get(&format!("/v3/edit/deliveries?{query}")).await;
        if query.starts_with("profile_id") {
            reply.message(404)
        } else {
            reply.message(422)
        };
        assert!(query.starts_with("profile_id") || reply.message(422) == expected, "{query}");
    }
}

#[tokio::test]
async fn within_a_second_milliseconds_decide_and_then_the_id() {
    let world = World::new().await;
    let api = world.api();
    for uid in 0..9 {
        api.upsert(&format!(r#"{{"uid":{uid}}}"#)).await.id();
    }
    let mut expected = Vec::new();
    for uid in 0..9 {
        let reply = api.deliver(&order(&format!(r#""uid":{uid}"#), "")).await;
        let shown = delivery(&reply, 201);
        expected.push((shown["created_at"].as_str().unwrap().to_owned(), shown["id"].as_str().unwrap().to_owned()));
        world.wait(Duration::from_millis(uid % 2));
    }
    expected.sort();
    let expected: Vec<String> = expected.into_iter().rev().map(|(_, id)| id).collect();
    for of in ["", "model_id=t1&"] {
        let (mut seen, mut before) = (Vec::new(), String::new());
        for _ in 0..5 {
            let (page, next) = listed(&api, &format!("{of}limit=2{before}")).await;
            seen.extend(page);
            before = next.as_str().map_or_else(String::new, |next| format!("&before={next}"));
        }
        assert_eq!(seen, expected, "{of}");
    }
}
