//! Deleting companies with many members: what it costs, and that it is finished.

use std::time::Duration;

use profiles_tests::{World, size};

use super::deletion::{is_gone, progress};
use crate::batch::apply_batch;

/// Makes a company with so many members, by a batch.
async fn with_members(world: &World, api: &profiles_tests::Api, members: usize) -> String {
    let id = api.upsert_company(r#"{"uid":"acme","name":"acme inc"}"#).await.company_id();
    let items: Vec<_> = (0..members).map(|n| format!(r#"{{"uid":"m{n}","company_uid":"acme"}}"#)).collect();
    if !items.is_empty() {
        apply_batch(world, api, &format!("[{}]", items.join(","))).await;
    }
    id
}

#[tokio::test]
async fn taking_members_off_takes_a_request_for_50_of_them_beyond_6() {
    let world = World::new().await;
    let many = size(200, 1_000);
    // A page of the index has 1,000 members, and one that is full does not say whether it is the last.
    for (members, requests) in [(0, 6), (10, 7), (many, 6 + many / 50 + many / 1_000)] {
        let (_, api) = world.new_account(world.client(1)).await;
        with_members(&world, &api, members).await;
        // A departure in the millisecond of the last update takes a second attempt.
        world.wait(Duration::from_secs(1));
        world.wire.take();
        let reply = api.delete("/v3/edit/company?uid=acme").await;
        let calls = world.wire.take();
        assert_eq!(progress(&api, &reply.body).await, ("completed".to_owned(), members as u64), "{}", reply.text);
        assert_eq!(calls.len(), requests, "{members}: {calls:?}");
    }
}

#[tokio::test]
async fn a_company_of_many_members_is_hidden_at_once_and_the_sweep_finishes_what_the_request_had_no_time_for() {
    let members = size(300, 20_000);
    for cascade in ["", "&cascade=profiles"] {
        let world = World::new().await;
        let api = world.api();
        let id = with_members(&world, &api, members).await;
        // The time of the request is over after some calls.
        let advance = world.advance_fn();
        world.wire.break_calls(move |call| {
            if call.number == 9 {
                advance(Duration::from_secs(25));
            }
            None
        });
        let reply = api.delete(&format!("/v3/edit/company?uid=acme{cascade}")).await;
        world.wire.mend();
        assert_eq!(reply.status, 200, "{}", reply.text);
        is_gone(&api, "acme", &id).await;
        let (state, counted) = progress(&api, &reply.body).await;
        assert_eq!(state, "started");
        assert!(counted < members as u64);
        let mut sweeps = 0;
        while progress(&api, &reply.body).await.0 != "completed" {
            world.wait(Duration::from_secs(5 * 60));
            api.sweep(None).await.unwrap();
            sweeps += 1;
            assert!(sweeps < 10);
        }
        assert_eq!(progress(&api, &reply.body).await, ("completed".to_owned(), members as u64));
        let left = api.get("/v3/analyze/profiles/count").await.body["count"].as_u64().unwrap();
        assert_eq!(left, if cascade.is_empty() { members as u64 } else { 0 });
        assert!(world.items(&world.tables.profiles).await.iter().all(|item| !item.contains_key("company_id")));
    }
}
