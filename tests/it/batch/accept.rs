//! Accepting batches: which are accepted, which are refused, and which errors of items the answer lists at once.

use std::io::Write;

use http::HeaderValue;
use profiles_tests::api::request;
use profiles_tests::{Api, Reply, World, stream};
use serde_json::{Value, json};

use super::{apply_all, apply_batch, completed, count, counts};

const PATH: &str = "/v3/observe/hooks/profiles/batch";
const LIMIT: usize = 16 * 1024 * 1024;
const TOO_LARGE: &str = "Each batch must be less than 16mb, try splitting the batch in half";

#[tokio::test]
async fn the_documented_batch_is_accepted_and_applied() {
    let world = World::new().await;
    let api = world.api();
    let status = apply_batch(
        &world,
        &api,
        r#"[{"uid":18821,"first_name":"Leon","role":"admin","last_import_at":"2029-04-07T12:18:00Z","invited_users_count":7,"company_uid":931},
            {"uid":28421,"first_name":"Kim","role":"engineer","last_import_at":"2029-04-02T16:11:06Z","invited_users_count":4,"company_uid":632}]"#,
    )
    .await;
    assert_eq!(counts(&status), [2, 0, 0, 0, 0]);
    assert_eq!((&status["errors"], &status["cursor"]), (&json!([]), &json!({"limit": 50, "after": null})));
    let leon = api.retrieve("uid=18821").await;
    assert_eq!((&leon.profile()["first_name"], &leon.profile()["invited_users_count"]), (&json!("Leon"), &json!(7)));
    assert_eq!(leon.profile()["company"]["uid"], "931");
}

#[tokio::test]
async fn a_secret_in_the_path_or_body_admits_a_batch() {
    let world = World::new().await;
    let api = world.api();
    let secret = api.secret();
    api.send(request("POST", &format!("/v3/observe/hooks/{secret}/profiles/batch"), br#"{"profiles":[{"uid":1}]}"#)).await.batch_id();
    let body = format!(r#"{{"profiles":[{{"uid":1}}],"account_secret":"{secret}"}}"#);
    api.send(request("POST", PATH, body.as_bytes())).await.batch_id();
    let refused = api.send(request("POST", PATH, br#"{"profiles":[{"uid":1}]}"#)).await;
    assert_eq!(refused.message(403), "Unauthorized: Please check your Chameleon Account Secret");
}

#[tokio::test]
async fn a_batch_of_nothing_is_completed_at_once() {
    let world = World::new().await;
    let api = world.api();
    let status = completed(&api, &api.batch("[]").await.batch_id()).await;
    let batch = &status["batch"];
    assert_eq!((&batch["created_at"], &batch["completed_at"]), (&json!("2029-04-07T12:18:00.000Z"), &json!("2029-04-07T12:18:00.000Z")));
    assert_eq!(batch["total_count"], 0);
}

#[tokio::test]
async fn the_4430th_item_without_identifier_is_reported_as_documented_and_the_others_are_applied() {
    let world = World::new().await;
    let api = world.api();
    let items: Vec<String> =
        (0..4_500).map(|n| if n == 4_429 { r#"{"plan":"gold"}"#.to_owned() } else { format!(r#"{{"uid":{}}}"#, n % 50) }).collect();
    let reply = api.batch(&format!("[{}]", items.join(","))).await;
    let id = reply.batch_id();
    let expected = format!(
        r#"{{"batch":{{"id":"{id}"}},"errors":[{{"code":422,"index":4429,"message":"No identifier found for the 4430th item. Pass your User ID as the `uid` parameter or the Email address as the `email` parameter"}}]}}"#
    );
    assert_eq!(reply.text, expected);
    apply_all(&world, &api).await;
    let status = completed(&api, &id).await;
    assert_eq!(counts(&status), [50, 0, 4_449, 0, 1]);
    assert_eq!(status["errors"], reply.body["errors"]);
}

#[tokio::test]
async fn whatever_is_no_profile_is_an_error_with_its_index() {
    let world = World::new().await;
    let api = world.api();
    let long = "a".repeat(769);
    let items = format!(
        r#"[{{"uid":1}},null,[{{"uid":1}}],"uid",7,true,{{}},{{"uid":null}},{{"uid":[1]}},{{"email":"nobody"}},{{"uid":"{long}"}},
            {{"uid":1,"browserX":"wide"}},{{"uid":1,"company_uid":"a","company_id":"b"}},{{"id":"short"}},{{"uid":1,"plan":"\ud800"}},
            {{"uid":2,"uid":3,"plan":"gold","plan":"silver"}}]"#
    );
    let reply = api.batch(&items).await;
    let id = reply.batch_id();
    let errors = reply.body["errors"].as_array().unwrap();
    let indexes: Vec<u64> = errors.iter().map(|error| error["index"].as_u64().unwrap()).collect();
    assert_eq!(indexes, (1..15).collect::<Vec<_>>());
    let message = |index: usize| errors[index - 1]["message"].as_str().unwrap();
    assert_eq!(message(1), "Unprocessable: the 2nd item must be a JSON object, such as {\"uid\": 18821}");
    assert!(message(7).starts_with("No identifier found for the 8th item. "));
    assert_eq!(message(10), "Unprocessable: `uid` of the 11th item cannot be used: it is longer than 768 bytes");
    assert_eq!(message(11), "Unprocessable: `browser_x` of the 12th item must be a number of pixels");
    assert_eq!(message(12), "Unprocessable: `company_id` and `company_uid` of the 13th item name different companies, send one of them");
    assert_eq!((&errors[12]["code"], message(13)), (&json!(404), "Profile not found: no profile has the id of the 14th item"));
    apply_all(&world, &api).await;
    let status = completed(&api, &id).await;
    assert_eq!(counts(&status), [2, 0, 0, 0, 14]);
    assert_eq!(status["errors"], reply.body["errors"]);
    // The last of repeated names is used, with a warning.
    assert_eq!(api.retrieve("uid=3").await.profile()["plan"], "silver");
    let repeated = |prop| json!({"index": 15, "prop": prop, "message": "sent more than once: the last value is kept"});
    assert_eq!(status["warnings"], json!([repeated("uid"), repeated("plan")]));
}

#[tokio::test]
async fn what_is_no_batch_is_refused_whole_and_stores_nothing() {
    let world = World::new().await;
    let api = world.api();
    let before = world.everything().await;
    let not_a_list = "Unprocessable: `profiles` must be an array of profiles, such as [{\"uid\": 18821}]";
    let on_missing = "Unprocessable: `on_model_missing` must be `create` or `ignore`";
    for (body, message) in [
        ("{}", not_a_list),
        (r#"{"profiles":null}"#, not_a_list),
        (r#"{"profiles":{"uid":1}}"#, not_a_list),
        (r#"{"profiles":"[]"}"#, not_a_list),
        (r#"{"profiles":[{"uid":1}],"on_model_missing":"update"}"#, on_missing),
        (r#"{"profiles":[{"uid":1}],"on_model_missing":true}"#, on_missing),
        (r#"[{"uid":1}]"#, r#"Unprocessable: the body must be a JSON object, such as {"uid": 18821}"#),
        (r#"{"profiles":[{"uid":1},}"#, "Unprocessable: the body is not valid JSON: it breaks off or goes wrong at line 1 column 24"),
        (r#"{"profiles":[{"uid":1}"#, "Unprocessable: the body is not valid JSON: it breaks off or goes wrong at line 1 column 22"),
    ] {
        assert_eq!(api.post(PATH, body).await.message(422), message, "{body}");
    }
    assert_eq!(world.everything().await, before);
}

#[tokio::test]
async fn fields_beside_the_list_are_ignored_with_a_warning() {
    let world = World::new().await;
    let api = world.api();
    let reply = api.post(PATH, r#"{"profiles":[{"uid":1}],"onModelMissing":"create","plan":"gold"}"#).await;
    reply.batch_id();
    let message = "ignored: a batch has `profiles` and `on_model_missing`, and each profile its own properties";
    assert_eq!(reply.body["warnings"], json!([{"prop": "plan", "message": message}]));
}

/// Makes a body of this many bytes, with as many of these items as fit, and filled up with blanks.
fn body(bytes: usize, item: impl Fn(usize) -> String) -> (String, usize) {
    let mut body = r#"{"profiles":["#.to_owned();
    let mut items = 0;
    loop {
        let next = item(items);
        if body.len() + next.len() + 3 > bytes {
            break;
        }
        if items > 0 {
            body.push(',');
        }
        body.push_str(&next);
        items += 1;
    }
    body.push_str("]}");
    body.extend(std::iter::repeat_n(' ', bytes - body.len()));
    (body, items)
}

fn uuid(n: usize) -> String {
    format!("{n:08x}-f111-4644-8c24-e41520ee87e2")
}

async fn send(api: &Api, body: Vec<u8>, encoding: Option<&'static str>) -> Reply {
    let mut request = api.with_secret(request("POST", PATH, &[]));
    request.body = body;
    if let Some(encoding) = encoding {
        request.headers.insert("content-encoding", HeaderValue::from_static(encoding));
    }
    api.send(request).await
}

/// Checks that a batch is accepted, and that all of its items have a ticket.
async fn is_accepted(world: &World, api: &Api, reply: &Reply, items: usize) {
    let id = reply.batch_id();
    assert_eq!(reply.body.as_object().unwrap().len(), 1);
    let status = api.batch_status(&id).await;
    assert_eq!((&status.body["batch"]["state"], count(&status.body, "total")), (&json!("accepted"), items as u64));
    let mut waiting = 0;
    let tickets = stream::tickets(world).await;
    for ticket in tickets.iter().filter(|ticket| ticket["PK"].as_s().unwrap().ends_with(&id)) {
        waiting += ticket["items"].as_n().unwrap().parse::<usize>().unwrap();
    }
    assert_eq!(waiting, items);
}

#[tokio::test]
async fn the_largest_batches_are_accepted_and_one_byte_more_is_not_however_they_are_sent() {
    let world = World::new().await;
    let api = world.api();
    let (small, small_items) = body(LIMIT, |n| format!(r#"{{"uid":"{}","plan":"gold"}}"#, uuid(n)));
    assert!((255_000..=280_000).contains(&small_items), "{small_items}");
    is_accepted(&world, &api, &send(&api, small.clone().into_bytes(), None).await, small_items).await;
    let (larger, larger_items) = body(LIMIT, |n| {
        format!(
            r#"{{"uid":"{}","email":"jane{n}@acme.software","first_name":"Jane","last_name":"Chameleon","last_login":"2029-04-29T09:00:00.000Z","subscription_type":"platinum","role":"revops","company_id":"72d8ce91-fa3c-40f4-954d-4a8e8319a61e"}}"#,
            uuid(n)
        )
    });
    assert!((58_000..=66_000).contains(&larger_items), "{larger_items}");
    let zstd = zstd::encode_all(larger.as_bytes(), 1).unwrap();
    is_accepted(&world, &api, &send(&api, zstd, Some("zstd")).await, larger_items).await;

    let mut one_more = small.into_bytes();
    one_more.push(b' ');
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&one_more).unwrap();
    for reply in [
        send(&api, gzip.finish().unwrap(), Some("gzip")).await,
        send(&api, zstd::encode_all(one_more.as_slice(), 1).unwrap(), Some("zstd")).await,
        send(&api, one_more, None).await,
    ] {
        assert_eq!(reply.message(413), TOO_LARGE);
    }
}

#[tokio::test]
async fn a_batch_of_errors_lists_the_first_10000_at_once_and_all_on_its_pages() {
    let world = World::new().await;
    let api = world.api();
    let reply = api.batch(&format!("[{}]", vec!["1"; 12_000].join(","))).await;
    let id = reply.batch_id();
    assert_eq!(reply.body["errors"].as_array().unwrap().len(), 10_000);
    let (mut seen, mut after) = (0, Value::Null);
    loop {
        let query = after.as_u64().map_or(String::new(), |after| format!("&after={after}"));
        let page = api.get(&format!("{PATH}/{id}?limit=500{query}")).await.body;
        for error in page["errors"].as_array().unwrap() {
            assert_eq!(error["index"], seen);
            seen += 1;
        }
        after = page["cursor"]["after"].clone();
        if after.is_null() {
            break;
        }
    }
    assert_eq!(seen, 12_000);
    assert_eq!(counts(&completed(&api, &id).await), [0, 0, 0, 0, 12_000]);
}

#[tokio::test]
async fn a_batch_that_is_unknown_or_anothers_is_not_found() {
    let world = World::new().await;
    let api = world.api();
    let id = api.batch(r#"[{"uid":1}]"#).await.batch_id();
    let (_, other) = world.new_account(world.client(1)).await;
    let unknown = "6b038e7b0bac7c97f4767fb7";
    for (api, id) in [(&other, id.as_str()), (&api, unknown), (&api, "short")] {
        assert_eq!(api.batch_status(id).await.message(404), format!("Batch not found: no batch has the id `{id}`"));
    }
    for (query, message) in [
        ("limit=0", "Unprocessable: `limit` must be a whole number from 1 to 500"),
        ("limit=501", "Unprocessable: `limit` must be a whole number from 1 to 500"),
        ("after=x", "Unprocessable: `after` must be the index of an item: `after` of the last page's cursor"),
    ] {
        assert_eq!(api.get(&format!("{PATH}/{id}?{query}")).await.message(422), message);
    }
}
