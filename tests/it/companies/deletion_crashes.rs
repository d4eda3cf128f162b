//! Deletions of companies that meet something: their process dies at each call, or another request comes before each call.

use std::time::Duration;

use profiles_tests::{Api, Fault, Held, World};
use serde_json::json;

use super::deletion::{company_of, invariants, is_gone, shown_company};

fn target(cascade: bool) -> String {
    format!("/v3/edit/company?uid=acme{}", if cascade { "&cascade=profiles" } else { "" })
}

async fn sweep(world: &World, api: &Api) {
    for _ in 0..2 {
        world.wait(Duration::from_secs(2 * 60));
        api.sweep(None).await.unwrap();
    }
}

/// Checks that the company and all memberships are gone, and who is left.
async fn is_whole(world: &World, api: &Api, account: profiles_domain::AccountId, id: &str, cascade: bool, place: &str) {
    is_gone(api, "acme", id).await;
    for member in ["ann", "bob"] {
        match cascade {
            true => _ = api.retrieve(&format!("uid={member}")).await.message(404),
            false => assert_eq!(shown_company(api, member).await, None, "{place}"),
        }
    }
    assert!(shown_company(api, "not-acme").await.is_some(), "{place}");
    let snapshot = invariants(world, account, &["ann@x.co", "bob@x.co"]).await;
    assert!(
        snapshot
            .profiles()
            .all(|(_, profile)| profile.get("company_id") != Some(&aws_sdk_dynamodb::types::AttributeValue::S(id.to_owned()))),
        "{place}"
    );
}

#[tokio::test]
async fn whatever_call_fails_the_sweep_finishes_the_deletion_or_nothing_of_it_was_done() {
    let world = World::new().await;
    for cascade in [false, true] {
        for fault in [Fault::NotSent, Fault::AnswerLost] {
            for number in 0.. {
                let (account, api) = world.new_account(world.client(3)).await;
                let (_, dying) = (account, world.api_of(world.client(1), api.secret().to_owned()));
                dying.get("/").await;
                let id = company_of(&api, "acme", &["ann", "bob"]).await;
                world.wire.crash_at(number, fault);
                let reply = dying.delete(&target(cascade)).await;
                let calls = world.wire.take().len();
                world.wire.mend();
                let place = format!("{cascade} {fault:?} {number} of {calls}: {}", reply.text);
                sweep(&world, &api).await;
                let is_there = api.company("uid=acme").await.status == 200;
                if is_there {
                    // Nothing was begun: the first transaction did not take place.
                    assert_eq!(reply.status, 503, "{place}");
                    assert_eq!(shown_company(&api, "ann").await, Some(json!(id)), "{place}");
                    assert_eq!(api.delete(&target(cascade)).await.status, 200, "{place}");
                }
                is_whole(&world, &api, account, &id, cascade, &place).await;
                if calls <= number {
                    assert_eq!(reply.status, 200, "{place}");
                    break;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_repeated_request_finishes_a_deletion_that_died() {
    let world = World::new().await;
    for cascade in [false, true] {
        let mut repeated = 0;
        for number in 0.. {
            let (account, api) = world.new_account(world.client(3)).await;
            let dying = world.api_of(world.client(1), api.secret().to_owned());
            dying.get("/").await;
            let id = company_of(&api, "acme", &["ann", "bob"]).await;
            world.wire.crash_at(number, Fault::AnswerLost);
            let died = dying.delete(&target(cascade)).await;
            let is_over = world.wire.take().len() <= number;
            world.wire.mend();
            let again = api.delete(&target(cascade)).await;
            repeated += usize::from(again.status == 200);
            assert!(matches!(again.status, 200 | 404), "{number}: {} {}", died.text, again.text);
            if again.status == 404 {
                sweep(&world, &api).await;
            }
            is_whole(&world, &api, account, &id, cascade, &format!("{cascade} {number}")).await;
            if is_over {
                break;
            }
        }
        assert!(repeated > 0);
    }
}

/// Sends a request before each call of a deletion, by an instance that remembers the company and by one that does not.
#[tokio::test]
async fn whoever_joins_meanwhile_is_a_member_of_no_company_or_of_a_new_one() {
    let world = World::new().await;
    for cascade in [false, true] {
        for knows in [false, true] {
            for number in 0.. {
                let (account, api) = world.new_account(world.client(3)).await;
                let other = world.api_of(world.client(3), api.secret().to_owned());
                other.get("/").await;
                let old = company_of(&api, "acme", &["ann", "bob"]).await;
                if knows {
                    other.upsert(r#"{"uid":"knows","company_uid":"acme"}"#).await.id();
                }
                let deleting = world.api_of(world.client(1), api.secret().to_owned());
                deleting.get("/").await;
                let path = target(cascade);
                let mut held = Held::start(async move { deleting.delete(&path).await.status });
                let continues = held.pass(number).await;
                other.upsert(r#"{"uid":"joins","company_uid":"acme"}"#).await.id();
                held.finish().await;
                let place = format!("{cascade} {knows} {number}");
                sweep(&world, &api).await;
                let joined = api.retrieve("uid=joins").await;
                match joined.status {
                    200 => {
                        let company = joined.profile().get("company_id").cloned();
                        assert_ne!(company, Some(json!(old)), "{place}");
                        // A membership in a new company lasts.
                        if let Some(company) = company {
                            assert_eq!(api.company("uid=acme").await.company()["id"], company, "{place}");
                        }
                    }
                    // He joined before the answer, and was forgotten with the others.
                    404 => assert!(cascade, "{place}"),
                    _ => panic!("{place}: {}", joined.text),
                }
                invariants(&world, account, &["ann@x.co", "bob@x.co"]).await;
                if !continues {
                    // After the answer: a new company.
                    assert!(joined.profile().get("company_id").is_some(), "{place}");
                    break;
                }
            }
        }
    }
}
