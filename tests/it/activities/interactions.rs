//! Interactions: which webhook decides the state, when each was reached, and that a user counts once.

use std::sync::Arc;
use std::time::Duration;

use profiles_tests::World;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{SENT, TOUR, checked, sent, stats};

#[tokio::test]
async fn an_older_webhook_changes_no_newer_state_and_still_counts() {
    let world = World::new().await;
    let api = world.api();
    let user = r#""profile":{"uid":1}"#;
    let at = |minute: u32| format!("2029-04-07T12:{minute:02}:00.000Z");
    for (id, kind, minute, state) in [
        ("1", "tour.completed", 10, "completed"),
        ("2", "tour.started", 5, "completed"),
        ("3", "tour.exited", 10, "exited"),
        ("4", "tour.snoozed", 9, "exited"),
        ("5", "tour.started", 12, "started"),
        ("6", "tour.completed", 11, "started"),
    ] {
        sent(&api, id, (kind, &at(minute)), &format!("{user},{TOUR}")).await;
        world.wait(Duration::from_secs(1));
        let all = api.get("/v3/analyze/interactions?uid=1").await.body;
        assert_eq!(all["interactions"][0]["state"], state, "{id}");
    }
    let one = api.get("/v3/analyze/interactions?uid=1").await.body["interactions"][0].take();
    for (field, expected) in [
        ("started_at", at(5)),
        ("last_started_at", at(12)),
        ("completed_at", at(10)),
        ("last_completed_at", at(11)),
        ("exited_at", at(10)),
        ("snoozed_at", at(9)),
    ] {
        assert_eq!(one[field], expected, "{field}");
    }
    // Each state counts its user once, whatever the order.
    assert_eq!(stats(&api).await, [1, 1, 1]);
    // What is not a time, and what is yet to come, is now.
    for (id, sent_at) in [("7", "soon"), ("8", ""), ("9", "2999-01-01T00:00:00Z")] {
        sent(&api, id, ("tour.exited", sent_at), &format!("{user},{TOUR}")).await;
        let one = api.get("/v3/analyze/interactions?uid=1").await.body["interactions"][0].take();
        assert_eq!((&one["state"], &one["last_exited_at"]), (&json!("exited"), &json!(world.now().to_string())), "{id}");
        world.wait(Duration::from_secs(1));
    }
    checked(&world, world.account).await;
}

#[tokio::test]
async fn an_interaction_says_what_made_it_begin_and_how_it_was_put_off_and_is_found_by_its_id() {
    let world = World::new().await;
    let api = world.api();
    let user = r#""profile":{"uid":1,"id":"5f885a88e7daf3000e3eb4f6"}"#;
    let started = r#""action":{"id":"a","group_kind":"launcher","group_id":"5f3c4232c712de665632a6d5"}"#;
    sent(&api, "1", ("tour.started", "2029-04-07T12:01:00Z"), &format!("{user},{TOUR},{started}")).await;
    let snoozed = r#""action":{"id":"a","deferred_until":"2029-04-10T12:00:00Z","deferred_hours":72,"deferred_count":2}"#;
    sent(&api, "2", ("tour.snoozed", "2029-04-07T12:02:00Z"), &format!("{user},{TOUR},{snoozed}")).await;
    sent(&api, "3", ("tour.completed", "2029-04-07T12:03:00Z"), &format!(r#"{user},{TOUR},"action":{{"goal_at":"2029-04-07T12:02:30Z"}}"#))
        .await;
    let listed = api.get("/v3/analyze/interactions?id=t1").await.body["interactions"][0].take();
    for (field, expected) in [
        ("tour_id", json!("t1")),
        ("defer_count", json!(2)),
        ("deferrals", json!(1)),
        ("defer_until", json!("2029-04-10T12:00:00.000Z")),
        ("goal_at", json!("2029-04-07T12:02:30.000Z")),
        ("group_kind", json!("launcher")),
        ("group_id", json!("5f3c4232c712de665632a6d5")),
    ] {
        assert_eq!(listed[field], expected, "{field}");
    }
    let id = listed["id"].as_str().unwrap();
    let path = format!("/v3/analyze/interactions/{id}");
    assert_eq!(api.get(&path).await.body, json!({"interaction": listed}));
    let not_found = |id: &str| format!("Interaction not found: no interaction has the id `{id}`");
    for unknown in ["5f3c4232c712de665632a6d5", "x", "t1"] {
        assert_eq!(api.get(&format!("/v3/analyze/interactions/{unknown}")).await.message(404), not_found(unknown));
    }
    let (_, other) = world.new_account(world.client(1)).await;
    assert_eq!(other.get(&path).await.message(404), not_found(id));
    // A survey's has another field.
    sent(&api, "4", ("survey.started", SENT), &format!(r#"{user},"survey":{{"id":"s1"}}"#)).await;
    let of_survey = api.get("/v3/analyze/interactions?id=s1").await.body["interactions"][0].take();
    assert_eq!((&of_survey["survey_id"], of_survey.get("tour_id"), &of_survey["defer_count"]), (&json!("s1"), None, &json!(0)));
    // What is no time is said.
    let odd = r#""action":{"deferred_until":"soon","goal_at":[],"group_kind":5}"#;
    let warnings = sent(&api, "5", ("tour.snoozed", SENT), &format!("{user},{TOUR},{odd}")).await;
    let props: Vec<_> = warnings.as_array().unwrap().iter().map(|warning| warning["prop"].as_str().unwrap()).collect();
    assert_eq!(props, ["data.action.deferred_until", "data.action.goal_at"]);
    assert_eq!(api.clear("uid=1").await.status, 200);
    assert_eq!(api.get(&path).await.message(404), not_found(id));
}

#[tokio::test]
async fn two_users_of_one_tour_count_once_when_they_are_one() {
    for (mine, theirs, expected) in [
        (&["started"][..], &["started"][..], [1, 0, 0]),
        (&["started"], &["started", "completed", "exited"], [1, 1, 1]),
        (&["started", "completed"], &["exited"], [1, 1, 1]),
        (&[], &["started", "exited"], [1, 0, 1]),
        (&["snoozed"], &["snoozed"], [0, 0, 0]),
        (&["started", "started"], &["started", "started"], [1, 0, 0]),
    ] {
        let world = World::new().await;
        let api = world.api();
        let mut number = 0;
        let mut reach = async |user: &str, state: &str, minute: u32| {
            number += 1;
            let at = format!("2029-04-07T12:{minute:02}:00.000Z");
            sent(&api, &number.to_string(), (&format!("tour.{state}"), &at), &format!(r#""profile":{{{user}}},{TOUR}"#)).await;
        };
        api.upsert(r#"{"uid":1}"#).await.id();
        api.upsert(r#"{"email":"a@b.co"}"#).await.id();
        for state in mine {
            reach(r#""uid":1"#, state, 5).await;
        }
        for state in theirs {
            reach(r#""email":"a@b.co""#, state, 3).await;
        }
        api.upsert(r#"{"uid":1,"email":"a@b.co"}"#).await.id();
        assert_eq!(checked(&world, world.account).await.summaries().get("tour#t1").copied().unwrap_or_default(), expected);
        let all = api.get("/v3/analyze/interactions?id=t1").await.body;
        assert_eq!(all["interactions"].as_array().unwrap().len(), 1, "{all}");
        if mine.contains(&"started") && theirs.contains(&"started") {
            let times = ["started_at", "last_started_at"].map(|name| all["interactions"][0][name].as_str().unwrap().to_owned());
            assert_eq!(times, ["2029-04-07T12:03:00.000Z", "2029-04-07T12:05:00.000Z"]);
        }
        // What comes later counts no second time, and a forget takes all of it back.
        for state in ["started", "completed", "exited"] {
            reach(r#""uid":1"#, state, 9).await;
        }
        assert_eq!(checked(&world, world.account).await.summaries()["tour#t1"], [1, 1, 1]);
        assert_eq!(api.forget("uid=1").await.status, 200);
        let left = checked(&world, world.account).await;
        assert_eq!((left.summaries()["tour#t1"], left.pointers.len()), ([0, 0, 0], 0));
        world.drop_tables().await;
    }
}

#[tokio::test]
async fn a_merge_unites_many_tours_that_both_had() {
    let world = World::new().await;
    let api = world.api();
    // More than one transaction takes.
    for n in 0..45 {
        for user in [r#""uid":1"#, r#""email":"a@b.co""#] {
            let data = format!(r#""profile":{{{user}}},"tour":{{"id":"t{n}"}}"#);
            sent(&api, &format!("{user}{n}").replace('"', ""), ("tour.started", SENT), &data).await;
        }
    }
    api.upsert(r#"{"uid":1,"email":"a@b.co"}"#).await.id();
    let recorded = checked(&world, world.account).await;
    assert_eq!((recorded.count("interaction"), recorded.summaries().values().filter(|counts| **counts == [1, 0, 0]).count()), (45, 45));
}

#[tokio::test]
async fn webhooks_at_once_count_a_new_user_once() {
    for round in 0..3 {
        let world = World::new().await;
        let instances = [Arc::new(world.api()), Arc::new(world.api())];
        let mut webhooks = JoinSet::new();
        for n in 0..8 {
            let (api, state) = (Arc::clone(&instances[n % 2]), ["started", "completed"][n / 2 % 2]);
            let data = format!(r#""profile":{{"uid":1}},{TOUR}"#);
            webhooks.spawn(async move { sent(&api, &format!("w{n}"), (&format!("tour.{state}"), SENT), &data).await });
        }
        let all = webhooks.join_all().await;
        assert!(all.iter().all(Value::is_null), "{round}: {all:?}");
        let recorded = checked(&world, world.account).await;
        assert_eq!((recorded.count("interaction"), recorded.summaries()["tour#t1"]), (1, [1, 1, 0]), "{round}");
        world.drop_tables().await;
    }
}
