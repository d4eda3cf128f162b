//! Forms and queries whose names have brackets.

use http::HeaderValue;
use http::header::CONTENT_TYPE;
use profiles_api::Request;
use profiles_tests::api::request;
use profiles_tests::{Api, World};
use serde_json::json;

const UPSERT: &str = "/v3/observe/hooks/profiles";
const EVENTS: &str = "/v3/observe/hooks/events";

fn form(api: &Api, target: &str, body: &str) -> Request {
    let mut request = api.with_secret(request("POST", target, body.as_bytes()));
    request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded; charset=UTF-8"));
    request
}

#[tokio::test]
async fn arrays_and_objects_are_stored_as_those_of_json_are() {
    let world = World::new().await;
    let api = world.api();
    let fields = "tags[]=a&tags[]=b&company[uid]=931&company[name]=Acme+Inc&traits[plan]=gold&traits[limits][seats]=5\
        &traits[limits][names][]=x&scores[]=1&scores[]=2.5&orders[][sku]=s1&orders[][amount]=2&orders[][sku]=s2";
    // Brackets may be percent-encoded, as browsers do, and the fields may be in the query.
    let encoded = fields.replace('[', "%5B").replace(']', "%5D");
    api.send(form(&api, UPSERT, &format!("uid=1&{fields}"))).await.id();
    api.send(form(&api, UPSERT, &format!("uid=2&{encoded}"))).await.id();
    api.post(&format!("{UPSERT}?{encoded}"), r#"{"uid":3}"#).await.id();
    let json = r#"{"uid":4,"tags":["a","b"],"company":{"uid":"931","name":"Acme Inc"},
        "traits":{"plan":"gold","limits":{"seats":"5","names":["x"]}},"scores":["1","2.5"],
        "orders":[{"sku":"s1","amount":"2"},{"sku":"s2"}]}"#;
    let warnings = api.upsert(json).await.body["warnings"].clone();
    assert_eq!(api.send(form(&api, UPSERT, &format!("uid=5&{fields}"))).await.body["warnings"], warnings);
    let expected = api.retrieve("uid=4&expand[company]=all").await.profile().clone();
    assert_eq!(expected["tags"], json!(["a", "b"]));
    assert_eq!((&expected["company"]["uid"], &expected["company"]["name"]), (&json!("931"), &json!("Acme Inc")));
    for uid in ["1", "2", "3", "5"] {
        let profile = api.retrieve(&format!("uid={uid}&expand[company]=all")).await.profile().clone();
        assert!(profile["company_name"].is_null(), "{profile}");
        for name in ["tags", "company", "company_id", "traits", "scores", "orders"] {
            assert_eq!(profile[name], expected[name], "{uid} {name}");
        }
    }
}

#[tokio::test]
async fn a_value_of_brackets_is_no_identifier_and_no_secret() {
    let world = World::new().await;
    let api = world.api();
    for fields in ["uid[]=1", "uid[a]=1", "email[]=leon@chmln.co"] {
        api.send(form(&api, UPSERT, fields)).await.message(422);
    }
    api.send(form(&api, "/v3/analyze/profile", "id[]=5f3c4232c712de665632a2a3")).await.message(422);
    // A secret is a text. In other names, the same words are the client's own data.
    for name in ["account_secret[]", "account_secret[a]", "account[secret]"] {
        let mut request = form(&api, UPSERT, &format!("uid=1&{name}={}", world.secret));
        request.headers.remove("x-account-secret");
        api.send(request).await.message(403);
    }
    let mut request = form(&api, UPSERT, &format!("uid=1&account_secret={}&plan[]=gold", world.secret));
    request.headers.remove("x-account-secret");
    api.send(request).await.id();
    assert_eq!(api.retrieve("uid=1").await.profile()["plan"], json!(["gold"]));
}

#[tokio::test]
async fn brackets_that_do_not_fit_are_refused_by_their_name_and_change_nothing() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1,"plan":"gold"}"#).await.id();
    let before = world.everything().await;
    for (fields, name) in [
        ("a=1&a[b]=2", "a[b]"),
        ("a[]=1&a[b]=2", "a[b]"),
        ("a[b]=1&a=2", "a"),
        ("a[=1", "a["),
        ("[]=1", "[]"),
        ("a]=1", "a]"),
        ("a[b]c=1", "a[b]c"),
        ("plan=x&company[uid]=1&company=2", "company"),
        ("a[1][2][3][4][5][6]=x", "a[1][2][3][4][5][6]"),
    ] {
        let encoded = fields.replace('[', "%5B").replace(']', "%5D");
        let in_query = api.with_secret(request("POST", &format!("{UPSERT}?{encoded}"), br#"{"uid":1}"#));
        let event = form(&api, EVENTS, &format!("uid=1&name=x&{encoded}"));
        for request in [form(&api, UPSERT, &format!("uid=1&{fields}")), in_query, event] {
            let reply = api.send(request).await;
            let message = reply.message(422);
            assert!(message.starts_with("Unprocessable: ") && message.contains(&format!("`{name}`")), "{fields}: {message}");
        }
        // Without a secret, nothing of this is told.
        api.send(request("POST", &format!("{UPSERT}?{encoded}"), b"")).await.message(403);
        // With one in the query or form, it is.
        api.send(request("POST", &format!("{UPSERT}?{encoded}&account_secret={}", world.secret), b"")).await.message(422);
    }
    assert_eq!(world.everything().await, before);
}

#[tokio::test]
async fn an_object_s_repeated_member_is_warned_of_and_the_last_counts() {
    let world = World::new().await;
    let api = world.api();
    let reply = api.send(form(&api, UPSERT, "uid=1&traits[plan]=gold&traits[plan]=free&company[uid]=9&company[uid]=8")).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let warned: Vec<_> = reply.body["warnings"].as_array().unwrap().iter().map(|warning| warning["prop"].as_str().unwrap()).collect();
    assert_eq!(warned, ["traits.plan", "company.uid"]);
    let profile = api.retrieve("uid=1").await.profile().clone();
    assert_eq!((&profile["traits"]["plan"], &profile["company"]["uid"]), (&json!("free"), &json!("8")));
}

#[tokio::test]
async fn events_and_webhooks_and_batches_may_be_forms_too() {
    let world = World::new().await;
    let api = world.api();
    let tracked = api.send(form(&api, EVENTS, "uid=1&name=Imported&files[]=a&files[]=b")).await;
    assert_eq!(tracked.status, 200, "{}", tracked.text);
    let webhook = "id=w1&kind=tour.started&data[profile][uid]=1&data[tour][id]=t1";
    let recorded = api.send(form(&api, "/v3/observe/hooks/experiences", webhook)).await;
    assert_eq!(recorded.status, 200, "{}", recorded.text);
    assert_eq!(api.get("/v3/analyze/tours/t1").await.body["tour"]["stats"]["started_count"], 1);
    let batch =
        "profiles[][uid]=2&profiles[][plan]=gold&profiles[][uid]=3&profiles[][tags][]=x&profiles[][tags][]=y&on_model_missing=create";
    let accepted = api.send(form(&api, "/v3/observe/hooks/profiles/batch", batch)).await;
    assert_eq!(accepted.status, 202, "{}", accepted.text);
    assert!(accepted.body["errors"].is_null(), "{}", accepted.text);
    assert_eq!(api.batch_status(accepted.batch_id().as_str()).await.body["batch"]["total_count"], 2);
}

#[tokio::test]
async fn expand_may_be_divided_between_query_and_body() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1,"plan":"gold","company":{"uid":9,"name":"Acme","seats":5}}"#).await.id();
    let both = api.post("/v3/analyze/profile?uid=1&expand[company]=all", r#"{"expand":{"profile":"all"}}"#).await;
    assert_eq!(both.profile()["company"]["seats"], 5);
    let body_wins = api.post("/v3/analyze/profile?uid=1&expand[company]=all", r#"{"expand":{"company":"skip"}}"#).await;
    assert!(body_wins.profile()["company"].is_null());
    for query in ["expand[]=company", "expand[company][]=all", "expand[company][x]=all", "expand=company"] {
        api.get(&format!("/v3/analyze/profile?uid=1&{query}")).await.message(422);
    }
}
