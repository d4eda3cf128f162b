//! Events: the request and the stored record.

use std::time::Duration;

use profiles_tests::api::request;
use profiles_tests::{Api, Reply, World};
use serde_json::json;

use super::{NO_IDENTIFIER, UNKNOWN, checked, event_id, must_be};

const EVENTS: &str = "/v3/observe/hooks/events";
const NAME: &str = "a string with a letter or digit, of at most 255 bytes, such as `Imported Leads`";

async fn keyed(api: &Api, key: &str, body: &str) -> Reply {
    api.post_under(key, EVENTS, body).await
}

#[tokio::test]
async fn an_event_is_stored_normalized_under_its_user() {
    let world = World::new().await;
    let api = world.api();
    let user = api.upsert(r#"{"uid":18821}"#).await.id();
    let id = event_id(&api.track(r#"{"uid":18821,"name":"Imported Leads","leadCount":"12","created_at":"2029-04-07"}"#).await);
    assert_eq!(id.len(), 24);
    let recorded = checked(&world, world.account).await;
    let [event] = recorded.records.as_slice() else { panic!("{recorded:#?}") };
    assert_eq!(event["name"].as_s().unwrap(), "imported_leads");
    assert!(event["PK"].as_s().unwrap().ends_with(&user));
    let properties = event["properties"].as_m().unwrap();
    assert_eq!((properties.len(), properties["lead_count"].as_n().unwrap().as_str()), (2, "12"));
    assert_eq!(properties["created_at"].as_s().unwrap(), "2029-04-07T00:00:00.000Z");
}

#[tokio::test]
async fn a_new_user_is_created_except_by_an_id() {
    let world = World::new().await;
    let api = world.api();
    event_id(&api.track(r#"{"uid":1,"email":"a@example.com","name":"x"}"#).await);
    event_id(&api.track(r#"{"email":"b@example.com","name":"x"}"#).await);
    assert_eq!(api.retrieve("uid=1").await.profile()["email"], "a@example.com");
    let id = api.retrieve("email=b@example.com").await.id();
    event_id(&api.track(&format!(r#"{{"id":"{id}","name":"x"}}"#)).await);
    let unknown = api.track(&format!(r#"{{"id":"{UNKNOWN}","name":"x"}}"#)).await;
    assert_eq!(unknown.message(404), format!("Profile not found: no profile has the id `{UNKNOWN}`"));
    let taken = api.track(r#"{"uid":2,"email":"a@example.com","name":"x"}"#).await;
    assert_eq!(taken.message(409), "Conflict: the email `a@example.com` belongs to another profile");
    assert_eq!(checked(&world, world.account).await.count("event"), 3);
}

#[tokio::test]
async fn the_secret_may_be_in_the_path_and_the_event_in_a_form() {
    let world = World::new().await;
    let api = world.api();
    let path = format!("/v3/observe/hooks/{}/events", world.secret);
    event_id(&api.send(request("POST", &path, br#"{"uid":1,"name":"x"}"#)).await);
    let mut form = request("POST", &path, b"uid=1&name=Signed+up&plan=gold");
    form.headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    event_id(&api.send(form).await);
    let recorded = checked(&world, world.account).await;
    assert!(recorded.records.iter().any(|event| event["name"].as_s().unwrap() == "signed_up"));
    api.send(request("POST", EVENTS, br#"{"uid":1,"name":"x"}"#)).await.message(403);
}

#[tokio::test]
async fn what_is_wrong_is_said_and_nothing_is_stored() {
    let world = World::new().await;
    let api = world.api();
    for (body, expected) in [
        (r#"{"name":"x"}"#.to_owned(), NO_IDENTIFIER.to_owned()),
        (
            r#"{"uid":null,"email":"nobody","name":"x"}"#.to_owned(),
            format!("{NO_IDENTIFIER} (`uid`: it is `null`; `email`: it does not look like an e-mail address)"),
        ),
        (r#"{"uid":"undefined","name":"x"}"#.to_owned(), format!("{NO_IDENTIFIER} (`uid`: it stands for a missing value)")),
        (
            r#"{"uid":1.5,"name":"x"}"#.to_owned(),
            format!("{NO_IDENTIFIER} (`uid`: a uid is a string or an integer, and this number has a fraction)"),
        ),
        (r#"{"uid":1}"#.to_owned(), must_be("name", NAME)),
        (r#"{"uid":1,"name":"?!"}"#.to_owned(), must_be("name", NAME)),
        (r#"{"uid":1,"name":{"a":1}}"#.to_owned(), must_be("name", NAME)),
        (format!(r#"{{"uid":1,"name":"{}"}}"#, "x".repeat(256)), must_be("name", NAME)),
        (r#"{"id":5,"name":"x"}"#.to_owned(), must_be("id", "a string of 24 hex digits")),
        (
            format!(r#"{{"uid":"{}","name":"x"}}"#, "x".repeat(769)),
            "Unprocessable: `uid` cannot be used: it is longer than 768 bytes".to_owned(),
        ),
        (
            r#"{"uid":1,"name":"x","plan":"\ud83d"}"#.to_owned(),
            must_be("plan", "valid Unicode, but an escape in it is half of a surrogate pair"),
        ),
        (r#"["uid"]"#.to_owned(), r#"Unprocessable: the body must be a JSON object, such as {"uid": 18821}"#.to_owned()),
    ] {
        assert_eq!(api.track(&body).await.message(422), expected, "{body}");
    }
    let long = "x".repeat(700);
    let large: String = (0..700).map(|n| format!(r#","p{n}":"{long}""#)).collect();
    let expected = "Unprocessable: the event would be larger than 400 KB, the most that can be stored; send fewer or smaller properties";
    assert_eq!(api.track(&format!(r#"{{"uid":1,"name":"x"{large}}}"#)).await.message(422), expected);
    assert!(checked(&world, world.account).await.records.is_empty());
}

#[tokio::test]
async fn what_is_not_stored_as_sent_is_said() {
    let world = World::new().await;
    let reply = world.api().track(r#"{"uid":1,"ID":"x","email":"nobody","name":"x","!":1,"traits":{"plan":[[1]]}}"#).await;
    event_id(&reply);
    assert_eq!(
        reply.body["warnings"],
        json!([
            {"prop": "ID", "message": "ignored: our own id must be spelled `id`, yours is `uid`"},
            {"prop": "!", "message": "dropped: the name has no letter or digit"},
            {"prop": "email", "message": "not stored: it does not look like an e-mail address"},
            {"prop": "traits.plan", "message": "an array holds no hashes or arrays: 1 dropped"},
        ])
    );
}

#[tokio::test]
async fn a_key_belongs_to_its_event_and_account_for_a_day() {
    let world = World::new().await;
    let api = world.api();
    let body = r#"{"uid":1,"name":"paid"}"#;
    let id = event_id(&keyed(&api, "key", body).await);
    assert_eq!(event_id(&keyed(&api, "key", body).await), id);
    // The same request with the secret in the body.
    let with_secret = format!(r#"{{"account_secret":"{}","uid":1,"name":"paid"}}"#, world.secret);
    assert_eq!(event_id(&keyed(&api, "key", &with_secret).await), id);
    let taken = "Conflict: the key was used with another body, send each request under a key of its own";
    for other in [r#"{"uid":2,"name":"paid"}"#, r#"{"uid":1,"name":"refunded"}"#, r#"{"uid":1,"name":"paid","plan":1}"#] {
        assert_eq!(keyed(&api, "key", other).await.message(409), taken, "{other}");
    }
    let expected = must_be("Idempotency-Key", "a header of 1 to 255 ASCII characters");
    for wrong in ["", " ", &"k".repeat(256)] {
        assert_eq!(keyed(&api, wrong, body).await.message(422), expected);
    }
    assert_ne!(event_id(&keyed(&api, "other", body).await), id);
    let (account, other) = world.new_account(world.client(1)).await;
    assert_ne!(event_id(&keyed(&other, "key", body).await), id);
    assert_eq!((checked(&world, world.account).await.count("event"), checked(&world, account).await.count("event")), (2, 1));
    world.wait(Duration::from_secs(24 * 60 * 60 + 1));
    assert_ne!(event_id(&keyed(&api, "key", body).await), id);
}
