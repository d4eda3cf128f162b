//! Upserts of companies that meet, come late, come again or fail.

use std::sync::Arc;
use std::time::Duration;

use profiles_tests::{Fault, Held, World};
use serde_json::json;
use tokio::task::JoinSet;

/// Longer than any client waits for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

fn many(value: u32) -> String {
    (0..260).map(|n| format!(r#","p{n}":{value}"#)).collect()
}

#[tokio::test]
async fn whatever_call_fails_the_company_is_stored_when_the_request_was_answered_or_is_sent_again() {
    let world = World::new().await;
    for fault in Fault::ALL {
        for attempts in [1, 3] {
            for (before, sent) in [
                ("", r#""sent":1"#.to_owned()),
                (r#"{"uid":931,"kept":1}"#, r#""sent":1"#.to_owned()),
                ("", format!(r#""sent":1{}"#, many(1))),
                (r#"{"uid":931,"kept":1}"#, format!(r#""sent":1{}"#, many(1))),
            ] {
                for n in 0.. {
                    let (_, api) = world.new_account(world.client(attempts)).await;
                    if !before.is_empty() {
                        api.upsert_company(before).await.company_id();
                    }
                    world.wire.break_calls(move |call| (call.number == n).then_some(fault));
                    let body = format!(r#"{{"uid":931,{sent}}}"#);
                    let mut reply = api.upsert_company(&body).await;
                    let calls = world.wire.take().len();
                    world.wire.mend();
                    if reply.status != 200 {
                        reply.message(503);
                        reply = api.upsert_company(&body).await;
                    }
                    let found = api.company("uid=931").await;
                    assert_eq!((found.company_id(), &found.company()["sent"]), (reply.company_id(), &json!(1)), "{fault:?} at call {n}");
                    assert_eq!(found.company().get("kept").is_some(), !before.is_empty());
                    if calls <= n {
                        break;
                    }
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_of_a_new_uid_make_one_company_and_get_its_id() {
    let world = World::new().await;
    let api = Arc::new(world.api_with(world.client(1)));
    for round in 0..20 {
        world.wire.break_calls(move |call| ((call.number + round) % 2 == 0).then_some(Fault::Delayed));
        let mut requests = JoinSet::new();
        for n in 0..6 {
            let api = Arc::clone(&api);
            let rest = if n == 5 { many(n) } else { String::new() };
            requests.spawn(async move { api.upsert_company(&format!(r#"{{"uid":"c{round}","n{n}":{n}{rest}}}"#)).await.company_id() });
        }
        let mut ids = requests.join_all().await;
        world.wire.mend();
        ids.dedup();
        let found = api.company(&format!("uid=c{round}")).await;
        assert_eq!(ids, [found.company_id()]);
        assert!((0..6).all(|n| found.company()[format!("n{n}")] == n), "{}", found.text);
    }
    assert_eq!(world.items(&world.tables.companies).await.len(), 20);
}

/// Another upsert of the same company before each of the calls.
#[tokio::test]
async fn two_upserts_of_different_properties_both_survive() {
    let world = World::new().await;
    for (sent, exists) in [(String::new(), false), (String::new(), true), (many(1), false), (many(1), true)] {
        for n in 0.. {
            let (_, api) = world.new_account(world.client(1)).await;
            let api = Arc::new(api);
            if exists {
                api.upsert_company(r#"{"uid":931}"#).await.company_id();
            }
            let mut held = {
                let (api, body) = (Arc::clone(&api), format!(r#"{{"uid":931,"one":1{sent}}}"#));
                Held::start(async move { api.upsert_company(&body).await })
            };
            let continues = held.pass(n).await;
            let id = api.upsert_company(r#"{"uid":931,"other":2}"#).await.company_id();
            assert_eq!(held.finish().await.company_id(), id);
            let found = api.company("uid=931").await;
            assert_eq!((&found.company()["one"], &found.company()["other"]), (&json!(1), &json!(2)), "before call {n}");
            if !continues {
                break;
            }
        }
    }
}

#[tokio::test]
async fn an_attempt_that_arrives_late_does_not_undo_a_later_upsert() {
    let world = World::new().await;
    let api = world.api_with(world.client(3));
    let id = api.upsert_company(r#"{"uid":931,"p":0}"#).await.company_id();
    for name in [r#""uid":931"#.to_owned(), format!(r#""id":"{id}""#)] {
        for rest in [String::new(), many(1)] {
            world.wire.break_calls(|call| (call.retries == 0).then_some(Fault::Late));
            api.upsert_company(&format!(r#"{{{name},"p":1{rest}}}"#)).await.company_id();
            world.wire.mend();
            world.wait(PATIENCE);
            api.upsert_company(&format!(r#"{{{name},"p":2}}"#)).await.company_id();
            let later = api.company("uid=931").await;
            assert_eq!(later.company()["p"], 2);
            world.wire.arrive().await;
            assert_eq!(api.company("uid=931").await.body, later.body, "{name}");
        }
    }
}

#[tokio::test]
async fn an_upsert_by_a_clock_that_is_behind_is_stored_and_takes_no_time_back() {
    let world = World::new().await;
    let (behind, ahead) = (world.api(), world.api_ahead(PATIENCE));
    for rest in [String::new(), many(1)] {
        ahead.upsert_company(r#"{"uid":931,"p":1}"#).await.company_id();
        let before = behind.company("uid=931").await;
        behind.upsert_company(&format!(r#"{{"uid":931,"p":2{rest}}}"#)).await.company_id();
        let after = behind.company("uid=931").await;
        assert_eq!(after.company()["p"], 2);
        assert!(after.company()["updated_at"].as_str() >= before.company()["updated_at"].as_str());
    }
}
