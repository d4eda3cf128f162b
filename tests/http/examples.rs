//! Every documented request in all spellings, over HTTP.

use http::HeaderValue;
use http::header::{AUTHORIZATION, CONTENT_ENCODING};
use profiles_api::Request;
use profiles_storage::accounts::random_secret;
use profiles_tests::Reply;
use profiles_tests::api::request;
use profiles_tests::spelling::{self, Place};
use serde_json::{Value, json};

use crate::local_api::{Account, gzip, local_api};

const UPSERT: &str = "/v3/observe/hooks/profiles";
const RETRIEVE: &str = "/v3/analyze/profile";
const UNAUTHORIZED: &str = "Unauthorized: Please check your Chameleon Account Secret";

/// The upsert of the documentation, without its ellipsis.
const LEON: &str = r#"{"uid":18821,"email":"leon@chmln.co","first_name":"Leon","role":"admin","last_import_at":"2029-04-07T12:18:00Z","invited_users_count":4}"#;
const LEON_AS_FORM: &str =
    "uid=18821&email=leon%40chmln.co&first_name=Leon&role=admin&last_import_at=2029-04-07T12%3A18%3A00Z&invited_users_count=4";

/// The ways to send a body.
#[derive(Clone, Copy, Debug)]
pub(super) enum Coding {
    /// As it is, with this type or none.
    Plain(Option<&'static str>),
    /// Compressed, with this type.
    Gzip(&'static str),
    Zstd(&'static str),
}

const OCTETS: &str = "application/octet-stream";
const URLENCODED: &str = "application/x-www-form-urlencoded";

pub(super) const JSON: Coding = Coding::Plain(Some("application/json"));
/// The type that `curl -d` gives to every body.
pub(super) const FORM: Coding = Coding::Plain(Some(URLENCODED));

/// The ways to send a JSON body.
pub(super) const OF_JSON: [Coding; 8] = [
    JSON,
    Coding::Plain(Some("application/json; charset=utf-8")),
    FORM,
    Coding::Plain(Some("text/plain")),
    Coding::Plain(None),
    Coding::Gzip(OCTETS),
    Coding::Zstd(OCTETS),
    Coding::Gzip(URLENCODED),
];
/// The ways to send a form. A compressed form differs from JSON only by its type.
const OF_FORM: [Coding; 4] =
    [FORM, Coding::Plain(Some("application/x-www-form-urlencoded; charset=UTF-8")), Coding::Gzip(URLENCODED), Coding::Zstd(URLENCODED)];

pub(super) fn codings(body: &str) -> &'static [Coding] {
    if body.starts_with('{') { &OF_JSON } else { &OF_FORM }
}

/// Makes a request with these fields in its body, sent in this way, and the secret in this place.
pub(super) fn spelled(method: &str, target: &str, fields: &str, coding: Coding, secret: (Place, &str)) -> Request {
    let (kind, encoding) = match coding {
        Coding::Plain(kind) => (kind, None),
        Coding::Gzip(kind) => (Some(kind), Some("gzip")),
        Coding::Zstd(kind) => (Some(kind), Some("zstd")),
    };
    let mut request = spelling::spelled(method, target, fields, kind, secret);
    if let Some(encoding) = encoding {
        request.body = if encoding == "gzip" { gzip(&request.body) } else { zstd::encode_all(request.body.as_slice(), 3).unwrap() };
        request.headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    request
}

/// The properties of a profile, without what every profile has and without its company.
#[track_caller]
fn properties_of(reply: &Reply) -> Value {
    let mut properties = reply.profile().as_object().unwrap().clone();
    for name in ["id", "created_at", "updated_at", "uid", "percent", "delivery_ids", "company_id", "company"] {
        properties.remove(name);
    }
    properties.retain(|name, value| !value.is_null() || !(name.starts_with("browser_") || name.starts_with("last_seen_")));
    Value::Object(properties)
}

pub(super) fn is_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[test]
fn the_documented_upsert_names_one_profile_in_every_spelling() {
    let account = local_api().account();
    let documented = json!({
        "email": "leon@chmln.co",
        "first_name": "Leon",
        "role": "admin",
        "last_import_at": "2029-04-07T12:18:00.000Z",
        "invited_users_count": 4,
    });
    let first = account.upsert(LEON).id();
    assert!(is_id(&first), "{first}");
    for place in Place::ALL {
        for body in [LEON, &LEON.replace("18821", r#""18821""#), LEON_AS_FORM] {
            for coding in codings(body) {
                let reply = local_api().send(&spelled("POST", UPSERT, body, *coding, (place, &account.secret)));
                assert_eq!((reply.status, &reply.body), (200, &json!({"profile": {"id": first}})), "{place:?} {coding:?} {body}");
            }
            let stored = account.retrieve("uid=18821");
            assert_eq!(properties_of(&stored), documented, "{place:?} {body}");
            assert_eq!((&stored.profile()["id"], &stored.profile()["uid"]), (&json!(first), &json!("18821")));
        }
    }
}

#[test]
fn the_documented_upsert_creates_the_profile_in_every_spelling() {
    let account = local_api().account();
    let mut user = 0;
    for place in Place::ALL {
        for body in [r#"{"uid":USER,"plan":"gold"}"#, r#"{"uid":"USER","plan":"gold"}"#, "uid=USER&plan=gold"] {
            for coding in codings(body) {
                user += 1;
                let body = body.replace("USER", &user.to_string());
                let id = local_api().send(&spelled("POST", UPSERT, &body, *coding, (place, &account.secret))).id();
                let stored = account.retrieve(&format!("uid={user}"));
                assert_eq!((stored.id(), properties_of(&stored)), (id, json!({"plan": "gold"})), "{place:?} {coding:?} {body}");
            }
        }
    }
}

#[test]
fn an_update_by_id_uid_or_email_reaches_the_profile_in_every_spelling() {
    let account = local_api().account();
    let id = account.upsert(r#"{"uid":18821,"email":"leon@chmln.co"}"#).id();
    let names = [
        format!(r#"{{"id":"{id}","step":STEP}}"#),
        r#"{"uid":18821,"step":STEP}"#.into(),
        r#"{"uid":"18821","step":"STEP"}"#.into(),
        r#"{"email":"leon@chmln.co","step":STEP}"#.into(),
        r#"{"email":" Leon@CHMLN.co ","step":STEP}"#.into(),
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
            let coding = if body.starts_with('{') { JSON } else { FORM };
            let reply = local_api().send(&spelled("POST", UPSERT, &body, coding, (place, &account.secret)));
            assert_eq!(reply.id(), id, "{place:?} {body}");
            assert_eq!(account.retrieve("uid=18821").profile()["step"], step, "{place:?} {body}");
        }
    }
    // Parameters may come in the query as well.
    assert_eq!(account.send("POST", &format!("{UPSERT}?uid=18821&role=in%20query&plan=query"), r#"{"plan":"body"}"#).id(), id);
    let stored = account.retrieve("uid=18821");
    assert_eq!((&stored.profile()["role"], &stored.profile()["plan"]), (&json!("in query"), &json!("body")));
    assert_eq!(account.send("POST", &format!("{UPSERT}?uid=18821&plan=alone"), "").id(), id);
    assert_eq!(account.retrieve("uid=18821").profile()["plan"], "alone");
}

#[test]
fn the_documented_retrieve_finds_one_profile_in_every_spelling() {
    let account = local_api().account();
    let id = account.upsert(LEON).id();
    let expected = account.retrieve("uid=18821");
    assert_eq!(expected.id(), id);
    let plural = format!("/v3/analyze/profiles/{id}");
    let queries = [format!("id={id}"), "uid=18821".into(), "email=leon@chmln.co".into(), "email=%20Leon%40CHMLN.co".into()];
    let targets: Vec<_> = queries.iter().map(|query| format!("{RETRIEVE}?{query}")).chain([plural.clone()]).collect();
    for place in [Place::Header, Place::Query] {
        for method in ["GET", "POST"] {
            for target in &targets {
                let reply = local_api().send(&spelled(method, target, "", Coding::Plain(None), (place, &account.secret)));
                assert_eq!((reply.status, &reply.text), (200, &expected.text), "{place:?} {method} {target}");
            }
        }
    }
    let bodies = [
        format!(r#"{{"id":"{id}"}}"#),
        r#"{"uid":18821}"#.into(),
        r#"{"uid":"18821"}"#.into(),
        r#"{"email":"leon@chmln.co"}"#.into(),
        format!(r#"{{"id":"{id}","uid":18821,"email":"leon@chmln.co"}}"#),
        format!("id={id}"),
        "uid=18821".into(),
        "email=leon%40chmln.co".into(),
    ];
    for place in [Place::Header, Place::Query, Place::Body] {
        for body in &bodies {
            for coding in codings(body) {
                for target in [RETRIEVE, &plural] {
                    let reply = local_api().send(&spelled("POST", target, body, *coding, (place, &account.secret)));
                    assert_eq!((reply.status, &reply.text), (200, &expected.text), "{place:?} {coding:?} {target} {body}");
                }
            }
        }
    }
}

#[test]
fn a_get_may_carry_its_parameters_and_its_secret_in_a_body() {
    let account = local_api().account();
    let id = account.upsert(LEON).id();
    let body = format!(r#"{{"account_secret":"{}","uid":18821}}"#, account.secret);
    assert_eq!(local_api().send(&request("GET", RETRIEVE, body.as_bytes())).id(), id);
}

#[test]
fn an_id_uid_or_email_of_nobody_is_not_found_in_every_spelling() {
    let account = local_api().account();
    let none = "5f3c4232c712de665632a6d5";
    account.upsert(&format!(r#"{{"id":"{none}","plan":"gold"}}"#)).message(404);
    for query in [format!("id={none}"), "uid=18821".into(), "email=leon@chmln.co".into()] {
        let (name, value) = query.split_once('=').unwrap();
        let body = format!(r#"{{"{name}":"{value}"}}"#);
        for reply in
            [account.retrieve(&query), account.send("POST", &format!("{RETRIEVE}?{query}"), ""), account.send("POST", RETRIEVE, &body)]
        {
            assert!(reply.message(404).starts_with("Profile not found: "), "{}", reply.text);
        }
    }
    for method in ["GET", "POST"] {
        assert!(account.send(method, &format!("/v3/analyze/profiles/{none}"), "").message(404).starts_with("Profile not found: "));
    }
}

#[test]
fn the_refusal_of_a_request_without_identifier_says_what_to_pass() {
    let account = local_api().account();
    let expected =
        "Unprocessable: No identifier found. Pass your User ID as the `uid` parameter or the Email address as the `email` parameter";
    for body in ["", "{}", r#"{"plan":"gold"}"#] {
        assert_eq!(account.upsert(body).message(422), expected, "{body}");
    }
    let reply = account.upsert(r#"{"uid":null,"email":""}"#);
    assert_eq!(reply.message(422), format!("{expected} (`uid`: it is `null`; `email`: it is empty)"));
    account.retrieve("").message(422);
    account.send("POST", RETRIEVE, "{}").message(422);
}

#[test]
fn a_secret_is_checked_wherever_it_is() {
    let account = local_api().account();
    let known = local_api().send(&spelled("GET", "/", "", Coding::Plain(None), (Place::Header, &account.secret)));
    assert_eq!(known.status, 200, "{}", known.text);
    assert!(is_id(known.body["account"]["id"].as_str().unwrap()) && is_id(known.body["user"]["id"].as_str().unwrap()), "{}", known.text);
    assert_eq!(known.body.as_object().unwrap().len(), 2);
    for method in ["GET", "POST"] {
        for place in [Place::Header, Place::Query] {
            let reply = local_api().send(&spelled(method, "/", "", Coding::Plain(None), (place, &account.secret)));
            assert_eq!(reply.text, known.text, "{method} {place:?}");
        }
    }
    for coding in OF_JSON {
        let reply = local_api().send(&spelled("POST", "/", r#"{"a":1}"#, coding, (Place::Body, &account.secret)));
        assert_eq!(reply.text, known.text, "{coding:?}");
    }
    let reply = local_api().send(&spelled("POST", "/", "a=1", FORM, (Place::Body, &account.secret)));
    assert_eq!(reply.text, known.text);
}

#[test]
fn a_wrong_or_missing_secret_is_refused_in_every_spelling() {
    let account = local_api().account();
    let id = account.upsert(LEON).id();
    let plural = format!("/v3/analyze/profiles/{id}");
    let before = account.retrieve("uid=18821").text;
    let wrong = "another-secret";
    let mut requests = Vec::new();
    for place in Place::ALL {
        for body in [r#"{"uid":18821,"plan":"stolen"}"#, "uid=18821&plan=stolen"] {
            requests.extend(codings(body).iter().map(|coding| spelled("POST", UPSERT, body, *coding, (place, wrong))));
        }
    }
    for target in [RETRIEVE, &plural, "/"] {
        for place in [Place::Header, Place::Query, Place::Body] {
            requests.extend(OF_JSON.map(|coding| spelled("POST", target, r#"{"uid":18821}"#, coding, (place, wrong))));
        }
        for place in [Place::Header, Place::Query] {
            requests.push(spelled("GET", &format!("{target}?uid=18821"), "", Coding::Plain(None), (place, wrong)));
        }
    }
    for (method, target) in
        [("POST", UPSERT), ("GET", RETRIEVE), ("POST", RETRIEVE), ("GET", &plural), ("POST", &plural), ("GET", "/"), ("POST", "/")]
    {
        requests.push(request(method, &format!("{target}?uid=18821"), b""));
    }
    // The first place with a secret counts, whatever the others have.
    let mut first_wrong = spelled("POST", UPSERT, r#"{"uid":18821,"plan":"stolen"}"#, JSON, (Place::Path, &account.secret));
    first_wrong.headers.insert("x-account-secret", HeaderValue::from_static(wrong));
    requests.push(first_wrong);
    for request in requests {
        let reply = local_api().send(&request);
        assert_eq!(reply.message(403), UNAUTHORIZED, "{} {}?{}", request.method, request.path, request.query);
    }
    assert_eq!(account.retrieve("uid=18821").text, before);
}

#[test]
fn a_secret_of_every_sign_it_may_have_is_taken_percent_encoded() {
    let account = local_api().account_with(format!("{}-._~", random_secret()));
    for place in Place::ALL {
        for body in [LEON, LEON_AS_FORM] {
            let coding = if body.starts_with('{') { JSON } else { FORM };
            let reply = local_api().send(&spelled("POST", UPSERT, body, coding, (place, &account.secret)));
            assert_eq!(reply.status, 200, "{place:?} {body}: {}", reply.text);
        }
    }
}

#[test]
fn a_plus_in_an_address_or_uid_is_found_percent_encoded() {
    let account = local_api().account();
    let id = account.upsert(r#"{"uid":"a+b c/ü","email":"leon+test@chmln.co"}"#).id();
    for query in ["email=leon%2Btest%40chmln.co", "email=leon%2btest@chmln.co", "uid=a%2Bb%20c%2F%C3%BC", "uid=a%2Bb+c/%c3%bc"] {
        for method in ["GET", "POST"] {
            assert_eq!(account.send(method, &format!("{RETRIEVE}?{query}"), "").id(), id, "{method} {query}");
        }
    }
    // In a query and in a form, a bare `+` is a blank.
    account.retrieve("email=leon+test@chmln.co").message(404);
    let form = spelled("POST", UPSERT, "email=leon%2Btest%40chmln.co&plan=a%2Bb+c", FORM, (Place::Header, &account.secret));
    assert_eq!(local_api().send(&form).id(), id);
    assert_eq!(account.retrieve("uid=a%2Bb%20c%2F%C3%BC").profile()["plan"], "a+b c");
}

#[test]
fn headers_that_mean_nothing_here_are_ignored() {
    let account = local_api().account();
    let mut request = spelled("POST", UPSERT, LEON, JSON, (Place::Header, &account.secret));
    request.headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer somebody-else"));
    request.headers.insert("idempotency-key", HeaderValue::from_static("1"));
    assert_eq!(local_api().send(&request).status, 200);
}

#[test]
fn the_documented_membership_shows_the_company_by_its_uid_and_by_its_id() {
    let account = local_api().account();
    for company_uid in ["931", r#""931""#] {
        account.upsert(&format!(r#"{{"uid":18821,"role":"admin","company_uid":{company_uid}}}"#)).id();
    }
    let reply = account.retrieve("uid=18821");
    let profile = reply.profile();
    let company = &profile["company"];
    assert_eq!((&profile["role"], &company["uid"], &company["id"]), (&json!("admin"), &json!("931"), &profile["company_id"]));
    assert!(is_id(company["id"].as_str().unwrap()), "{company}");
    assert_eq!(company.as_object().unwrap().len(), 3, "{company}");

    let body = format!(r#"{{"uid":28421,"company_id":{}}}"#, company["id"]);
    account.upsert(&body).id();
    assert_eq!(account.retrieve("uid=28421").profile()["company"], *company);
    for (expand, fields) in [("skip", None), ("min", Some(3)), ("all", Some(4))] {
        for query in [format!("expand[company]={expand}"), format!("expand%5Bcompany%5D={expand}")] {
            let reply = account.retrieve(&format!("uid=18821&{query}"));
            assert_eq!(reply.profile()["company_id"], company["id"]);
            assert_eq!(reply.profile()["company"].as_object().map(serde_json::Map::len), fields, "{query}: {}", reply.text);
        }
    }
    let min = account.retrieve("uid=18821&expand[profile]=min");
    let names: Vec<_> = min.profile().as_object().unwrap().keys().collect();
    assert_eq!(names, ["company", "created_at", "id", "uid", "updated_at"]);
}

/// The items of a batch have the schema of a single upsert.
#[test]
fn the_documented_items_of_a_batch_are_upserts_of_their_own() {
    let account = local_api().account();
    let uid = "49573fa9-f111-4644-8c24-e41520ee87e2";
    let id = account.upsert(&format!(r#"{{"uid":"{uid}","plan":"gold"}}"#)).id();
    let body = json!({
        "uid": uid,
        "email": "jane@acme.software",
        "first_name": "Jane",
        "last_name": "Chameleon",
        "last_login": "2029-04-29T09:00:00.000Z",
        "subscription_type": "platinum",
        "role": "revops",
        "company_id": "72d8ce91-fa3c-40f4-954d-4a8e8319a61e",
    });
    assert_eq!(account.upsert(&body.to_string()).body, json!({"profile": {"id": id}}));
    let found = account.retrieve("email=jane@acme.software");
    let mut expected = body.clone();
    expected.as_object_mut().unwrap().retain(|name, _| name != "uid" && name != "company_id");
    expected["plan"] = json!("gold");
    assert_eq!(properties_of(&found), expected);
    assert_eq!((&found.profile()["uid"], &found.profile()["company"]["uid"]), (&body["uid"], &body["company_id"]));

    for (user, name, role, at, count) in
        [(18821, "Leon", "admin", "2029-04-07T12:18:00", 7), (28421, "Kim", "engineer", "2029-04-02T16:11:06", 4)]
    {
        let body = json!({"uid": user, "first_name": name, "role": role, "last_import_at": format!("{at}Z"), "invited_users_count": count});
        account.upsert(&body.to_string()).id();
        let expected = json!({"first_name": name, "role": role, "last_import_at": format!("{at}.000Z"), "invited_users_count": count});
        assert_eq!(properties_of(&account.retrieve(&format!("uid={user}"))), expected);
    }
}

#[test]
fn the_documented_profile_comes_back_as_documented() {
    let account = local_api().account();
    let sent = json!({
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
        "company": {"uid": "company_abc123", "name": "Acme Corporation"},
    });
    let reply = account.upsert(&sent.to_string());
    assert_eq!(reply.body, json!({"profile": {"id": reply.id()}}));
    let found = account.retrieve("uid=user_18821");
    let profile = found.profile();
    let mut expected = sent.clone();
    for name in ["id", "created_at", "updated_at", "percent", "company_id"] {
        expected[name] = profile[name].clone();
    }
    expected["delivery_ids"] = json!([]);
    for name in ["id", "created_at"] {
        expected["company"][name] = profile["company"][name].clone();
    }
    assert_eq!(*profile, expected);
    assert_eq!((profile["id"].as_str(), &profile["company_id"]), (Some(reply.id().as_str()), &profile["company"]["id"]));
    let percent = profile["percent"].as_f64().unwrap();
    assert!((0.0..100.0).contains(&percent), "{percent}");
    for time in [&profile["created_at"], &profile["updated_at"], &profile["company"]["created_at"]] {
        let digits = time.as_str().unwrap().replace(|letter: char| letter.is_ascii_digit(), "0");
        assert_eq!(digits, "0000-00-00T00:00:00.000Z");
    }
}

#[test]
fn a_user_is_marked_as_disabled_and_enabled_again() {
    let account = local_api().account();
    for disabled in [true, false] {
        account.upsert(&format!(r#"{{"uid":18821,"disabled":{disabled}}}"#)).id();
        assert_eq!(account.retrieve("uid=18821").profile()["disabled"], disabled);
    }
}

#[test]
fn names_are_normalized_and_values_cut_as_documented() {
    let account = local_api().account();
    let long = "é".repeat(500);
    let reply =
        account.upsert(&json!({"uid": 18821, "userRole": "admin", "Bio": long, "tags": [long], "traits": {"Motto": long}}).to_string());
    assert_eq!(reply.body["warnings"].as_array().map(Vec::len), Some(3), "{}", reply.text);
    let cut = "é".repeat(384);
    let expected = json!({"user_role": "admin", "bio": cut, "tags": [cut], "traits": {"motto": cut}});
    assert_eq!(properties_of(&account.retrieve("uid=18821")), expected);
}

#[test]
fn an_address_of_another_user_is_refused() {
    let account = local_api().account();
    account.upsert(LEON).id();
    let reply = account.upsert(r#"{"uid":28421,"email":"leon@chmln.co"}"#);
    assert!(reply.message(409).starts_with("Conflict: "), "{}", reply.text);
    account.retrieve("uid=28421").message(404);
}

/// Sizes and bytes that an HTTP server in front may handle in a way of its own.
#[test]
fn large_and_broken_bodies_get_the_documented_error() {
    let account = local_api().account();
    let send = |bytes: &[u8], headers: &[(&'static str, &'static str)]| {
        let mut request = request("POST", UPSERT, bytes);
        request.headers.insert("x-account-secret", account.secret.parse().unwrap());
        for (name, value) in headers {
            request.headers.insert(*name, HeaderValue::from_static(value));
        }
        local_api().send(&request)
    };
    let octets = ("content-type", OCTETS);
    let large = format!(r#"{{"uid":18821,"long":"{}"}}"#, "x".repeat(2 << 20)).into_bytes();
    let just_right = format!(r#"{{"uid":18821,"long":"{}"}}"#, "x".repeat((1 << 20) - 23)).into_bytes();
    assert_eq!(just_right.len(), 1 << 20);
    for (coding, bytes) in [("identity", large.clone()), ("gzip", gzip(&large)), ("zstd", zstd::encode_all(large.as_slice(), 3).unwrap())] {
        send(&bytes, &[octets, ("content-encoding", coding)]).message(413);
    }
    send(&large, &[("content-type", "application/json")]).message(413);
    for (coding, bytes) in [("identity", just_right.clone()), ("gzip", gzip(&just_right))] {
        assert_eq!(send(&bytes, &[octets, ("content-encoding", coding)]).status, 200);
    }
    for (bytes, headers) in [
        (&b"{\"uid\":\"\xff\"}"[..], &[octets][..]),
        (br#"{"uid":"#, &[("content-type", "application/json")]),
        (b"[]", &[]),
        (b"{\"uid\":\0}", &[("content-type", "application/json")]),
        (br#"{"uid":18821}"#, &[octets, ("content-encoding", "gzip")]),
        (br#"{"uid":18821}"#, &[octets, ("content-encoding", "br")]),
    ] {
        let reply = send(bytes, headers);
        assert!(reply.message(422).starts_with("Unprocessable: "), "{}", reply.text);
    }
}

#[test]
fn every_answer_is_the_accounts_own_when_many_ask_at_once() {
    let accounts: Vec<Account<'_>> = (0..4).map(|_| local_api().account()).collect();
    std::thread::scope(|scope| {
        for (plan, account) in accounts.iter().enumerate() {
            scope.spawn(move || {
                for user in 0..15 {
                    let id = account.upsert(&format!(r#"{{"uid":{user},"plan":{plan}}}"#)).id();
                    let reply = account.retrieve(&format!("uid={user}"));
                    assert_eq!((reply.id(), &reply.profile()["plan"]), (id, &json!(plan)));
                }
            });
        }
    });
}
