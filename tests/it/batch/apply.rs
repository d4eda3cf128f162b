//! Applying batches: the effect on profiles, and the counts.

use std::time::Duration;

use profiles_tests::{Fault, World, stream};
use serde_json::json;

use super::{apply_all, apply_batch, completed, counts};

#[tokio::test]
async fn items_of_one_user_apply_in_their_order_by_whichever_identifier() {
    let world = World::new().await;
    let api = world.api();
    let status = apply_batch(
        &world,
        &api,
        r#"[{"uid":1,"email":"a@chmln.co","n":1},{"email":"a@chmln.co","n":2},{"uid":1,"n":3},{"uid":2,"n":1},{"email":"A@chmln.co ","n":4}]"#,
    )
    .await;
    assert_eq!(counts(&status), [2, 3, 0, 0, 0]);
    assert_eq!(api.retrieve("uid=1").await.profile()["n"], 4);
}

#[tokio::test]
async fn a_batch_does_what_its_items_would_do_one_after_the_other() {
    let world = World::new().await;
    let items = [
        r#"{"email":"kim@chmln.co","a":1,"b":1}"#,
        r#"{"uid":"leon","a":2}"#,
        r#"{"uid":"kim","email":"kim@chmln.co","c":3}"#,
        r#"{"email":"kim@chmln.co","d":4}"#,
        r#"{"email":"leon@chmln.co","a":5,"e":5}"#,
        r#"{"uid":"leon","email":"leon@chmln.co"}"#,
        r#"{"uid":"leon","email":"leon.new@chmln.co","company":{"uid":931,"name":"Acme"}}"#,
        r#"{"email":"leon@chmln.co","f":6}"#,
        r#"{"uid":"kim","company_uid":931}"#,
        r#"{"uid":"kim","company":{"uid":931,"name":"Acme Software","seats":3}}"#,
        r#"{"uid":"leon","company_uid":null}"#,
    ];
    let (_, one_by_one) = world.new_account(world.client(1)).await;
    for item in items {
        one_by_one.upsert(item).await.id();
    }
    let (_, batch) = world.new_account(world.client(1)).await;
    let status = apply_batch(&world, &batch, &format!("[{}]", items.join(","))).await;
    assert_eq!(status["errors"], json!([]));
    for query in ["uid=leon", "uid=kim", "email=kim@chmln.co", "email=leon@chmln.co", "email=leon.new@chmln.co"] {
        let shown = async |api: &profiles_tests::Api| {
            let mut profile = api.retrieve(&format!("{query}&expand[company]=all")).await.profile().clone();
            for name in ["id", "percent", "company_id"] {
                profile.as_object_mut().unwrap().remove(name);
            }
            if let Some(company) = profile["company"].as_object_mut() {
                company.remove("id");
            }
            profile
        };
        assert_eq!(shown(&batch).await, shown(&one_by_one).await, "{query}");
    }
}

#[tokio::test]
async fn a_hundred_copies_of_a_user_are_one_write() {
    let world = World::new().await;
    let api = world.api();
    let profiles: Vec<String> = (0..100).map(|n| format!(r#"{{"uid":1,"n":{n},"plan":"gold"}}"#)).collect();
    let id = api.batch(&format!("[{}]", profiles.join(","))).await.batch_id();
    world.wire.take();
    apply_all(&world, &api).await;
    let calls = world.wire.take();
    // Besides the lease and the saved progress.
    assert_eq!(calls.iter().filter(|call| *call == "UpdateItem").count(), 1 + 2, "{calls:?}");
    assert_eq!(counts(&completed(&api, &id).await), [1, 99, 0, 0, 0]);
    assert_eq!(api.retrieve("uid=1").await.profile()["n"], 99);
}

#[tokio::test]
async fn what_would_change_nothing_is_not_written() {
    let world = World::new().await;
    let api = world.api();
    let profiles = r#"[{"uid":1,"email":"a@chmln.co","n":1.50,"e":1e3,"big":12345678901234567890123,"tags":["a",1,true],"h":{"b":{"c":null}},
        "at":"2029-04-07","company":{"uid":931,"name":"Acme","seats":3}},{"email":"b@chmln.co","n":1},{"uid":2,"company_uid":null}]"#;
    assert_eq!(counts(&apply_batch(&world, &api, profiles).await), [3, 0, 0, 0, 0]);
    let before = world.items(&world.tables.profiles).await;
    let companies = world.items(&world.tables.companies).await;
    world.wait(Duration::from_secs(60));
    // Another instance, which knows no company.
    let status = apply_batch(&world, &world.api(), profiles).await;
    assert_eq!(counts(&status), [0, 0, 3, 0, 0]);
    assert_eq!(world.items(&world.tables.profiles).await, before);
    assert_eq!(world.items(&world.tables.companies).await, companies);
}

#[tokio::test]
async fn ignore_creates_nobody_and_changes_who_is_there() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1,"email":"a@chmln.co"}"#).await.id();
    let id = api.upsert(r#"{"email":"b@chmln.co"}"#).await.id();
    let body = r#"{"profiles":[{"uid":1,"n":1},{"email":"b@chmln.co","n":1},{"uid":9,"n":1},{"email":"z@chmln.co"},{"uid":8,"email":"y@chmln.co"},
        {"uid":7,"email":"b@chmln.co"}],"on_model_missing":"ignore"}"#;
    let batch = api.post("/v3/observe/hooks/profiles/batch", body).await.batch_id();
    apply_all(&world, &api).await;
    let status = completed(&api, &batch).await;
    // The last item gives a uid to a profile that had only the address.
    assert_eq!(counts(&status), [0, 3, 0, 3, 0]);
    for query in ["uid=9", "uid=8", "email=z@chmln.co", "email=y@chmln.co"] {
        assert_eq!(api.retrieve(query).await.status, 404, "{query}");
    }
    assert_eq!(api.retrieve("uid=7").await.id(), id);
    assert_eq!(api.retrieve("uid=1").await.profile()["n"], 1);
}

#[tokio::test]
async fn items_that_collide_are_reported_with_their_index_and_others_are_not_touched() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":"owner","email":"taken@chmln.co"}"#).await.id();
    let id = api.upsert(r#"{"uid":"somebody"}"#).await.id();
    let status = apply_batch(
        &world,
        &api,
        &format!(
            r#"[{{"uid":"a","n":1}},{{"uid":"a","email":"taken@chmln.co","n":2}},{{"uid":"a","n":3}},{{"id":"{id}","uid":"else"}},{{"uid":"b","email":"b@chmln.co"}},
                {{"id":"6b038e7b0bac7c97f4767fb7"}},{{"uid":"c","company_id":"6b038e7b0bac7c97f4767fb7"}}]"#
        ),
    )
    .await;
    assert_eq!(counts(&status), [2, 1, 0, 0, 4]);
    assert_eq!(
        status["errors"],
        json!([
            {"code": 409, "index": 1, "message": "Conflict: the email of the 2nd item belongs to another profile"},
            {"code": 409, "index": 3, "message": "Conflict: the profile of the 4th item has another uid, and a uid never changes"},
            {"code": 404, "index": 5, "message": "Profile not found: no profile has the id of the 6th item"},
            {"code": 422, "index": 6,
                "message": "Unprocessable: no company has the `company_id` of the 7th item, send its `company_uid` to create it"},
        ])
    );
    assert_eq!(api.retrieve("uid=a").await.profile()["n"], 3);
    assert_eq!(api.retrieve("uid=owner").await.profile()["email"], "taken@chmln.co");
    assert_eq!(api.retrieve("uid=c").await.status, 404);
}

#[tokio::test]
async fn a_profile_that_would_be_too_large_is_reported_and_others_are_written() {
    let world = World::new().await;
    let api = world.api();
    let large: Vec<String> = (0..600).map(|n| format!(r#""p{n}":"{}""#, "x".repeat(768))).collect();
    let status = apply_batch(&world, &api, &format!(r#"[{{"uid":1,{}}},{{"uid":2,"n":1}}]"#, large.join(","))).await;
    assert_eq!(counts(&status), [1, 0, 0, 0, 1]);
    assert_eq!(status["errors"][0]["code"], 422);
    assert!(status["errors"][0]["message"].as_str().unwrap().contains("the profile of the 1st item would be larger than 400 KB"));
}

#[tokio::test]
async fn what_is_not_stored_as_sent_is_reported_without_its_value() {
    let world = World::new().await;
    let api = world.api();
    let status = apply_batch(&world, &api, &format!(r#"[{{"uid":1,"bio":"{}","percent":5}}]"#, "x".repeat(800))).await;
    assert_eq!(
        status["warnings"],
        json!([
            {"index": 0, "prop": "bio", "message": "cut to 768 bytes"},
            {"index": 0, "prop": "percent", "message": "ignored: only the service itself sets it"},
        ])
    );
}

#[tokio::test]
async fn now_in_an_item_is_the_time_of_the_request() {
    let world = World::new().await;
    let api = world.api();
    let id = api.batch(r#"[{"uid":1,"seen":"$now"}]"#).await.batch_id();
    world.wait(Duration::from_secs(3600));
    apply_all(&world, &api).await;
    completed(&api, &id).await;
    let profile = api.retrieve("uid=1").await;
    assert_eq!(profile.profile()["seen"], "2029-04-07T12:18:00.000Z");
    assert_eq!(profile.profile()["updated_at"], "2029-04-07T13:18:00.000Z");
}

/// A chunk may take more than one stored item if it has a lot about one user.
#[tokio::test]
async fn a_user_with_megabytes_of_items_is_applied_in_order() {
    let world = World::new().await;
    let api = world.api();
    let noise: Vec<String> =
        (0..30).map(|_| (0..200_000).map(|_| char::from(rand::random_range(b'0'..=b'z'))).collect::<String>().replace('\\', "/")).collect();
    let items: Vec<String> = noise.iter().enumerate().map(|(n, noise)| format!(r#"{{"uid":1,"n":{n},"noise":"{noise}"}}"#)).collect();
    let id = api.batch(&format!("[{}]", items.join(","))).await.batch_id();
    assert!(world.items(&world.tables.batch_chunks).await.len() > 10);
    assert_eq!(stream::events(&world).await.len(), 1);
    apply_all(&world, &api).await;
    assert_eq!(counts(&completed(&api, &id).await), [1, 29, 0, 0, 0]);
    let profile = api.retrieve("uid=1").await;
    assert_eq!(profile.profile()["n"], 29);
    assert_eq!(profile.profile()["noise"], noise[29][..768]);
}

#[tokio::test]
async fn a_stored_user_is_one_user_by_uid_and_by_address_though_no_item_says_so() {
    let world = World::new().await;
    let api = world.api();
    // A user whose address came first, so that the slot of the uid is an alias; and a user whose uid came first.
    api.upsert(r#"{"email":"kim@chmln.co"}"#).await.id();
    api.upsert(r#"{"uid":"kim","email":"kim@chmln.co"}"#).await.id();
    api.upsert(r#"{"uid":"leon","email":"leon@chmln.co"}"#).await.id();
    let merged = api.upsert(r#"{"email":"old@chmln.co"}"#).await.id();
    api.upsert(r#"{"uid":"leon","email":"old@chmln.co"}"#).await.id();
    let id = api.upsert(r#"{"uid":"leon","email":"leon@chmln.co"}"#).await.id();
    assert_ne!(id, merged);
    for fault in [None, Some(Fault::Delayed)] {
        let items = format!(
            r#"[{{"email":"kim@chmln.co","a":1,"v":1}},{{"uid":"kim","b":1,"v":2}},{{"email":"kim@chmln.co","v":3}},
                {{"uid":"leon","v":4}},{{"email":"leon@chmln.co","v":5}},{{"id":"{merged}","v":6}},{{"id":"{id}","v":7}},{{"uid":"leon","w":8}}]"#
        );
        let batch = api.batch(&items).await.batch_id();
        world.wire.break_calls(move |call| fault.filter(|_| call.operation == "UpdateItem" && call.number % 2 == 0));
        apply_all(&world, &api).await;
        world.wire.mend();
        assert_eq!(counts(&completed(&api, &batch).await)[4], 0);
        let (kim, leon) = (api.retrieve("uid=kim").await, api.retrieve("uid=leon").await);
        assert_eq!((&kim.profile()["a"], &kim.profile()["b"], &kim.profile()["v"]), (&json!(1), &json!(1), &json!(3)));
        assert_eq!((&leon.profile()["v"], &leon.profile()["w"]), (&json!(7), &json!(8)));
    }
}

/// A user who has nothing but an address may be named by it beside a new uid, and by the id.
#[tokio::test]
async fn a_user_who_gets_a_uid_by_the_address_is_the_one_whom_other_items_name_by_the_id() {
    let world = World::new().await;
    let api = world.api();
    for (before, uid) in [(r#"{"email":"kim@chmln.co"}"#, "new"), (r#"{"email":"leon@chmln.co"}"#, "known")] {
        api.upsert(r#"{"uid":"known"}"#).await.id();
        let id = api.upsert(before).await.id();
        let email = before.replace(['{', '}'], "");
        let items = format!(r#"[{{"uid":"{uid}",{email},"v":1}},{{"id":"{id}","email":"{uid}@x.co","v":2}}]"#);
        assert_eq!(counts(&apply_batch(&world, &api, &items).await), [0, 2, 0, 0, 0], "{items}");
        let user = api.retrieve(&format!("uid={uid}")).await;
        assert_eq!((&user.profile()["email"], &user.profile()["v"]), (&json!(format!("{uid}@x.co")), &json!(2)));
        assert_eq!(api.retrieve(&format!("id={id}")).await.text, user.text);
    }
}

/// Another user's address is no reason to wait behind him: he may release it.
#[tokio::test]
async fn an_address_that_another_user_releases_arrives_beside_items_that_name_ids() {
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert(r#"{"uid":"ann","email":"ann@chmln.co"}"#).await.id();
    let items = format!(r#"[{{"uid":"bob","email":"ann@chmln.co"}},{{"id":"{id}","email":"new@chmln.co"}}]"#);
    assert_eq!(counts(&apply_batch(&world, &api, &items).await), [1, 1, 0, 0, 0]);
}

/// The order holds over a whole chunk, not only among items that are read together.
#[tokio::test]
async fn a_user_named_in_different_ways_far_apart_is_applied_in_order_and_counted_once() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":"kim","email":"kim@chmln.co"}"#).await.id();
    let others = |from: usize| (from..from + 1_200).map(|n| format!(r#"{{"uid":{n}}}"#)).collect::<Vec<_>>().join(",");
    let items = format!(
        r#"[{{"email":"kim@chmln.co","v":1}},{},{{"uid":"kim","v":2}},{},{{"email":"kim@chmln.co","v":3}},{{"uid":"kim","v":3}}]"#,
        others(0),
        others(1_200)
    );
    let status = apply_batch(&world, &api, &items).await;
    assert_eq!(counts(&status), [2_400, 3, 1, 0, 0]);
    assert_eq!(api.retrieve("uid=kim").await.profile()["v"], 3);
}

#[tokio::test]
async fn a_company_that_would_be_too_large_keeps_what_it_has_and_a_warning_says_so() {
    let world = World::new().await;
    let api = world.api();
    let large: Vec<String> = (0..600).map(|n| format!(r#""p{n}":"{}""#, "x".repeat(768))).collect();
    let status = apply_batch(&world, &api, &format!(r#"[{{"uid":1}},{{"uid":2,"company":{{"uid":931,{}}}}}]"#, large.join(","))).await;
    assert_eq!(counts(&status), [2, 0, 0, 0, 0]);
    let message = "not stored, or only in part: the company would be larger than 400 KB, the most that can be stored";
    assert_eq!(status["warnings"], json!([{"index": 1, "prop": "company", "message": message}]));
}
