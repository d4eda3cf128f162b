//! Names and values in every place that takes properties.

use profiles_tests::api::properties_of;
use profiles_tests::{Api, World};
use serde_json::{Value, json};

use crate::batch::{apply_all, completed};

/// Sends these properties, as members of an object, to every place that takes properties. Checks what each stores, and the number of
/// its warnings. (`email` and the like are no properties here.)
async fn everywhere(members: &str, expected: &Value, warnings: usize) {
    let world = World::new().await;
    let api = world.api();
    let count = |warnings: &Value| warnings.as_array().map_or(0, Vec::len);
    let reply = api.upsert(&format!(r#"{{"uid":1,{members}}}"#)).await;
    assert_eq!(count(&reply.body["warnings"]), warnings, "{}", reply.text);
    assert_eq!(&properties_of(api.retrieve("uid=1").await.profile()), expected);

    let batch = api.batch(&format!(r#"[{{"uid":2,{members}}}]"#)).await.batch_id();
    apply_all(&world, &api).await;
    let status = completed(&api, &batch).await;
    assert_eq!(count(&status["warnings"]), warnings, "{status}");
    assert_eq!(&properties_of(api.retrieve("uid=2").await.profile()), expected);

    let reply = api.upsert(&format!(r#"{{"uid":3,"company":{{"uid":931,{members}}}}}"#)).await;
    assert_eq!(count(&reply.body["warnings"]), warnings, "{}", reply.text);
    let mut company = api.retrieve("uid=3&expand[company]=all").await.profile()["company"].clone();
    company.as_object_mut().unwrap().retain(|name, _| !matches!(name.as_str(), "id" | "created_at" | "updated_at" | "uid"));
    assert_eq!(&company, expected);

    let reply = api.track(&format!(r#"{{"uid":1,"name":"seen",{members}}}"#)).await;
    assert_eq!(count(&reply.body["warnings"]), warnings, "{}", reply.text);
    assert_eq!(reply.status, 200);

    let response = format!(r#""survey":{{"id":"s"}},"response":{{"button_text":"Yes",{members}}}"#);
    let reply = api.experience("w", "response.finished", r#""uid":1"#, &response).await;
    assert_eq!(count(&reply.body["warnings"]), warnings, "{}", reply.text);
    let listed = api.get("/v3/analyze/responses?id=s").await;
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&listed.body["responses"][0][name], value, "{}", listed.text);
    }
}

#[tokio::test]
async fn names_that_differ_in_a_mark_are_two() {
    everywhere(
        r#""เสื่อ":"mat","เสื้อ":"shirt","पत्नी":1,"নাম্বার":2,"orúkọ̀":3,"İsim":4,"ชื่อจริง":5,"e\u0301cole":6,"x\u0301Yz":7,"\u0301":{"தமிழ்":8},"h":{"தமிழ்":8}"#,
        &json!({
            "เสื่อ": "mat", "เสื้อ": "shirt", "पत्नी": 1, "নাম্বার": 2, "orúkọ̀": 3, "i\u{307}sim": 4, "ชื่อจริง": 5, "école": 6, "x\u{301}_yz": 7,
            "h": {"தமிழ்": 8},
        }),
        1,
    )
    .await;
}

#[tokio::test]
async fn one_property_never_overwrites_another_whose_name_differs_in_a_mark() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1,"เสื่อ":"mat"}"#).await.id();
    api.upsert(r#"{"uid":1,"เสื้อ":"shirt"}"#).await.id();
    api.upsert(r#"{"uid":1,"เสือ":"tiger"}"#).await.id();
    assert_eq!(properties_of(api.retrieve("uid=1").await.profile()), json!({"เสื่อ": "mat", "เสื้อ": "shirt", "เสือ": "tiger"}));
}

#[tokio::test]
async fn digits_with_an_e_in_them_stay_strings() {
    let stay = json!({
        "a": "0e462097431906509019562988736854", "b": "1e000000000000000000003", "c": "0.0000000000000000", "d": ["6e12345678901234567"],
        "e": {"f": "00012345678901234567"},
    });
    let members = stay.to_string();
    everywhere(members.trim_start_matches('{').strip_suffix('}').unwrap(), &stay, 0).await;
}

#[tokio::test]
async fn a_number_that_is_written_otherwise_is_told_and_a_version_is_none() {
    everywhere(
        r#""price":"1.10","rate":"17.20","count":"10.0","large":"1e3","list":["1.50",2],"h":{"x":"2.0","version":"2.0"},
           "version":"1.10","appVersion":"17.20","osversion":"10.0","schema version":"12","plain":"12.5""#,
        &json!({
            "price": 1.1, "rate": 17.2, "count": 10, "large": 1000, "list": [1.5, 2], "h": {"x": 2, "version": "2.0"},
            "version": "1.10", "app_version": "17.20", "osversion": "10.0", "schema_version": "12", "plain": 12.5,
        }),
        6,
    )
    .await;
}

#[tokio::test]
async fn a_warning_names_the_number_and_what_is_kept_of_a_batch_does_not() {
    let world = World::new().await;
    let api = world.api();
    let reply = api.upsert(r#"{"uid":1,"price":"47110.10","h":{"a":["47110.0"]}}"#).await;
    assert_eq!(
        reply.body["warnings"],
        json!([
            {"prop": "price", "message": "read as the number 47110.1"},
            {"prop": "h.a", "message": "1 items read as numbers, which are written otherwise"},
        ])
    );
    let batch = api.batch(r#"[{"uid":2,"price":"47110.10"},{"uid":3,"price":"47111.10"}]"#).await.batch_id();
    apply_all(&world, &api).await;
    let status = completed(&api, &batch).await;
    let message = "read as a number, which is written otherwise";
    let told = |index| json!({"index": index, "prop": "price", "message": message});
    assert_eq!(status["warnings"], json!([told(0), told(1)]));
    assert!(!status.to_string().contains("4711"));
}

#[tokio::test]
async fn integers_are_times_only_where_their_name_says_so() {
    let time = "2023-11-14T22:13:20.000Z";
    everywhere(
        r#""order_ids":[1700000000],"phone_numbers":["2125550100"],"phone2":2125550100,"annual_revenue":1500000000,"ids":{"crm":1234567890},
           "bytes":"1700000000","visit":{"at":1700000000,"x":1700000000},"paidAt":1700000000,"seen_on":"1700000000","login_time":[1700000000],
           "created":1700000000,"renewal_date":1700000000000,"event_timestamp":1700000000.0"#,
        &json!({
            "order_ids": [1_700_000_000], "phone_numbers": [2_125_550_100_i64], "phone2": 2_125_550_100_i64, "annual_revenue": 1_500_000_000,
            "ids": {"crm": 1_234_567_890}, "bytes": 1_700_000_000, "visit": {"at": time, "x": 1_700_000_000}, "paid_at": time, "seen_on": time,
            "login_time": [time], "created": time, "renewal_date": time, "event_timestamp": time,
        }),
        0,
    )
    .await;
}

#[tokio::test]
async fn times_have_offsets_of_hours_and_leap_seconds() {
    everywhere(
        r#""a":"2029-04-07 12:18:00.123456+00","b":"2029-04-07 12:18:00-05","c":"2016-12-31T23:59:60Z","d":["2029-04-07 12:18:00 +02"],
           "e":"2029-04-07 12:18:61","f":"2029-04-07 12:18:00+24""#,
        &json!({
            "a": "2029-04-07T12:18:00.123Z", "b": "2029-04-07T17:18:00.000Z", "c": "2017-01-01T00:00:00.000Z", "d": ["2029-04-07T10:18:00.000Z"],
            "e": "2029-04-07 12:18:61", "f": "2029-04-07 12:18:00+24",
        }),
        0,
    )
    .await;
}

async fn last_seen(api: &Api, sent: &str) -> Value {
    api.upsert(&format!(r#"{{"uid":1,"last_seen_at":{sent}}}"#)).await.id();
    api.retrieve("uid=1").await.profile()["last_seen_at"].clone()
}

#[tokio::test]
async fn typed_times_are_spelled_as_any_other() {
    let world = World::new().await;
    let api = world.api();
    for (sent, expected) in [
        (r#""2029-04-07 12:18:00.123456+00""#, "2029-04-07T12:18:00.123Z"),
        (r#""2029-04-07 12:18:00-05""#, "2029-04-07T17:18:00.000Z"),
        (r#""2016-12-31T23:59:60Z""#, "2017-01-01T00:00:00.000Z"),
        (r#""Sat, 31 Dec 2016 23:59:60 GMT""#, "2017-01-01T00:00:00.000Z"),
        ("1700000000", "2023-11-14T22:13:20.000Z"),
        ("1700000000123", "2023-11-14T22:13:20.123Z"),
        (r#""1700000000.0""#, "2023-11-14T22:13:20.000Z"),
        ("500000000", "1985-11-05T00:53:20.000Z"),
    ] {
        assert_eq!(last_seen(&api, sent).await, expected, "{sent}");
    }
    for sent in ["94694399", "5", r#""1.10""#, r#""2016-12-31T23:59:61Z""#] {
        let reply = api.upsert(&format!(r#"{{"uid":1,"last_seen_at":{sent}}}"#)).await;
        assert_eq!(reply.message(422), "Unprocessable: `last_seen_at` must be a time such as `2029-04-07T12:18:00Z`", "{sent}");
    }
    let delivery = r#"{"uid":1,"model_kind":"tour","model_id":"t","from":"2029-05-01 12:00:00+00","until":1893456000000}"#;
    let delivery = api.deliver(delivery).await;
    assert_eq!(delivery.body["delivery"]["from"], "2029-05-01T12:00:00.000Z", "{}", delivery.text);
    assert_eq!(delivery.body["delivery"]["until"], "2030-01-01T00:00:00.000Z", "{}", delivery.text);
}

#[tokio::test]
async fn a_browser_or_device_that_is_not_known_costs_no_upsert() {
    let world = World::new().await;
    let api = world.api();
    let browsers = "stored as `unknown`: known are `chrome`, `firefox`, `safari`, `opera`, `ie10`, `ie11`, `edge`, `unknown`";
    let devices = "not stored: known are `desktop`, `mobile`, `tablet`";
    api.upsert(r#"{"uid":1,"browser_n":"chrome","browser_k":"mobile"}"#).await.id();
    for value in [r#""samsung""#, r#""netscape""#, r#""Chrome""#, r#""""#, "5", "true", r#"["chrome"]"#, "{}"] {
        let reply = api.upsert(&format!(r#"{{"uid":1,"plan":{value},"browser_n":{value}}}"#)).await;
        assert_eq!((reply.status, &reply.body["warnings"]), (200, &json!([{"prop": "browser_n", "message": browsers}])), "{value}");
        assert_eq!(api.retrieve("uid=1").await.profile()["browser_n"], "unknown");
        let reply = api.upsert(&format!(r#"{{"uid":1,"browserK":{value}}}"#)).await;
        assert_eq!((reply.status, &reply.body["warnings"]), (200, &json!([{"prop": "browser_k", "message": devices}])), "{value}");
        assert_eq!(api.retrieve("uid=1").await.profile()["browser_k"], "mobile");
    }
    let reply = api.batch(r#"[{"uid":2,"browser_n":"samsung","browser_k":"watch","plan":"gold"}]"#).await;
    assert_eq!(reply.body["errors"], Value::Null);
    apply_all(&world, &api).await;
    let status = completed(&api, &reply.batch_id()).await;
    assert_eq!(status["warnings"].as_array().unwrap().len(), 2, "{status}");
    let profile = api.retrieve("uid=2").await.profile().clone();
    assert_eq!((&profile["browser_n"], &profile["browser_k"], &profile["plan"]), (&json!("unknown"), &Value::Null, &json!("gold")));
}
