//! Retrieve: the fields of a profile, and of its company.

use std::time::Duration;

use profiles_tests::api::ALWAYS_SHOWN;
use profiles_tests::{Reply, World};
use serde_json::{Value, json};

/// Returns the names in the profile of an answer, in their order.
#[track_caller]
fn names(reply: &Reply) -> Vec<String> {
    assert_eq!(reply.status, 200, "{}", reply.text);
    let raw: &serde_json::value::RawValue = serde_json::from_str(&reply.text).unwrap();
    let (_, profile) = profiles_normalization::entries(raw.get()).unwrap().remove(0);
    profiles_normalization::entries(profile.get()).unwrap().into_iter().map(|(name, _)| name.into_owned()).collect()
}

#[tokio::test]
async fn a_profile_of_a_uid_alone_shows_the_documented_fields_and_nothing_else() {
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert(r#"{"uid":18821}"#).await.id();
    let reply = api.retrieve("uid=18821").await;
    assert_eq!(names(&reply), ALWAYS_SHOWN);
    let percent = &reply.profile()["percent"];
    assert!((0.0..100.0).contains(&percent.as_f64().unwrap()));
    assert_eq!(
        reply.body,
        json!({"profile": {
            "id": id,
            "created_at": "2029-04-07T12:18:00.000Z",
            "updated_at": "2029-04-07T12:18:00.000Z",
            "uid": "18821",
            "percent": percent,
            "browser_x": null,
            "browser_tz": null,
            "browser_l": null,
            "browser_n": null,
            "browser_k": null,
            "last_seen_at": null,
            "last_seen_session_count": null,
            "delivery_ids": [],
        }})
    );
    // The first 8 digits of an id are its time.
    assert_eq!(id.split_at(8).0, format!("{:08x}", 1_870_258_680));
}

#[tokio::test]
async fn a_profile_of_an_email_alone_has_the_uid_null() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"email":"Leon@CHMLN.co"}"#).await.id();
    let reply = api.retrieve("email=leon@chmln.co").await;
    assert_eq!(names(&reply), [&ALWAYS_SHOWN[..], &["email"]].concat());
    assert_eq!((&reply.profile()["uid"], &reply.profile()["email"]), (&Value::Null, &json!("leon@chmln.co")));
}

#[tokio::test]
async fn properties_come_after_the_fields_that_are_always_there() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"zeta":1,"alpha":2,"browser_x":1920,"uid":18821,"aardvark":3,"email":"leon@chmln.co","company_uid":931}"#).await.id();
    let reply = api.retrieve("uid=18821").await;
    let shown: Vec<String> = names(&reply).into_iter().filter(|name| !name.starts_with("company")).collect();
    assert_eq!(shown[..13], ALWAYS_SHOWN);
    assert_eq!(shown[13..].iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
    for property in ["zeta", "alpha", "aardvark", "email"] {
        assert!(shown[13..].iter().any(|name| name == property), "{property}");
    }
}

#[tokio::test]
async fn only_upserts_change_the_time_of_the_update_and_nothing_changes_creation_and_percent() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":18821}"#).await.id();
    let percent = api.retrieve("uid=18821").await.profile()["percent"].clone();
    world.wait(Duration::from_millis(61_005));
    let before = api.retrieve("uid=18821").await;
    assert_eq!(before.profile()["updated_at"], "2029-04-07T12:18:00.000Z");
    api.upsert(r#"{"uid":18821,"plan":"gold"}"#).await.id();
    let reply = api.retrieve("uid=18821").await;
    assert_eq!(reply.profile()["created_at"], "2029-04-07T12:18:00.000Z");
    assert_eq!(reply.profile()["updated_at"], "2029-04-07T12:19:01.005Z");
    assert_eq!(reply.profile()["percent"], percent);
}

#[tokio::test]
async fn several_identifiers_must_name_one_profile() {
    let world = World::new().await;
    let api = world.api();
    let leon = api.upsert(r#"{"uid":18821,"email":"leon@chmln.co"}"#).await.id();
    let kim = api.upsert(r#"{"uid":28421,"email":"kim@chmln.co"}"#).await.id();
    for query in [
        format!("id={leon}&uid=18821"),
        format!("id={leon}&email=leon@chmln.co"),
        "uid=18821&email=leon@chmln.co".into(),
        format!("id={leon}&uid=18821&email=LEON@chmln.co"),
    ] {
        assert_eq!(api.retrieve(&query).await.id(), leon, "{query}");
    }
    for (query, message) in [
        (format!("id={leon}&uid=28421"), format!("no profile has both the id `{leon}` and the uid `28421`")),
        (format!("id={kim}&email=leon@chmln.co"), format!("no profile has both the id `{kim}` and the email `leon@chmln.co`")),
        ("uid=18821&email=kim@chmln.co".into(), "no profile has both the uid `18821` and the email `kim@chmln.co`".into()),
        (format!("id={leon}&uid=18821&email=kim@chmln.co"), format!("no profile has both the id `{leon}` and the email `kim@chmln.co`")),
        (format!("id={leon}&uid=nobody"), format!("no profile has both the id `{leon}` and the uid `nobody`")),
        ("uid=nobody&email=leon@chmln.co".into(), "no profile has the uid `nobody`".into()),
    ] {
        assert_eq!(api.retrieve(&query).await.message(404), format!("Profile not found: {message}"), "{query}");
    }
}

#[tokio::test]
async fn the_id_of_a_merged_profile_shows_the_one_it_was_merged_into() {
    let world = World::new().await;
    let api = world.api();
    let twin = api.upsert(r#"{"email":"leon@chmln.co"}"#).await.id();
    let leon = api.upsert(r#"{"uid":18821}"#).await.id();
    api.upsert(r#"{"uid":18821,"email":"leon@chmln.co"}"#).await.id();
    for target in [format!("/v3/analyze/profiles/{twin}"), format!("/v3/analyze/profile?id={twin}&uid=18821&email=leon@chmln.co")] {
        assert_eq!(api.get(&target).await.id(), leon, "{target}");
    }
}

#[tokio::test]
async fn a_profile_may_be_cut_down_to_four_fields_and_its_company() {
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert(r#"{"uid":18821,"plan":"gold","company":{"uid":931,"name":"Acme"}}"#).await.id();
    let all = api.retrieve("uid=18821").await;
    let shortest = json!({"id": id, "created_at": "2029-04-07T12:18:00.000Z", "updated_at": "2029-04-07T12:18:00.000Z", "uid": "18821"});
    let mut short = shortest.clone();
    short["company"] = all.profile()["company"].clone();
    let min = json!({"profile": short});
    let target = format!("/v3/analyze/profiles/{id}");
    for query in ["expand[profile]=min", "expand%5Bprofile%5D=min", "expand[profile]=min&expand[company]=min"] {
        let reply = api.get(&format!("{target}?{query}")).await;
        assert_eq!(reply.body, min, "{query}");
        assert_eq!(names(&reply)[..4], ALWAYS_SHOWN[..4]);
    }
    let without = api.get(&format!("{target}?expand[profile]=min&expand[company]=skip")).await;
    assert_eq!(without.body, json!({"profile": shortest}));
    let whole = api.get(&format!("{target}?expand[profile]=min&expand[company]=all")).await;
    assert_eq!(whole.profile()["company"], api.retrieve("uid=18821&expand[company]=all").await.profile()["company"]);
    for body in [r#"{"expand":{"profile":"min"}}"#, r#"{"expand[profile]":"min"}"#] {
        assert_eq!(api.post(&target, body).await.body, min, "{body}");
    }
    for query in ["", "expand[profile]=all", "expand[profile]=all&expand[company]=min"] {
        assert_eq!(api.get(&format!("{target}?{query}")).await.text, all.text, "{query}");
    }
}

#[tokio::test]
async fn a_company_is_shown_whole_in_short_or_not_at_all() {
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert(r#"{"uid":18821,"company":{"uid":931,"name":"Acme","seats":12}}"#).await.id();
    let company_id = api.retrieve("uid=18821").await.profile()["company_id"].clone();
    let created_at = "2029-04-07T12:18:00.000Z";
    let min = json!({"id": company_id, "created_at": created_at, "uid": "931", "name": "Acme"});
    let mut all = min.clone();
    all["updated_at"] = json!(created_at);
    all["seats"] = json!(12);
    let target = format!("/v3/analyze/profiles/{id}");
    for (word, company) in [("all", all), ("min", min.clone()), ("skip", Value::Null)] {
        let replies = [
            api.get(&format!("{target}?expand[company]={word}")).await,
            api.get(&format!("{target}?expand%5Bcompany%5D={word}")).await,
            api.post(&target, &format!(r#"{{"expand":{{"company":"{word}"}}}}"#)).await,
            api.post(&target, &format!(r#"{{"expand[company]":"{word}"}}"#)).await,
            api.post(&format!("{target}?expand[company]=min"), &format!(r#"{{"expand[company]":"{word}"}}"#)).await,
        ];
        for reply in replies {
            assert_eq!(reply.profile()["company"], company, "{word}");
            assert_eq!(reply.profile().get("company").is_none(), word == "skip", "{word}");
            assert_eq!(reply.profile()["company_id"], company_id, "{word}");
        }
    }
    assert_eq!(api.get(&target).await.profile()["company"], min);
    api.upsert(r#"{"uid":28421,"company_uid":"nameless"}"#).await.id();
    let nameless = api.retrieve("uid=28421").await;
    assert_eq!(nameless.profile()["company"].as_object().unwrap().keys().collect::<Vec<_>>().len(), 3);
}

#[tokio::test]
async fn integers_of_38_digits_come_back_with_every_digit() {
    let world = World::new().await;
    let api = world.api();
    let digits = "12345678901234567890123456789012345678";
    let reply = api
        .upsert(&format!(
            r#"{{"uid":18821,"long":{digits},"minus":-{digits},"nines":{nines},"longer":1{digits},"array":[{digits}],"hash":{{"n":{digits}}},"safe":9007199254740993,"huge":1e300,"fraction":0.1000,"whole":1199320.0,"tiny":1e-131}}"#,
            nines = "9".repeat(38)
        ))
        .await;
    assert_eq!(reply.body["warnings"], Value::Null);
    let text = api.retrieve("uid=18821").await.text;
    for expected in [
        format!(r#""long":{digits},"#),
        format!(r#""minus":-{digits},"#),
        format!(r#""nines":{},"#, "9".repeat(38)),
        format!(r#""longer":"1{digits}","#),
        format!(r#""array":[{digits}]"#),
        format!(r#""hash":{{"n":{digits}}}"#),
        r#""safe":9007199254740993"#.into(),
        r#""huge":"1e300""#.into(),
        r#""fraction":0.1"#.into(),
        r#""whole":1199320"#.into(),
        r#""tiny":"1e-131""#.into(),
    ] {
        assert!(text.contains(&expected), "{expected} in {text}");
    }
}

#[tokio::test]
async fn uids_are_kept_as_the_text_of_what_was_sent() {
    let world = World::new().await;
    let api = world.api();
    let digits = "123456789012345678901234567890123456789012345678901234567890";
    for (sent, uid, other) in [
        ("18821", "18821", "18821.0"),
        (r#""018821""#, "018821", "18821"),
        (digits, digits, "1.2345678901234568e59"),
        ("-7", "-7", "7"),
        (r#"" blank ""#, " blank ", "blank"),
        (r#""Leon""#, "Leon", "leon"),
        (r#""true-1""#, "true-1", "True-1"),
        (r#""2029-04-07""#, "2029-04-07", "2029-04-07T00:00:00.000Z"),
        (r#""$now""#, "$now", "now"),
        (r#""名前/🦎""#, "名前/🦎", "名前"),
    ] {
        let id = api.upsert(&format!(r#"{{"uid":{sent}}}"#)).await.id();
        let found = api.post("/v3/analyze/profile", &json!({"uid": uid}).to_string()).await;
        assert_eq!((found.id(), &found.profile()["uid"]), (id.clone(), &json!(uid)));
        let elsewhere = api.post("/v3/analyze/profile", &json!({"uid": other}).to_string()).await;
        assert!(elsewhere.status == 404 || elsewhere.id() != id, "{uid} and {other} are one");
    }
}

#[tokio::test]
async fn another_instance_sees_an_upsert_at_once() {
    let world = World::new().await;
    let (writer, reader) = (world.api(), world.api());
    for step in 0..10 {
        let id = writer.upsert(&format!(r#"{{"uid":18821,"email":"leon{step}@chmln.co","step":{step}}}"#)).await.id();
        for query in ["uid=18821".into(), format!("email=leon{step}@chmln.co"), format!("id={id}")] {
            assert_eq!(reader.retrieve(&query).await.profile()["step"], step, "{query}");
        }
    }
}
