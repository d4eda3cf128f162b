//! The documented examples in all spellings, and payloads such as tools send that sync data warehouses.

use http::HeaderValue;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use profiles_tests::World;
use profiles_tests::api::{properties_of, request};
use profiles_tests::spelling::{Place, spelled};
use serde_json::{Value, json};

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn the_documented_upsert_names_one_profile_in_every_spelling() {
    let world = World::new().await;
    let api = world.api();
    let documented = json!({
        "email": "leon@chmln.co",
        "first_name": "Leon",
        "role": "admin",
        "last_import_at": "2029-04-07T12:18:00.000Z",
        "invited_users_count": 4,
    });
    let json = |uid: &str| {
        format!(
            r#"{{"uid":{uid},"email":"leon@chmln.co","first_name":"Leon","role":"admin","last_import_at":"2029-04-07T12:18:00Z","invited_users_count":4}}"#
        )
    };
    let form = "uid=18821&email=leon%40chmln.co&first_name=Leon&role=admin&last_import_at=2029-04-07T12%3A18%3A00Z&invited_users_count=4";
    let bodies = [
        (json("18821"), Some(JSON)),
        (json(r#""18821""#), Some(JSON)),
        (json("18821"), Some("application/json; charset=utf-8")),
        (json("18821"), Some(FORM)),
        (json("18821"), Some("text/plain")),
        (json(r#""18821""#), None),
        (format!("\n  {}\n", json("18821")), Some(FORM)),
        (form.to_owned(), Some(FORM)),
        (form.to_owned(), Some("application/x-www-form-urlencoded; charset=UTF-8")),
    ];
    let mut ids = Vec::new();
    for place in Place::ALL {
        for (body, content_type) in &bodies {
            let body = if matches!(place, Place::Body) { body.trim() } else { body };
            let reply = api.send(spelled("POST", "/v3/observe/hooks/profiles", body, *content_type, (place, &world.secret))).await;
            assert_eq!(reply.body, json!({"profile": {"id": reply.id()}}), "{place:?} {content_type:?} {body}");
            let stored = api.retrieve("uid=18821").await;
            assert_eq!(properties_of(stored.profile()), documented, "{place:?} {content_type:?} {body}");
            assert_eq!(stored.profile()["uid"], "18821");
            ids.push(reply.id());
        }
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    assert_eq!(ids[0].len(), 24);
    assert_eq!(world.items(&world.tables.profiles).await.len(), 1);
}

#[tokio::test]
async fn the_documented_retrieve_finds_one_profile_in_every_spelling() {
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert(r#"{"uid":18821,"email":"leon@chmln.co","first_name":"Leon"}"#).await.id();
    let expected = api.retrieve("uid=18821").await;
    let singular = "/v3/analyze/profile";
    let plural = format!("/v3/analyze/profiles/{id}");
    let queries = [
        format!("id={id}"),
        "uid=18821".into(),
        "email=leon@chmln.co".into(),
        "email=leon%40chmln.co".into(),
        "email=%20Leon%40CHMLN.co".into(),
    ];
    let bodies = [
        format!(r#"{{"id":"{id}"}}"#),
        r#"{"uid":18821}"#.into(),
        r#"{"uid":"18821"}"#.into(),
        r#"{"email":"leon@chmln.co"}"#.into(),
        r#"{"Email":" LEON@chmln.co "}"#.into(),
        format!(r#"{{"id":"{id}","uid":18821,"email":"leon@chmln.co"}}"#),
        format!("id={id}"),
        "uid=18821".into(),
        "email=leon%40chmln.co".into(),
    ];
    for place in [Place::Header, Place::Query] {
        for method in ["GET", "POST"] {
            for target in queries.iter().map(|query| format!("{singular}?{query}")).chain([plural.clone()]) {
                let reply = api.send(spelled(method, &target, "", None, (place, &world.secret))).await;
                assert_eq!(reply.text, expected.text, "{place:?} {method} {target}");
            }
        }
    }
    for place in [Place::Header, Place::Query, Place::Body] {
        for body in &bodies {
            let content_type = if body.starts_with('{') { JSON } else { FORM };
            for target in [singular, &plural] {
                let reply = api.send(spelled("POST", target, body, Some(content_type), (place, &world.secret))).await;
                assert_eq!(reply.text, expected.text, "{place:?} {target} {body}");
            }
        }
    }
    assert_eq!(expected.id(), id);
}

#[tokio::test]
async fn an_update_by_id_uid_or_email_reaches_the_profile_in_every_spelling() {
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert(r#"{"uid":18821,"email":"leon@chmln.co"}"#).await.id();
    let names = [
        format!(r#"{{"id":"{id}","step":STEP}}"#),
        r#"{"uid":18821,"step":STEP}"#.into(),
        r#"{"uid":"18821","step":"STEP"}"#.into(),
        r#"{"email":"leon@chmln.co","step":STEP}"#.into(),
        format!(r#"{{"id":"{id}","uid":"18821","email":"leon@chmln.co","step":STEP}}"#),
        format!("id={id}&step=STEP"),
        "uid=18821&step=STEP".into(),
        "email=leon%40chmln.co&step=STEP".into(),
    ];
    let mut step = 0;
    for place in Place::ALL {
        for name in &names {
            step += 1;
            let body = name.replace("STEP", &step.to_string());
            let content_type = if body.starts_with('{') { JSON } else { FORM };
            let reply = api.send(spelled("POST", "/v3/observe/hooks/profiles", &body, Some(content_type), (place, &world.secret))).await;
            assert_eq!(reply.id(), id, "{place:?} {body}");
            assert_eq!(api.retrieve("uid=18821").await.profile()["step"], step, "{place:?} {body}");
        }
    }
    // Parameters may come in the query as well.
    let reply = api.post("/v3/observe/hooks/profiles?uid=18821&role=in%20query&plan=query", r#"{"plan":"body"}"#).await;
    assert_eq!(reply.id(), id);
    let stored = api.retrieve("uid=18821").await;
    assert_eq!((&stored.profile()["role"], &stored.profile()["plan"]), (&json!("in query"), &json!("body")));
}

#[tokio::test]
async fn where_a_parameter_is_given_twice_path_comes_before_body_and_body_before_query() {
    let world = World::new().await;
    let api = world.api();
    let leon = api.upsert(r#"{"uid":18821}"#).await.id();
    let kim = api.upsert(r#"{"uid":28421}"#).await.id();
    assert_eq!(api.post("/v3/observe/hooks/profiles?uid=28421", r#"{"uid":18821}"#).await.id(), leon);
    assert_eq!(api.post("/v3/analyze/profile?uid=28421", r#"{"uid":18821}"#).await.id(), leon);
    let by_path = format!("/v3/analyze/profiles/{leon}");
    assert_eq!(api.get(&format!("{by_path}?id={kim}")).await.id(), leon);
    assert_eq!(api.post(&by_path, &format!(r#"{{"id":"{kim}"}}"#)).await.id(), leon);
    assert_eq!(api.post(&format!("/v3/analyze/profile?id={kim}"), &format!(r#"{{"id":"{leon}"}}"#)).await.id(), leon);
}

#[tokio::test]
async fn what_another_place_overrules_is_not_read() {
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert(r#"{"uid":18821}"#).await.id();
    let too_long = "u".repeat(769);
    for (query, body) in [
        (format!("uid={too_long}"), r#"{"uid":18821}"#.to_owned()),
        ("id=18821".into(), format!(r#"{{"id":"{id}"}}"#)),
        ("browser_n=netscape".into(), r#"{"uid":18821,"browser_n":"chrome"}"#.into()),
        (format!("company_uid={too_long}"), r#"{"uid":18821,"company_uid":931}"#.into()),
    ] {
        let reply = api.post(&format!("/v3/observe/hooks/profiles?{query}"), &body).await;
        assert_eq!(reply.status, 200, "{body}: {}", reply.text);
        assert_eq!(reply.id(), id);
    }
    let reply = api.upsert(r#"{"uid":18821,"browser_n":"netscape","browserN":"edge"}"#).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    assert_eq!(api.retrieve("uid=18821").await.profile()["browser_n"], "edge");
}

#[tokio::test]
async fn headers_that_mean_nothing_here_are_ignored() {
    let world = World::new().await;
    let api = world.api();
    let mut request = api.with_secret(request("POST", "/v3/observe/hooks/profiles", br#"{"uid":18821}"#));
    request.headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer somebody-else"));
    request.headers.insert("idempotency-key", HeaderValue::from_static("1"));
    request.headers.insert("x-forwarded-for", HeaderValue::from_bytes(b"\xff").unwrap());
    assert_eq!(api.send(request).await.status, 200);
}

#[tokio::test]
async fn the_documented_membership_shows_the_company_by_its_uid() {
    let world = World::new().await;
    let api = world.api();
    for company_uid in ["931", r#""931""#] {
        api.upsert(&format!(r#"{{"uid":18821,"role":"admin","company_uid":{company_uid}}}"#)).await.id();
        let reply = api.retrieve("uid=18821").await;
        let profile = reply.profile();
        let id = profile["company_id"].as_str().unwrap();
        assert_eq!(profile["company"], json!({"id": id, "created_at": "2029-04-07T12:18:00.000Z", "uid": "931"}));
        assert_eq!(profile["role"], "admin");
    }
    assert_eq!(world.items(&world.tables.companies).await.len(), 1);
}

#[tokio::test]
async fn the_documented_items_of_a_batch_are_upserts_of_their_own() {
    let world = World::new().await;
    let api = world.api();
    let uid = "49573fa9-f111-4644-8c24-e41520ee87e2";
    let id = api.upsert(&format!(r#"{{"uid":"{uid}","plan":"gold"}}"#)).await.id();
    let reply = api
        .upsert(&format!(
            r#"{{
                "uid": "{uid}",
                "email": "jane@acme.software",
                "first_name": "Jane",
                "last_name": "Chameleon",
                "last_login": "2029-04-29T09:00:00.000Z",
                "subscription_type": "platinum",
                "role": "revops",
                "company_id": "72d8ce91-fa3c-40f4-954d-4a8e8319a61e"
            }}"#
        ))
        .await;
    assert_eq!(reply.body, json!({"profile": {"id": id}}));
    let found = api.retrieve("email=jane@acme.software").await;
    assert_eq!(
        properties_of(found.profile()),
        json!({
            "plan": "gold",
            "email": "jane@acme.software",
            "first_name": "Jane",
            "last_name": "Chameleon",
            "last_login": "2029-04-29T09:00:00.000Z",
            "subscription_type": "platinum",
            "role": "revops",
        })
    );
    assert_eq!(found.profile()["uid"], uid);
    assert_eq!(found.profile()["company"]["uid"], "72d8ce91-fa3c-40f4-954d-4a8e8319a61e");

    let first = r#"{"uid":18821,"first_name":"Leon","role":"admin","last_import_at":"2029-04-07T12:18:00Z","invited_users_count":7,"company_uid":931}"#;
    let second = r#"{"uid":28421,"first_name":"Kim","role":"engineer","last_import_at":"2029-04-02T16:11:06Z","invited_users_count":4,"company_uid":632}"#;
    assert_ne!(api.upsert(first).await.id(), api.upsert(second).await.id());
    let kim = api.retrieve("uid=28421").await;
    assert_eq!(
        properties_of(kim.profile()),
        json!({"first_name": "Kim", "role": "engineer", "last_import_at": "2029-04-02T16:11:06.000Z", "invited_users_count": 4})
    );
    assert_eq!(kim.profile()["company"]["uid"], "632");
    assert_eq!(api.retrieve("uid=18821").await.profile()["company"]["uid"], "931");
}

#[tokio::test]
async fn the_documented_profile_comes_back_as_documented() {
    let world = World::new().await;
    let api = world.api();
    let reply = api
        .upsert(
            r#"{
                "uid": "user_18821",
                "browser_x": 1920,
                "browser_tz": -8,
                "browser_l": "en-US",
                "browser_n": "chrome",
                "browser_k": "desktop",
                "last_seen_at": "2024-04-07T11:45:00.000Z",
                "last_seen_session_count": 23,
                "email": "john.doe@acmecorp.com",
                "first_name": "John",
                "last_name": "Doe",
                "role": "admin",
                "plan": "enterprise",
                "onboarding_completed": true,
                "subscription_status": "active",
                "team_size": 25,
                "last_login_at": "2024-04-07T11:30:00.000Z",
                "feature_flags": ["beta_ui", "advanced_analytics"],
                "custom_properties": {"department": "Engineering", "seniority": "Senior", "signup_source": "organic"},
                "company": {"uid": "company_abc123", "name": "Acme Corporation", "plan": "scale"}
            }"#,
        )
        .await;
    assert_eq!(reply.body, json!({"profile": {"id": reply.id()}}));
    let found = api.retrieve("uid=user_18821").await;
    let profile = found.profile();
    assert_eq!(
        *profile,
        json!({
            "id": reply.id(),
            "created_at": "2029-04-07T12:18:00.000Z",
            "updated_at": "2029-04-07T12:18:00.000Z",
            "uid": "user_18821",
            "company_id": profile["company_id"],
            "browser_x": 1920,
            "browser_tz": -8,
            "browser_l": "en-US",
            "browser_n": "chrome",
            "browser_k": "desktop",
            "percent": profile["percent"],
            "last_seen_at": "2024-04-07T11:45:00.000Z",
            "last_seen_session_count": 23,
            "delivery_ids": [],
            "email": "john.doe@acmecorp.com",
            "first_name": "John",
            "last_name": "Doe",
            "role": "admin",
            "plan": "enterprise",
            "onboarding_completed": true,
            "subscription_status": "active",
            "team_size": 25,
            "last_login_at": "2024-04-07T11:30:00.000Z",
            "feature_flags": ["beta_ui", "advanced_analytics"],
            "custom_properties": {"department": "Engineering", "seniority": "Senior", "signup_source": "organic"},
            "company": {
                "id": profile["company_id"],
                "created_at": "2029-04-07T12:18:00.000Z",
                "uid": "company_abc123",
                "name": "Acme Corporation",
            },
        })
    );
}

#[tokio::test]
async fn every_documented_browser_name_and_kind_is_taken() {
    let world = World::new().await;
    let api = world.api();
    let names = ["chrome", "firefox", "safari", "opera", "ie10", "ie11", "edge", "unknown"].map(|name| ("browser_n", name));
    let kinds = ["desktop", "mobile", "tablet"].map(|kind| ("browser_k", kind));
    for (field, value) in names.into_iter().chain(kinds) {
        api.upsert(&format!(r#"{{"uid":18821,"{field}":"{value}"}}"#)).await.id();
        assert_eq!(api.retrieve("uid=18821").await.profile()[field], value);
    }
}

#[tokio::test]
async fn a_user_is_marked_as_disabled_and_enabled_again() {
    let world = World::new().await;
    let api = world.api();
    for disabled in [true, false] {
        let reply = api.upsert(&format!(r#"{{"uid":18821,"disabled":{disabled}}}"#)).await;
        assert_eq!(reply.body["warnings"], Value::Null);
        assert_eq!(api.retrieve("uid=18821").await.profile()["disabled"], disabled);
    }
}

#[tokio::test]
async fn an_identify_call_with_nested_traits_is_stored_three_levels_deep() {
    let world = World::new().await;
    let api = world.api();
    let reply = api
        .upsert(
            r#"{
                "type": "identify",
                "uid": "97980cfea0067",
                "anonymousId": "507f191e-810c-4197-a3f0-2f3b8a1c9d10",
                "email": "Peter@Example.com",
                "traits": {
                    "name": "Peter Gibbons",
                    "plan": "premium",
                    "logins": "5",
                    "createdAt": "2024-03-15T10:30:00Z",
                    "avatar": null,
                    "interests": ["chess", "7", null, true],
                    "address": {"city": "São Paulo", "postalCode": "01310", "geo": {"lat": "-23.55", "source": {"kind": "ip", "n": 1}}}
                },
                "context": {"ip": "8.8.8.8", "userAgent": "Mozilla/5.0", "library": {"name": "http", "version": "1.2.3"}},
                "sentAt": "2029-04-07 12:17:59 UTC",
                "timestamp": 1870258679
            }"#,
        )
        .await;
    assert_eq!(
        reply.body["warnings"],
        json!([{"prop": "traits.address.geo.source", "message": "hashes go 3 levels deep: stored as JSON text"}])
    );
    assert_eq!(
        properties_of(api.retrieve("email=peter@example.com").await.profile()),
        json!({
            "type": "identify",
            "anonymous_id": "507f191e-810c-4197-a3f0-2f3b8a1c9d10",
            "email": "peter@example.com",
            "traits": {
                "name": "Peter Gibbons",
                "plan": "premium",
                "logins": 5,
                "created_at": "2024-03-15T10:30:00.000Z",
                "avatar": null,
                "interests": ["chess", 7, true],
                "address": {"city": "São Paulo", "postal_code": "01310", "geo": {"lat": -23.55, "source": r#"{"kind":"ip","n":1}"#}},
            },
            "context": {"ip": "8.8.8.8", "user_agent": "Mozilla/5.0", "library": {"name": "http", "version": "1.2.3"}},
            "sent_at": "2029-04-07T12:17:59.000Z",
            "timestamp": "2029-04-07T12:17:59.000Z",
        })
    );
}

#[tokio::test]
async fn a_hash_of_custom_attributes_and_numbers_as_strings_are_stored() {
    let world = World::new().await;
    let api = world.api();
    let reply = api
        .upsert(
            r#"{
                "uid": "00123",
                "external_id": "25",
                "email": "emma@acme.software",
                "phone": "+14155550100",
                "zip": "01310",
                "signed_up_at": 1392731331,
                "lastSeenAt": "2029-04-06T08:00:00+02:00",
                "createdAt": 1392731331,
                "MRR": "1250.50",
                "seats": "12",
                "discount": "1e-3",
                "big": "12345678901234567890",
                "active": "true",
                "churned": "TRUE",
                "nickname": "Émma 🦎👩‍👩‍👧",
                "🦎": "dropped",
                "favourite 🦎 colour": "green",
                "deleted_at": null,
                "note": "",
                "custom_attributes": {
                    "paid_subscriber": true,
                    "monthly_spend": 155.5,
                    "teamMates": "9",
                    "Last Seen IP": null,
                    "tags": ["vip", "beta", null, 3],
                    "crm": {"salesforce_id": "1392731331", "owner": {"id": 7, "since": "2028-02-29"}}
                }
            }"#,
        )
        .await;
    assert_eq!(
        reply.body["warnings"],
        json!([
            {"prop": "🦎", "message": "dropped: the name has no letter or digit"},
            {"prop": "created_at", "message": "ignored: only the service itself sets it"},
            {"prop": "mrr", "message": "read as the number 1250.5"},
            {"prop": "discount", "message": "read as the number 0.001"},
        ])
    );
    let found = api.retrieve("uid=00123").await;
    assert_eq!(
        properties_of(found.profile()),
        json!({
            "external_id": 25,
            "email": "emma@acme.software",
            "phone": "+14155550100",
            "zip": "01310",
            "signed_up_at": "2014-02-18T13:48:51.000Z",
            "mrr": 1250.5,
            "seats": 12,
            "discount": 0.001,
            "big": "12345678901234567890",
            "active": true,
            "churned": "TRUE",
            "nickname": "Émma 🦎👩‍👩‍👧",
            "favourite_colour": "green",
            "deleted_at": null,
            "note": "",
            "custom_attributes": {
                "paid_subscriber": true,
                "monthly_spend": 155.5,
                "team_mates": 9,
                "last_seen_ip": null,
                "tags": ["vip", "beta", 3],
                "crm": {"salesforce_id": 1392731331, "owner": {"id": 7, "since": "2028-02-29T00:00:00.000Z"}},
            },
        })
    );
    assert_eq!(found.profile()["last_seen_at"], "2029-04-06T06:00:00.000Z");
    assert_eq!(found.profile()["created_at"], "2029-04-07T12:18:00.000Z");
    assert_eq!(api.retrieve("uid=123").await.status, 404);
}

#[tokio::test]
async fn what_is_not_sent_stays_and_what_is_sent_replaces_whole_hashes_and_arrays() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":18821,"plan":"gold","traits":{"a":1,"b":2},"tags":["x","y"],"gone":1}"#).await.id();
    api.upsert(r#"{"uid":18821,"traits":{"b":3},"tags":[],"gone":null,"when":"$now","trial":"+30d"}"#).await.id();
    assert_eq!(
        properties_of(api.retrieve("uid=18821").await.profile()),
        json!({
            "plan": "gold",
            "traits": {"b": 3},
            "tags": [],
            "gone": null,
            "when": "2029-04-07T12:18:00.000Z",
            "trial": "2029-05-07T12:18:00.000Z",
        })
    );
}

#[tokio::test]
async fn a_form_is_read_as_strings_that_are_normalized() {
    let world = World::new().await;
    let api = world.api();
    let body = "uid=18821&first+name=L%C3%A9on&seats=12&active=true&empty=&flag&note=a%2Bb+c&userRole=admin&at=2029-08-21&%F0%9F%A6%8E+mood=%F0%9F%99%82";
    let mut request = api.with_secret(request("POST", "/v3/observe/hooks/profiles", body.as_bytes()));
    request.headers.insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
    let reply = api.send(request).await;
    assert_eq!(reply.body, json!({"profile": {"id": reply.id()}}));
    assert_eq!(
        properties_of(api.retrieve("uid=18821").await.profile()),
        json!({
            "first_name": "Léon",
            "seats": 12,
            "active": true,
            "empty": "",
            "flag": "",
            "note": "a+b c",
            "user_role": "admin",
            "at": "2029-08-21T00:00:00.000Z",
            "mood": "🙂",
        })
    );
}
