//! The members of a company, in pages.

use std::time::Duration;

use profiles_tests::{Lag, Lagging, World};
use serde_json::json;

use super::super::asked::PROFILES;
use super::gone::delete;

/// Makes a company of this many members, and others; returns its id, and those of its members, the newest first.
async fn company_of(world: &World, members: usize) -> (String, Vec<String>) {
    let api = world.api();
    let mut ids = Vec::new();
    for number in 0..members {
        ids.push(api.upsert(&format!(r#"{{"uid":"m{number}","n":{number},"company":{{"uid":"acme","name":"Acme"}}}}"#)).await.id());
        // Ids of the same second have no order of their own.
        world.wait(Duration::from_secs(1));
    }
    for number in 0..3 {
        api.upsert(&format!(r#"{{"uid":"o{number}","company_uid":"other{number}"}}"#)).await.id();
    }
    let company = api.retrieve("uid=m0").await.profile()["company"]["id"].as_str().unwrap().to_owned();
    ids.sort_unstable_by(|one, other| other.cmp(one));
    (company, ids)
}

#[tokio::test]
async fn they_come_in_pages_as_those_of_a_search_do() {
    let world = World::new().await;
    let (company, members) = company_of(&world, 23).await;
    let api = world.api();
    let path = format!("/v3/analyze/companies/{company}/profiles");
    for limit in [1, 5, 22, 23, 24, 500] {
        let (mut all, mut before) = (Vec::new(), String::new());
        loop {
            let reply = api.get(&format!("{path}?limit={limit}&expand[profile]=min{before}")).await;
            let page = PROFILES.page(&reply, limit).unwrap();
            all.extend(page.ids);
            match page.before {
                Some(id) => before = format!("&before={id}"),
                None => break,
            }
        }
        assert_eq!(all, members, "{limit}");
    }
    let shown = api.get(&format!("{path}?limit=1")).await;
    assert_eq!((&shown.body["profiles"][0]["uid"], &shown.body["profiles"][0]["n"]), (&json!("m22"), &json!(22)));
    assert_eq!(
        shown.body["profiles"][0]["company"],
        json!({"id": company, "created_at": "2029-04-07T12:18:00.000Z", "uid": "acme", "name": "Acme"})
    );
    let after = api.get(&format!("{path}?after={}", members[3])).await;
    assert_eq!(PROFILES.page(&after, 50).unwrap().ids, members[..3]);
}

#[tokio::test]
async fn of_no_company_of_the_account_there_are_none() {
    let world = World::new().await;
    let (company, _) = company_of(&world, 2).await;
    let api = world.api();
    let (_, other) = world.new_account(world.client(1)).await;
    other.upsert(r#"{"uid":1,"company_uid":"acme"}"#).await.id();
    let others = other.retrieve("uid=1").await.profile()["company"]["id"].as_str().unwrap().to_owned();
    for id in [others.as_str(), "5f3c4232c712de665632a6d5", "acme", "5F3C4232C712DE665632A6D5"] {
        let reply = api.get(&format!("/v3/analyze/companies/{id}/profiles")).await;
        assert_eq!(reply.message(404), format!("Company not found: no company has the id `{id}`"));
    }
    assert_eq!(other.get(&format!("/v3/analyze/companies/{company}/profiles")).await.status, 404);
    delete(&world, &company).await;
    assert_eq!(api.get(&format!("/v3/analyze/companies/{company}/profiles")).await.status, 404);
}

#[tokio::test]
async fn who_left_is_no_member_though_the_index_lags() {
    let world = World::new().await;
    let (company, members) = company_of(&world, 9).await;
    let lag = Lag::from_now_on(&world, Lagging::EventualReads).await;
    let api = world.api();
    api.upsert(r#"{"uid":"m8","company_uid":null}"#).await.id();
    api.upsert(r#"{"uid":"m6","company_uid":"other0"}"#).await.id();
    assert_eq!(api.forget("uid=m7").await.status, 200);
    world.wire.lag(Some(&lag));
    for limit in [1, 6, 50] {
        let reply = api.get(&format!("/v3/analyze/companies/{company}/profiles?limit={limit}")).await;
        let page = PROFILES.page(&reply, limit).unwrap();
        assert_eq!(page.ids, members[3..9.min(3 + limit)], "{limit}");
    }
}

#[tokio::test]
async fn what_does_not_belong_there_is_refused() {
    let world = World::new().await;
    let (company, _) = company_of(&world, 1).await;
    let api = world.api();
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("before=x", "before"),
        ("after=2029-04-07T00:00:00.000Z_6f7a24a80bac7c97f4767fb7", "after"),
        ("expand[profile]=skip", "expand[profile]"),
        ("expand[company]=none", "expand[company]"),
        ("filters=[]", "filters"),
        ("filters_op=or", "filters_op"),
        ("segment_id=5f3c4232c712de665632a6d5", "segment_id"),
    ] {
        let reply = api.get(&format!("/v3/analyze/companies/{company}/profiles?{query}")).await;
        assert!(reply.message(422).starts_with(&format!("Unprocessable: `{field}` must be ")), "{query}: {}", reply.text);
    }
}

#[tokio::test]
async fn every_call_that_fails_is_a_503_or_tried_again() {
    use profiles_tests::Fault;
    let world = World::new().await;
    let (company, members) = company_of(&world, 7).await;
    let path = format!("/v3/analyze/companies/{company}/profiles?limit=3");
    for attempts in [1, 3] {
        let api = world.api_with(world.client(attempts));
        api.get("/").await;
        world.wire.take();
        assert_eq!(api.get(&path).await.status, 200);
        let calls = world.wire.take();
        for number in 0..calls.len() {
            for fault in [Fault::NotSent, Fault::AnswerLost, Fault::Throttled, Fault::ServerError] {
                world.wire.break_calls(move |call| (call.number == number).then_some(fault));
                let reply = api.get(&path).await;
                world.wire.mend();
                match reply.status {
                    200 => assert_eq!(PROFILES.page(&reply, 3).unwrap().ids, members[..3]),
                    503 if attempts == 1 => {}
                    _ => panic!("{fault:?} at {number} of {calls:?}: {}", reply.text),
                }
            }
        }
    }
}
