//! Random requests of any shape: none crashes a function, and each gets a documented answer.

use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};
use profiles_api::Request;
use profiles_tests::{Reply, World, stream};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const CASES: u32 = 400;

/// A placeholder for the secret in generated text.
const SECRET: &str = "THE-SECRET";

/// The paths of activities and deletions.
const RECORDS: [&str; 9] = [
    "/v3/observe/hooks/events",
    "/v3/observe/hooks/experiences",
    "/v3/observe/hooks/experiences",
    "/v3/edit/deliveries",
    "/v3/analyze/events",
    "/v3/analyze/responses",
    "/v3/analyze/interactions",
    "/v3/edit/profiles",
    "/v3/edit/profiles/forget",
];
/// Paths that end with an id.
const NAMED: [&str; 5] =
    ["/v3/edit/deliveries/", "/v3/edit/profiles/", "/v3/edit/deletions/", "/v3/analyze/tours/", "/v3/analyze/surveys/"];

fn method() -> impl Strategy<Value = String> {
    prop_oneof![20 => Just("POST".to_owned()), 6 => Just("GET".to_owned()), 3 => Just("DELETE".to_owned()), 1 => "[A-Z]{0,7}", 1 => any::<String>()]
}

fn path() -> impl Strategy<Value = String> {
    prop_oneof![
        20 => Just("/v3/observe/hooks/profiles".to_owned()),
        4 => Just(format!("/v3/observe/hooks/{SECRET}/profiles")),
        2 => "[^/]{0,20}".prop_map(|secret| format!("/v3/observe/hooks/{secret}/profiles")),
        10 => Just("/v3/observe/hooks/profiles/batch".to_owned()),
        1 => "[0-9a-f]{22,26}".prop_map(|id| format!("/v3/observe/hooks/profiles/batch/{id}")),
        8 => Just("/v3/analyze/profile".to_owned()),
        1 => "[^/]{0,30}".prop_map(|id| format!("/v3/analyze/profiles/{id}")),
        2 => "[0-9a-f]{22,26}".prop_map(|id| format!("/v3/analyze/profiles/{id}")),
        20 => proptest::sample::select(RECORDS.to_vec()).prop_map(str::to_owned),
        2 => (proptest::sample::select(NAMED.to_vec()), "[^/]{0,30}").prop_map(|(path, id)| format!("{path}{id}")),
        1 => "[0-9a-f]{22,26}".prop_map(|id| format!("/v3/edit/profiles/{id}/forget")),
        1 => Just("/".to_owned()),
        1 => "/[%./a-zA-Z0-9]{0,40}",
        1 => any::<String>(),
    ]
}

/// Names with a meaning in the API, and any others.
fn name() -> impl Strategy<Value = String> {
    let known = [
        "uid",
        "email",
        "company_uid",
        "company",
        "browser_x",
        "browser_n",
        "last_seen_at",
        "percent",
        "created_at",
        "expand[company]",
        "traits",
        "ID",
        "PK",
        "rev",
    ];
    let records =
        ["name", "kind", "sent_at", "data", "model_kind", "model_id", "from", "until", "once", "idempotency_key", "limit", "before"];
    let rare = ["id", "company_id", "account_secret", "expand", "profile_id", "after", "expand[profile]"];
    prop_oneof![
        20 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned),
        8 => proptest::sample::select(records.to_vec()).prop_map(str::to_owned),
        1 => proptest::sample::select(rare.to_vec()).prop_map(str::to_owned),
        8 => "\\PC{0,12}",
        4 => any::<String>(),
    ]
}

/// JSON text, mostly valid.
fn json() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        4 => Just("null".to_owned()),
        4 => any::<bool>().prop_map(|truth| truth.to_string()),
        8 => any::<i64>().prop_map(|number| number.to_string()),
        4 => any::<f64>().prop_map(|number| serde_json::json!(number).to_string()),
        4 => "-?[1-9][0-9]{1,60}(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,6})?",
        8 => any::<String>().prop_map(|text| serde_json::json!(text).to_string()),
        8 => "[a-e]@[a-e]".prop_map(|email| format!("{email:?}")),
        16 => "[a-e]".prop_map(|uid| format!("{uid:?}")),
        4 => "\"[0-9a-f]{24}\"",
        1 => "\"(\\\\u[0-9a-fA-F]{4}){1,3}\"",
        1 => "[ -~]{0,8}",
    ];
    scalar.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(|items| format!("[{}]", items.join(","))),
            vec((name(), inner), 0..6).prop_map(|members| object(&members)),
        ]
    })
}

/// A field of a request. It is rarely the secret, which no answer may repeat.
fn field() -> impl Strategy<Value = (String, String)> {
    prop_oneof![20 => (name(), json()), 1 => Just(("account_secret".to_owned(), format!("{SECRET:?}")))]
}

fn object(members: &[(String, String)]) -> String {
    let members: Vec<_> = members.iter().map(|(name, value)| format!("{}:{value}", serde_json::json!(name))).collect();
    format!("{{{}}}", members.join(","))
}

fn form() -> impl Strategy<Value = String> {
    let value = prop_oneof!["[a-e]", "[a-e]@[a-e]", "(%[0-9a-fA-F]{0,2}){0,6}", "\\PC{0,20}", Just("min".to_owned())];
    vec(prop_oneof![20 => (name(), value), 1 => Just(("account_secret".to_owned(), SECRET.to_owned()))], 0..5)
        .prop_map(|pairs| pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&"))
}

/// A webhook of Chameleon's, or nearly one.
fn webhook() -> impl Strategy<Value = String> {
    let kind = prop_oneof![
        4 => "(tour|survey)\\.(started|completed|exited|snoozed)",
        3 => Just("response.finished".to_owned()),
        1 => "[a-z.]{0,12}",
    ];
    let model = prop_oneof![4 => "\\{\"id\":\"[a-c]\"\\}", 1 => json()];
    let user = prop_oneof![4 => "\\{\"(uid|email|id)\":\"[a-e](@[a-e])?\"\\}", 1 => json()];
    ("[a-z]{0,2}", kind, user, model, json()).prop_map(|(id, kind, user, model, response)| {
        format!(r#"{{"id":"{id}","kind":"{kind}","data":{{"profile":{user},"tour":{model},"survey":{model},"response":{response}}}}}"#)
    })
}

/// The order of a delivery, or nearly one.
fn order() -> impl Strategy<Value = String> {
    let time = prop_oneof![4 => "\"\\+[0-9]{1,2}[dhmx]\"", 1 => Just("null".to_owned()), 1 => json()];
    ("[a-e]", "(tour|survey|x)", time.clone(), time, json()).prop_map(|(uid, kind, from, until, once)| {
        format!(r#"{{"uid":"{uid}","model_kind":"{kind}","model_id":"m","from":{from},"until":{until},"once":{once}}}"#)
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        12 => ("[a-e]", vec(field(), 0..4)).prop_map(|(uid, mut members)| {
            members.push(("uid".to_owned(), format!("{uid:?}")));
            object(&members).into_bytes()
        }),
        4 => vec(field(), 0..8).prop_map(|members| object(&members).into_bytes()),
        4 => webhook().prop_map(String::into_bytes),
        4 => order().prop_map(String::into_bytes),
        4 => ("[a-e]", "[a-z ]{0,3}", vec(field(), 0..4)).prop_map(|(uid, name, mut members)| {
            members.extend([("uid".to_owned(), format!("{uid:?}")), ("name".to_owned(), format!("{name:?}"))]);
            object(&members).into_bytes()
        }),
        14 => vec(prop_oneof![4 => vec(field(), 0..4).prop_map(|members| object(&members)), 1 => json()], 0..8)
            .prop_map(|items| format!(r#"{{"profiles":[{}]}}"#, items.join(",")).into_bytes()),
        2 => (vec(field(), 0..4), any::<prop::sample::Index>()).prop_map(|(members, end)| {
            let mut text = object(&members).into_bytes();
            text.truncate(end.index(text.len()));
            text
        }),
        2 => form().prop_map(String::into_bytes),
        1 => json().prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..200),
    ]
}

fn headers() -> impl Strategy<Value = HeaderMap> {
    let secret = prop_oneof![16 => Just(Some(SECRET.as_bytes().to_vec())), 2 => Just(None), 1 => vec(any::<u8>(), 0..70).prop_map(Some)];
    let content_type = prop_oneof![
        Just(None),
        Just(Some(b"application/json".to_vec())),
        Just(Some(b"application/x-www-form-urlencoded".to_vec())),
        vec(any::<u8>(), 0..30).prop_map(Some),
    ];
    let encoding = prop_oneof![
        12 => Just(None),
        3 => proptest::sample::select(vec!["gzip", "zstd", "br", "identity"]).prop_map(|name| Some(name.as_bytes().to_vec())),
        1 => vec(any::<u8>(), 0..10).prop_map(Some),
    ];
    (secret, content_type, encoding).prop_map(|(secret, content_type, encoding)| {
        let mut headers = HeaderMap::new();
        for (name, value) in [("x-account-secret", secret), (CONTENT_TYPE.as_str(), content_type), (CONTENT_ENCODING.as_str(), encoding)] {
            if let Some(value) = value.and_then(|bytes| HeaderValue::from_bytes(&bytes).ok()) {
                headers.insert(http::HeaderName::try_from(name).unwrap(), value);
            }
        }
        headers
    })
}

/// Compresses the body as its header says, half of the time.
fn compressed((headers, body, lies): (HeaderMap, Vec<u8>, bool)) -> (HeaderMap, Vec<u8>) {
    use std::io::Write;
    let body = match headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        Some(b"gzip") if !lies => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(&body).unwrap();
            encoder.finish().unwrap()
        }
        Some(b"zstd") if !lies => zstd::encode_all(body.as_slice(), 1).unwrap(),
        _ => body,
    };
    (headers, body)
}

/// Puts the secret in place of its placeholder.
fn with_secret(text: &str, secret: &str) -> String {
    text.replace(SECRET, secret)
}

/// Returns what is wrong with an answer; `None` if it is a documented one.
fn undocumented(reply: &Reply) -> Option<&'static str> {
    let start = match reply.status {
        200 => {
            let one = ["profile", "account", "event", "experience", "delivery", "deletion", "tour", "survey"];
            let many = ["deliveries", "events", "responses", "interactions"];
            let is_known = one.iter().any(|name| reply.body[name]["id"].is_string()) || many.iter().any(|name| reply.body[name].is_array());
            return (!is_known).then_some("nothing that is documented");
        }
        202 => return (!reply.body["batch"]["id"].is_string()).then_some("no batch"),
        403 => "Unauthorized: Please check your Chameleon Account Secret",
        404 if reply.text.contains("Endpoint not found: ") => "Endpoint not found: ",
        404 if reply.text.contains("Batch not found: ") => "Batch not found: ",
        404 if reply.text.contains("Delivery not found: ") => "Delivery not found: ",
        404 if reply.text.contains("Deletion not found: ") => "Deletion not found: ",
        404 if reply.text.contains("Tour not found: ") => "Tour not found: ",
        404 if reply.text.contains("Survey not found: ") => "Survey not found: ",
        404 => "Profile not found: ",
        409 => "Conflict: ",
        422 => "Unprocessable: ",
        _ => return Some("a status that no request should earn"),
    };
    let Some(fields) = reply.body.as_object() else { return Some("no object") };
    if fields.keys().collect::<Vec<_>>() != ["code", "messages"] || reply.body["code"] != reply.status {
        return Some("not the form of an error");
    }
    let messages = reply.body["messages"].as_array().map(Vec::as_slice);
    let Some([message]) = messages else { return Some("not one message") };
    match message.as_str() {
        Some(message) if message.starts_with(start) => None,
        _ => Some("a message that begins otherwise"),
    }
}

#[test]
fn any_request_gets_a_documented_answer() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let world = runtime.block_on(World::new());
    let api = world.api();
    let config = Config { cases: CASES, failure_persistence: None, max_shrink_iters: 500, ..Config::default() };
    let query = prop_oneof![8 => Just(String::new()), 3 => form(), 1 => any::<String>()];
    let requests = (method(), path(), query, (headers(), body(), any::<bool>()).prop_map(compressed), any::<bool>());
    let answered = std::cell::RefCell::new(std::collections::BTreeMap::<u16, u32>::new());
    let result = TestRunner::new(config).run(&requests, |(method, path, query, (mut headers, body), path_is_decoded)| {
        if headers.get("x-account-secret").is_some_and(|value| value == SECRET) {
            headers.insert("x-account-secret", HeaderValue::from_str(&world.secret).unwrap());
        }
        let body = match String::from_utf8(body) {
            Ok(text) => with_secret(&text, &world.secret).into_bytes(),
            Err(bytes) => bytes.into_bytes(),
        };
        let request = Request {
            method,
            path: with_secret(&path, &world.secret),
            path_is_decoded,
            query: with_secret(&query, &world.secret),
            headers,
            body,
            deadline: None,
        };
        let reply = runtime.block_on(api.send(request));
        *answered.borrow_mut().entry(reply.status).or_default() += 1;
        prop_assert_eq!(undocumented(&reply), None, "{} {}", reply.status, reply.text);
        prop_assert!(!reply.text.contains(&world.secret), "the answer holds the secret");
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    // Every accepted batch can be applied.
    for event in runtime.block_on(stream::events(&world)) {
        let handled = runtime.block_on(api.work(&event, None));
        assert_eq!(handled, serde_json::json!({"batchItemFailures": []}));
    }
    // Otherwise too few requests were valid to prove anything.
    let answered = answered.into_inner();
    for (status, least) in [(200, CASES / 20), (202, CASES / 200), (403, 5), (404, 5), (422, CASES / 20)] {
        assert!(answered.get(&status).copied().unwrap_or(0) >= least, "{answered:?}");
    }
}
