//! Uids that are numbers, and what stands for a missing value.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use profiles_tests::World;
use serde_json::{Value, json};

use crate::batch::{apply_all, completed, counts};

/// What senders make of a value that is missing.
const MISSING: [&str; 12] =
    ["undefined", "null", "NULL", "NaN", "nan", "None", "nil", "[object Object]", "[object object]", "true", "False", " undefined "];
const BLANK: [&str; 5] = [" ", "\t\r\n", "\u{a0}", "\u{feff}", "\u{200b} "];

#[tokio::test]
async fn everybody_without_an_id_is_not_one_user() {
    let world = World::new().await;
    let api = world.api();
    let reasons = MISSING.map(|uid| (uid, "it stands for a missing value")).into_iter().chain(BLANK.map(|uid| (uid, "it is blank")));
    let mut items = Vec::new();
    for (n, (uid, reason)) in reasons.enumerate() {
        let email = format!("user{n}@example.com");
        let warning = json!([{"prop": "uid", "message": format!("ignored: {reason}")}]);
        let reply = api.upsert(&json!({"uid": uid, "email": email}).to_string()).await;
        assert_eq!(reply.body["warnings"], warning, "{uid:?}");
        let profile = api.retrieve(&format!("email={email}")).await;
        assert_eq!((profile.id(), &profile.profile()["uid"]), (reply.id(), &Value::Null), "{uid:?}");

        let event = api.track(&json!({"uid": uid, "email": email, "name": "seen"}).to_string()).await;
        assert_eq!(event.body["warnings"], warning, "{uid:?}");
        let (user, tour) = (format!(r#""uid":{},"email":"{email}""#, json!(uid)), r#""tour":{"id":"t"}"#);
        let webhook = api.experience(&format!("w{n}"), "tour.started", &user, tour).await;
        assert_eq!(webhook.body["warnings"], json!([{"prop": "data.profile.uid", "message": format!("ignored: {reason}")}]));
        let listed = api.get(&format!("/v3/analyze/interactions?email={email}")).await;
        assert_eq!(listed.body["interactions"][0]["profile"]["id"], reply.id());

        let query = format!("uid={}", utf8_percent_encode(uid, NON_ALPHANUMERIC));
        for reply in [
            api.upsert(&json!({"uid": uid}).to_string()).await,
            api.track(&json!({"uid": uid, "name": "seen"}).to_string()).await,
            api.experience("w", "tour.started", &format!(r#""uid":{}"#, json!(uid)), tour).await,
            api.deliver(&json!({"uid": uid, "model_kind": "tour", "model_id": "t"}).to_string()).await,
            api.retrieve(&query).await,
            api.clear(&query).await,
            api.forget(&query).await,
            api.get(&format!("/v3/edit/deliveries?{query}")).await,
            // Not the interactions of everybody.
            api.get(&format!("/v3/analyze/interactions?{query}")).await,
            api.get(&format!("/v3/analyze/responses?{query}")).await,
        ] {
            let message = reply.message(422);
            assert!(message.starts_with("Unprocessable: No identifier found. Pass your User ID as the `uid` parameter or "), "{message}");
            assert!(message.contains("uid`: ") && message.ends_with(&format!("{reason})")), "{message}");
        }
        items.extend([json!({"uid": uid}), json!({"uid": uid, "email": email, "plan": n})]);
    }
    let reply = api.batch(&Value::from(items.clone()).to_string()).await;
    let errors = reply.body["errors"].as_array().unwrap();
    assert_eq!(errors.len(), items.len() / 2, "{}", reply.text);
    for (n, error) in errors.iter().enumerate() {
        let message = error["message"].as_str().unwrap();
        assert!(
            error["index"] == 2 * n && message.contains("(`uid`: it ") && message.starts_with("No identifier found for the "),
            "{error}"
        );
    }
    apply_all(&world, &api).await;
    let status = completed(&api, &reply.batch_id()).await;
    let half = u64::try_from(items.len() / 2).unwrap();
    assert_eq!(counts(&status), [0, half, 0, 0, half], "{status}");
    assert!(status["warnings"].as_array().unwrap().iter().all(|warning| warning["prop"] == "uid"));
}

#[tokio::test]
async fn nobody_belongs_to_the_company_of_those_who_have_none() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1,"company_uid":931}"#).await.id();
    for (fields, prop) in [
        (r#""company_uid":"undefined""#, "company_uid"),
        (r#""company_id":"null""#, "company_id"),
        (r#""company_uid":" ""#, "company_uid"),
        (r#""company":{"uid":"NaN"}"#, "company.uid"),
        (r#""company":{"id":"[object Object]"}"#, "company.id"),
    ] {
        let reply = api.upsert(&format!(r#"{{"uid":1,{fields}}}"#)).await;
        assert_eq!((reply.status, &reply.body["warnings"][0]["prop"]), (200, &json!(prop)), "{}", reply.text);
        assert_eq!(api.retrieve("uid=1").await.profile()["company"]["uid"], "931", "{fields}");
    }
    assert_eq!(api.upsert(r#"{"uid":1,"company_uid":931.0}"#).await.body["warnings"], Value::Null);
    assert_eq!(world.items(&world.tables.companies).await.len(), 1);
}

#[tokio::test]
async fn a_whole_number_is_its_digits_however_it_is_written() {
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert(r#"{"uid":"18821"}"#).await.id();
    for uid in ["18821", "18821.0", "18821.000", "1.8821e4", "188210e-1", "1.88210E+4"] {
        assert_eq!(api.upsert(&format!(r#"{{"uid":{uid}}}"#)).await.body, json!({"profile": {"id": id}}), "{uid}");
        assert_eq!(api.post("/v3/analyze/profile", &format!(r#"{{"uid":{uid}}}"#)).await.id(), id, "{uid}");
        assert_eq!(api.track(&format!(r#"{{"uid":{uid},"name":"seen"}}"#)).await.status, 200, "{uid}");
        assert_eq!(api.experience(uid, "tour.started", &format!(r#""uid":{uid}"#), r#""tour":{"id":7.0}"#).await.status, 200, "{uid}");
        let delivery = api.deliver(&format!(r#"{{"uid":{uid},"model_kind":"tour","model_id":"t{uid}"}}"#)).await;
        assert!(delivery.body["delivery"]["profile_id"] == id || delivery.status == 409, "{}", delivery.text);
    }
    let batch = api.batch(r#"[{"uid":18821.0,"a":1},{"uid":"18821","b":2},{"uid":1.8821e4,"c":3}]"#).await.batch_id();
    apply_all(&world, &api).await;
    assert_eq!(counts(&completed(&api, &batch).await)[0], 0);
    let profile = api.retrieve("uid=18821").await;
    assert_eq!((&profile.profile()["a"], &profile.profile()["b"], &profile.profile()["c"]), (&json!(1), &json!(2), &json!(3)));
    assert_eq!(api.get("/v3/analyze/tours/7").await.status, 200);
    assert_eq!(world.items(&world.tables.profiles).await.len(), 1);
    // A text is taken as it is.
    assert_ne!(api.upsert(r#"{"uid":"18821.0"}"#).await.id(), id);
}
