//! Batches of companies: by the same machinery as those of profiles.

use std::sync::Arc;
use std::time::Duration;

use profiles_tests::{Api, Fault, Held, Reply, World, stream};
use serde_json::{Value, json};

use super::{BATCH, apply_all, apply_until_done, counts, worker};

const COMPANY_BATCH: &str = "/v3/observe/hooks/companies/batch";

/// New companies, a known one, one that changes and is as it was again, one that fails, and one that is named by its id, too.
fn companies(known: &str) -> String {
    format!(
        r#"[{{"uid":931,"name":"Acme","n":1}},{{"uid":"632","n":2}},{{"uid":"931","n":3}},{{"uid":"known","n":0}},{{"id":"{known}","n":4}},
        {{"uid":"known","n":4}},{{"id":"5f3c4232c712de665632a6e8","n":5}},{{"name":"nobody"}},{{"uid":"same","n":0}}]"#
    )
}

/// What becomes of them: created, updated, unchanged, ignored and failed.
const EXPECTED: [u64; 5] = [2, 2, 3, 0, 2];

async fn completed(api: &Api, id: &str) -> Value {
    let reply = api.company_batch_status(id).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(reply.body["batch"]["state"], "completed", "{}", reply.text);
    assert_eq!(counts(&reply.body).iter().sum::<u64>(), reply.body["batch"]["total_count"].as_u64().unwrap(), "{}", reply.text);
    reply.body
}

async fn apply_batch(world: &World, api: &Api, companies: &str) -> Value {
    let id = api.company_batch(companies).await.batch_id();
    apply_all(world, api).await;
    completed(api, &id).await
}

/// Creates the companies that are known before, and returns the id of one.
async fn known(api: &Api) -> String {
    api.upsert_company(r#"{"uid":"same","n":0}"#).await.company_id();
    api.upsert_company(r#"{"uid":"known","n":0,"kept":1}"#).await.company_id()
}

async fn check_companies(api: &Api) {
    for (uid, n) in [("931", 3), ("632", 2), ("known", 4), ("same", 0)] {
        assert_eq!(api.company(&format!("uid={uid}")).await.company()["n"], n, "{uid}");
    }
    assert_eq!(api.company("uid=931").await.company()["name"], "Acme");
    assert_eq!(api.company("uid=known").await.company()["kept"], 1);
}

#[tokio::test]
async fn each_item_is_applied_in_its_order_and_counted_once() {
    let world = World::new().await;
    let api = world.api();
    let known = known(&api).await;
    let reply = api.company_batch(&companies(&known)).await;
    let id = reply.batch_id();
    let no_identifier = "No identifier found for the 8th item. Pass your Company ID as the `uid` parameter";
    let error = json!({"code": 422, "index": 7, "message": no_identifier});
    assert_eq!(reply.body, json!({"batch": {"id": id}, "errors": [error]}));
    assert_eq!(api.company_batch_status(&id).await.body["batch"]["state"], "accepted");
    apply_all(&world, &api).await;
    let status = completed(&api, &id).await;
    assert_eq!(counts(&status), EXPECTED);
    let missing = json!({"code": 404, "index": 6, "message": "Company not found: no company has the id of the 7th item"});
    assert_eq!(status["errors"], json!([missing, error]));
    check_companies(&api).await;
}

#[tokio::test]
async fn the_batch_of_one_kind_has_no_status_among_those_of_the_other() {
    let world = World::new().await;
    let api = world.api();
    let companies = api.company_batch(r#"[{"uid":931}]"#).await.batch_id();
    let profiles = api.batch(r#"[{"uid":931}]"#).await.batch_id();
    for _ in 0..2 {
        assert_eq!(api.batch_status(&companies).await.message(404), format!("Batch not found: no batch has the id `{companies}`"));
        assert_eq!(api.company_batch_status(&profiles).await.message(404), format!("Batch not found: no batch has the id `{profiles}`"));
        apply_all(&world, &api).await;
    }
    assert_eq!(counts(&completed(&api, &companies).await), [1, 0, 0, 0, 0]);
    assert_eq!((world.items(&world.tables.companies).await.len(), world.items(&world.tables.profiles).await.len()), (1, 1));
}

#[tokio::test]
async fn companies_that_are_not_there_are_ignored_if_that_is_asked_for() {
    let world = World::new().await;
    let api = world.api();
    api.upsert_company(r#"{"uid":"known"}"#).await.company_id();
    let body = r#"{"companies":[{"uid":"new","n":1},{"uid":"known","n":1},{"uid":"new","n":2}],"on_model_missing":"ignore"}"#;
    let id = api.post(COMPANY_BATCH, body).await.batch_id();
    apply_all(&world, &api).await;
    assert_eq!(counts(&completed(&api, &id).await), [0, 1, 0, 2, 0]);
    api.company("uid=new").await.message(404);
}

#[tokio::test]
async fn an_empty_batch_is_completed_at_once() {
    let world = World::new().await;
    let api = world.api();
    let id = api.company_batch("[]").await.batch_id();
    assert_eq!(counts(&completed(&api, &id).await), [0; 5]);
}

#[tokio::test]
async fn what_a_batch_of_companies_cannot_be_is_refused_and_nothing_accepted() {
    let world = World::new().await;
    let api = world.api();
    let before = world.everything().await;
    let not_an_array = r#"Unprocessable: `companies` must be an array of companies, such as [{"uid": 931}]"#;
    for (body, message) in [
        ("{}", not_an_array),
        (r#"{"profiles":[{"uid":1}]}"#, not_an_array),
        (r#"{"companies":{"uid":1}}"#, not_an_array),
        (r#"{"companies":"[]"}"#, not_an_array),
        (r#"{"companies":null}"#, not_an_array),
        (r#"{"companies":[],"on_model_missing":"delete"}"#, "Unprocessable: `on_model_missing` must be `create` or `ignore`"),
    ] {
        assert_eq!(api.post(COMPANY_BATCH, body).await.message(422), message, "{body}");
    }
    let large = format!(r#"{{"companies":["{}"]}}"#, "x".repeat(16 * 1024 * 1024));
    let too_large = "Each batch must be less than 16mb, try splitting the batch in half";
    assert_eq!(api.post(COMPANY_BATCH, &large).await.message(413), too_large);
    assert_eq!(world.everything().await, before);
}

#[tokio::test]
async fn items_that_can_never_be_applied_are_named_and_the_others_applied() {
    let world = World::new().await;
    let api = world.api();
    let long = "x".repeat(769);
    let items = [
        &format!(r#"{{"uid":"{long}"}}"#),
        "5",
        r#"{"uid":null}"#,
        r#"{"id":"short","uid":1}"#,
        r#"{"id":"5f3c4232c712de665632a6e8","uid":1}"#,
        r#"{"id":5}"#,
        r#"{"uid":"a","p":"\ud800"}"#,
        r#"{"uid":1}"#,
    ];
    let reply = api.company_batch(&format!("[{}]", items.join(","))).await;
    let no_identifier = "No identifier found for the 3rd item. Pass your Company ID as the `uid` parameter (`uid`: it is `null`)";
    let half = "Unprocessable: `p` of the 7th item must be valid Unicode, but an escape in it is half of a surrogate pair";
    let expected = [
        (422, "Unprocessable: `uid` of the 1st item cannot be used: it is longer than 768 bytes"),
        (422, r#"Unprocessable: the 2nd item must be a JSON object, such as {"uid": 18821}"#),
        (422, no_identifier),
        (404, "Company not found: no company has the id of the 4th item"),
        (422, "Unprocessable: `id` and `uid` of the 5th item name different companies, send one of them"),
        (422, "Unprocessable: `id` of the 6th item must be a string of 24 hex digits"),
        (422, half),
    ];
    let errors: Vec<_> =
        (0..).zip(expected).map(|(index, (code, message))| json!({"code": code, "index": index, "message": message})).collect();
    assert_eq!(reply.body["errors"], json!(errors));
    apply_all(&world, &api).await;
    assert_eq!(counts(&completed(&api, &reply.batch_id()).await), [1, 0, 0, 0, 7]);
}

#[tokio::test]
async fn a_batch_under_the_same_key_is_the_first_one_and_of_another_kind_a_conflict() {
    let world = World::new().await;
    let api = world.api();
    let body = r#"{"companies":[{"uid":931,"n":1}]}"#;
    let first = api.post_under("key", COMPANY_BATCH, body).await;
    let id = first.batch_id();
    assert_eq!(api.post_under("key", COMPANY_BATCH, body).await.text, first.text);
    apply_all(&world, &api).await;
    api.upsert_company(r#"{"uid":931,"n":2}"#).await.company_id();
    assert_eq!(api.post_under("key", COMPANY_BATCH, body).await.text, first.text);
    apply_all(&world, &api).await;
    assert_eq!((counts(&completed(&api, &id).await), &api.company("uid=931").await.company()["n"]), ([1, 0, 0, 0, 0], &json!(2)));
    let conflict = "Conflict: the Idempotency-Key was used with another body, send each batch under a key of its own";
    for (path, body) in [
        (COMPANY_BATCH, r#"{"companies":[{"uid":931,"n":2}]}"#),
        (COMPANY_BATCH, r#"{"companies":[{"uid":931,"n":1}],"on_model_missing":"ignore"}"#),
        (BATCH, r#"{"profiles":[{"uid":931,"n":1}]}"#),
    ] {
        assert_eq!(api.post_under("key", path, body).await.message(409), conflict, "{path} {body}");
    }
}

#[tokio::test]
async fn an_item_of_a_company_that_would_be_too_large_fails_and_the_others_are_applied() {
    let world = World::new().await;
    let api = world.api();
    let large =
        |name: &str| -> String { (0..200).map(|n| format!(r#","{name}{n}":["{}","{}"]"#, "x".repeat(760), "y".repeat(760))).collect() };
    let items = format!(r#"[{{"uid":931,"n":1{}}},{{"uid":931{}}},{{"uid":931,"n":2}},{{"uid":632}}]"#, large("a"), large("b"));
    let status = apply_batch(&world, &api, &items).await;
    assert_eq!(counts(&status), [2, 1, 0, 0, 1]);
    let message = "Unprocessable: the company of the 2nd item would be larger than 400 KB, the most that can be stored; send fewer or smaller properties";
    assert_eq!(status["errors"], json!([{"code": 422, "index": 1, "message": message}]));
    assert_eq!(api.company("uid=931").await.company()["n"], 2);
}

#[tokio::test]
async fn warnings_and_more_properties_than_one_expression_holds_are_as_of_a_single_upsert() {
    let world = World::new().await;
    let api = world.api();
    let many: String = (0..600).map(|n| format!(r#","p{n}":1"#)).collect();
    let status = apply_batch(&world, &api, &format!(r#"[{{"uid":931,"created_at":1{many}}},{{"uid":931,"n":1}}]"#)).await;
    assert_eq!(counts(&status), [1, 1, 0, 0, 0]);
    assert_eq!(status["warnings"], json!([{"index": 0, "prop": "created_at", "message": "ignored: only the service itself sets it"}]));
    assert_eq!(api.company("uid=931").await.company().as_object().unwrap().len(), 605);
}

#[tokio::test]
async fn whatever_call_fails_while_accepting_or_applying_every_item_is_applied_and_counted_once() {
    let world = World::new().await;
    for fault in Fault::ALL.into_iter().chain([Fault::Unprocessed]) {
        for n in 0.. {
            let (_, api) = world.new_account(world.client(1)).await;
            let body = companies(&known(&api).await);
            world.wire.break_calls(move |call| (call.number == n).then_some(fault));
            let mut reply: Reply = api.company_batch(&body).await;
            if reply.status == 503 {
                // Nothing of it is applied; a client sends it again.
                reply = api.company_batch(&body).await;
            }
            apply_until_done(&world, &api).await;
            let calls = world.wire.take().len();
            world.wire.mend();
            assert_eq!(counts(&completed(&api, &reply.batch_id()).await), EXPECTED, "{fault:?} at call {n}");
            check_companies(&api).await;
            if calls <= n {
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_worker_that_dies_at_any_call_leaves_exact_counts_and_nothing_written_over_what_came_since() {
    let world = World::new().await;
    for n in 0.. {
        let (_, api) = world.new_account(world.client(1)).await;
        let api = Arc::new(api);
        let id = api.company_batch(&companies(&known(&api).await)).await.batch_id();
        let mut held = worker(&api, stream::events(&world).await.remove(0));
        let continues = held.pass(n).await;
        held.kill().await;
        let was_applied = api.company("uid=931").await.status == 200;
        if was_applied {
            api.upsert_company(r#"{"uid":931,"n":"later"}"#).await.company_id();
        }
        apply_all(&world, &api).await;
        assert_eq!(counts(&completed(&api, &id).await), EXPECTED, "died at call {n}");
        let expected = if was_applied { json!("later") } else { json!(3) };
        assert_eq!(api.company("uid=931").await.company()["n"], expected, "died at call {n}");
        if !continues {
            assert!(was_applied);
            break;
        }
    }
}

#[tokio::test]
async fn an_upsert_at_any_time_while_a_batch_is_applied_is_kept_and_each_item_counted_once() {
    let world = World::new().await;
    for n in 0.. {
        let (_, api) = world.new_account(world.client(1)).await;
        let api = Arc::new(api);
        let id = api.company_batch(r#"[{"uid":931,"n":1},{"uid":931,"m":1}]"#).await.batch_id();
        let mut held: Held<Value> = worker(&api, stream::events(&world).await.remove(0));
        let continues = held.pass(n).await;
        let company = api.upsert_company(r#"{"uid":931,"own":1}"#).await.company_id();
        held.finish().await;
        let status = completed(&api, &id).await;
        assert!(matches!(counts(&status), [1, 1, 0, 0, 0] | [0, 2, 0, 0, 0]), "before call {n}: {status}");
        let found = api.company("uid=931").await;
        let values = ["n", "m", "own"].map(|name| found.company()[name].as_u64());
        assert_eq!((found.company_id(), values), (company, [Some(1); 3]), "before call {n}");
        if !continues {
            break;
        }
    }
}

#[tokio::test]
async fn a_chunk_that_is_applied_again_long_after_counts_as_it_did() {
    let world = World::new().await;
    let api = world.api();
    let id = api.company_batch(r#"[{"uid":931,"n":1},{"uid":931,"n":2},{"uid":931,"n":2}]"#).await.batch_id();
    let event = stream::events(&world).await.remove(0);
    for _ in 0..3 {
        api.work(&event, None).await;
        assert_eq!(counts(&completed(&api, &id).await), [1, 1, 1, 0, 0]);
        world.wait(Duration::from_secs(60));
    }
}
