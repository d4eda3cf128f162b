//! Accounts and their secrets: where a secret may be, how long it is remembered, and that accounts are kept apart.

use std::time::Duration;

use profiles_api::Request;
use profiles_storage::accounts::{Accounts, random_secret};
use profiles_tests::api::request;
use profiles_tests::permissions::denial;
use profiles_tests::wire::Fault;
use profiles_tests::{Reply, World};
use serde_json::json;

const UPSERT: &str = "/v3/observe/hooks/profiles";
const UNAUTHORIZED: &str = "Unauthorized: Please check your Chameleon Account Secret";

fn with_secret(mut request: Request, secret: &str) -> Request {
    request.headers.insert("x-account-secret", secret.parse().unwrap());
    request
}

fn accounts(world: &World) -> Accounts {
    Accounts::new(world.bare.clone(), world.tables.accounts.clone())
}

#[tokio::test]
async fn a_good_secret_is_answered_with_its_account_and_user() {
    let world = World::new().await;
    let api = world.api();
    let first = api.get("/").await;
    let user = first.body["user"]["id"].as_str().unwrap();
    assert_eq!(first.text, format!(r#"{{"account":{{"id":"{}"}},"user":{{"id":"{user}"}}}}"#, world.account));
    assert!(user.len() == 24 && user.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')), "{user}");
    let secret = &world.secret;
    let in_query = format!("/?account_secret={secret}");
    let in_body = format!(r#"{{"account_secret":"{secret}"}}"#);
    for request in [
        with_secret(request("POST", "/", b""), secret),
        with_secret(request("POST", "/", b"{}"), secret),
        request("GET", &in_query, b""),
        request("POST", &in_query, b""),
        request("GET", "/", in_body.as_bytes()),
        request("POST", "/", in_body.as_bytes()),
    ] {
        assert_eq!(api.send(request).await, first);
    }
    let (other, secret) = world.other_account().await;
    assert_eq!(api.send(with_secret(request("GET", "/", b""), &secret)).await.body["account"], json!({"id": other.to_string()}));
}

#[tokio::test]
async fn the_first_secret_found_wins_header_path_query_body() {
    let world = World::new().await;
    let api = world.api();
    let (_, other) = world.other_account().await;
    let own = &world.secret;
    // The four places in their order. The first one with a secret counts.
    let send = async |secrets: [Option<&str>; 4]| -> Reply {
        let [header, path, query, body] = secrets;
        let mut target = path.map_or(UPSERT.to_owned(), |secret| format!("/v3/observe/hooks/{secret}/profiles"));
        if let Some(secret) = query {
            target.push_str(&format!("?account_secret={secret}"));
        }
        let body = json!({"uid": 18821, "account_secret": body});
        let mut request = request("POST", &target, body.to_string().as_bytes());
        if let Some(secret) = header {
            request = with_secret(request, secret);
        }
        api.send(request).await
    };
    let id = send([Some(own), None, None, None]).await.id();
    let others = send([Some(&other), None, None, None]).await.id();
    assert_ne!(id, others);
    for rank in 0..4 {
        for (first, expected) in [(own.as_str(), Some(&id)), (&other, Some(&others)), ("wrong", None)] {
            for later in [None, Some(own.as_str()), Some(&other), Some("wrong")] {
                let mut secrets = [None; 4];
                secrets[rank] = Some(first);
                for place in &mut secrets[rank + 1..] {
                    *place = later;
                }
                let reply = send(secrets).await;
                match expected {
                    Some(id) => assert_eq!(&reply.id(), id, "place {rank}"),
                    None => assert_eq!(reply.message(403), UNAUTHORIZED, "place {rank}"),
                }
            }
        }
    }
    assert_eq!(send([None; 4]).await.message(403), UNAUTHORIZED);
}

#[tokio::test]
async fn a_secret_of_any_signs_is_read_in_every_place() {
    let world = World::new().await;
    let api = world.api();
    let secret = "s e/c?r&e=t+%2F#\"";
    let encoded = "s%20e%2Fc%3Fr%26e%3Dt%2B%252F%23%22";
    accounts(&world).create_secret(world.account, secret, world.now()).await.unwrap();
    let fields = br#"{"uid":18821}"#;
    let mut form = request("POST", UPSERT, format!("uid=18821&account_secret={encoded}").as_bytes());
    form.headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    let id = api.upsert(r#"{"uid":18821}"#).await.id();
    for (place, request) in [
        ("header", with_secret(request("POST", UPSERT, fields), secret)),
        ("path", request("POST", &format!("/v3/observe/hooks/{encoded}/profiles"), fields)),
        ("query", request("POST", &format!("{UPSERT}?account_secret={encoded}"), fields)),
        ("body", request("POST", UPSERT, json!({"uid": 18821, "account_secret": secret}).to_string().as_bytes())),
        ("form", form),
    ] {
        let reply = api.send(request).await;
        assert_eq!(reply.status, 200, "{place}: {}", reply.text);
        assert_eq!(reply.id(), id, "{place}");
    }
}

#[tokio::test]
async fn a_secret_is_never_stored_as_a_property() {
    let world = World::new().await;
    let api = world.api();
    let secret = &world.secret;
    for name in ["account_secret", "accountSecret", "Account-Secret", "AccountSecret"] {
        let body = format!(r#"{{"uid":18821,"{name}":"{secret}"}}"#);
        let reply = api.send(request("POST", UPSERT, body.as_bytes())).await;
        assert_eq!(reply.body, json!({"profile": {"id": reply.id()}}), "{name}");
        api.upsert(&format!(r#"{{"uid":18821,"{name}":"another-secret"}}"#)).await.id();
    }
    api.post(&format!("{UPSERT}?account_secret={secret}"), r#"{"uid":18821}"#).await.id();
    api.send(request("POST", &format!("/v3/observe/hooks/{secret}/profiles"), br#"{"uid":18821}"#)).await.id();
    let stored = format!("{:?}", world.everything().await);
    assert!(!stored.contains(secret) && !stored.contains("another-secret") && !stored.contains("account_secret"));
    assert!(!api.retrieve("uid=18821").await.text.contains(secret));
    assert!(!format!("{:?}", world.items(&world.tables.accounts).await).contains(secret));
}

#[tokio::test]
async fn a_refusal_never_repeats_the_secret() {
    let world = World::new().await;
    let api = world.api();
    let secret = &world.secret;
    for request in [
        request("POST", &format!("/v3/observe/hooks/{secret}/nowhere"), b"{}"),
        request("GET", &format!("/v3/observe/hooks/{secret}/profiles"), b"{}"),
        request("POST", &format!("/v3/observe/hooks/{secret}/profiles"), b"[]"),
        request("POST", &format!("{UPSERT}?account_secret={secret}"), b"{"),
        request("POST", UPSERT, format!(r#"{{"account_secret":"{secret}"}}"#).as_bytes()),
        request("POST", UPSERT, format!(r#"{{"account_secret":"{secret}x","uid":"{secret}"}}"#).as_bytes()),
    ] {
        let reply = api.send(request).await;
        assert_ne!(reply.status, 200);
        assert!(!reply.text.contains(secret.as_str()), "{}", reply.text);
    }
}

#[tokio::test]
async fn a_secret_that_was_found_is_looked_up_once_a_minute() {
    let world = World::new().await;
    let api = world.api();
    world.wire.take();
    let lookups = async |wait: u64| {
        world.wait(Duration::from_millis(wait));
        assert_eq!(api.get("/").await.status, 200);
        world.wire.take().len()
    };
    assert_eq!(lookups(0).await, 1);
    assert_eq!(lookups(0).await, 0);
    assert_eq!(lookups(59_999).await, 0);
    assert_eq!(lookups(1).await, 1);
    assert_eq!(lookups(30_000).await, 0);
    assert_eq!(lookups(3_600_000).await, 1);
}

#[tokio::test]
async fn a_secret_that_was_not_found_is_looked_up_once_in_ten_seconds() {
    let world = World::new().await;
    let api = world.api();
    world.wire.take();
    let lookups = async |secret: &str, wait: u64| {
        world.wait(Duration::from_millis(wait));
        assert_eq!(api.send(with_secret(request("GET", "/", b""), secret)).await.message(403), UNAUTHORIZED);
        world.wire.take().len()
    };
    // The second read is strongly consistent.
    assert_eq!(lookups("wrong", 0).await, 2);
    assert_eq!(lookups("wrong", 0).await, 0);
    assert_eq!(lookups("also wrong", 0).await, 2);
    assert_eq!(lookups("wrong", 9_999).await, 0);
    assert_eq!(lookups("wrong", 1).await, 2);
    // Without a secret, there is nothing to look up.
    assert_eq!(api.send(request("GET", "/", b"")).await.message(403), UNAUTHORIZED);
    assert_eq!(world.wire.take().len(), 0);
}

#[tokio::test]
async fn a_new_secret_works_at_once_and_not_only_when_every_copy_of_the_table_has_it() {
    let world = World::new().await;
    let api = world.api();
    let secret = random_secret();
    accounts(&world).create_secret(world.account, &secret, world.now()).await.unwrap();
    world.wire.break_calls(|_| Some(Fault::Behind));
    assert_eq!(api.send(with_secret(request("GET", "/", b""), &secret)).await.status, 200);
    assert_eq!(world.wire.take(), ["GetItem", "GetItem"]);
}

/// IAM looks at the partition key of what is read. Accounts have the secrets that webhooks are signed with.
#[test]
fn a_function_reads_secrets_but_no_account_unless_it_checks_signatures() {
    let read = |key: &str| json!({"TableName": "accounts", "Key": {"PK": {"S": key}}});
    let is_denied = |function: &str, key: &str| denial(function, "GetItem", &read(key)).is_some();
    for function in ["Upsert", "Retrieve", "Batch", "Events", "Deliveries", "Analyze", "Clear", "Forget", "Root"] {
        assert_eq!([is_denied(function, "secret#0"), is_denied(function, "account#0")], [false, true], "{function}");
    }
    assert_eq!([is_denied("Experiences", "secret#0"), is_denied("Experiences", "account#0")], [false, false]);
    for function in ["BatchWorker", "Sweep"] {
        assert!(is_denied(function, "secret#0"), "{function}");
    }
    assert!(denial("Experiences", "GetItem", &json!({"TableName": "accounts"})).is_some(), "a call without a key");
    assert!(denial("Experiences", "Query", &read("account#0")).is_some(), "another call");
}

#[tokio::test]
async fn a_secret_that_was_tried_before_it_was_created_works_ten_seconds_later() {
    let world = World::new().await;
    let api = world.api();
    let secret = random_secret();
    let check = async || api.send(with_secret(request("GET", "/", b""), &secret)).await.status;
    assert_eq!(check().await, 403);
    accounts(&world).create_secret(world.account, &secret, world.now()).await.unwrap();
    assert_eq!(check().await, 403);
    world.wait(Duration::from_secs(10));
    assert_eq!(check().await, 200);
}

#[tokio::test]
async fn a_revoked_secret_works_for_a_minute_at_most_and_the_others_go_on() {
    let world = World::new().await;
    let api = world.api();
    let second = random_secret();
    let secret_id = accounts(&world).create_secret(world.account, &second, world.now()).await.unwrap();
    let id = api.upsert(r#"{"uid":18821}"#).await.id();
    let upsert = || with_secret(request("POST", UPSERT, br#"{"uid":18821,"plan":"gold"}"#), &second);
    assert_eq!(api.send(upsert()).await.id(), id);

    accounts(&world).revoke_secret(world.account, &secret_id, world.now()).await.unwrap();
    assert_eq!(world.api().send(upsert()).await.message(403), UNAUTHORIZED);
    world.wait(Duration::from_millis(59_999));
    assert_eq!(api.send(upsert()).await.id(), id);
    world.wait(Duration::from_millis(1));
    let before = world.everything().await;
    assert_eq!(api.send(upsert()).await.message(403), UNAUTHORIZED);
    assert_eq!(world.everything().await, before);
    assert_eq!(api.upsert(r#"{"uid":18821}"#).await.id(), id);
}

#[tokio::test]
async fn another_accounts_secret_finds_none_of_the_identifiers_and_makes_profiles_of_its_own() {
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert(r#"{"uid":18821,"email":"leon@chmln.co","plan":"gold"}"#).await.id();
    let twin = api.upsert(r#"{"email":"twin@chmln.co"}"#).await.id();
    api.upsert(r#"{"uid":18821,"email":"twin@chmln.co"}"#).await.id();
    api.upsert(r#"{"uid":18821,"email":"leon@chmln.co"}"#).await.id();
    let own = api.retrieve("uid=18821").await;
    let before = world.everything().await;
    let (_, secret) = world.other_account().await;
    let other =
        async |method: &str, target: &str, body: &str| api.send(with_secret(request(method, target, body.as_bytes()), &secret)).await;

    for identifier in [("id", id.as_str()), ("id", &twin), ("uid", "18821"), ("email", "leon@chmln.co"), ("email", "twin@chmln.co")] {
        let (field, value) = identifier;
        let expected = format!("Profile not found: no profile has the {field} `{value}`");
        let reply = other("GET", &format!("/v3/analyze/profile?{field}={value}"), "").await;
        assert_eq!(reply.message(404), expected);
        let reply = other("POST", "/v3/analyze/profile", &json!({field: value}).to_string()).await;
        assert_eq!(reply.message(404), expected);
    }
    for id in [&id, &twin] {
        let expected = format!("Profile not found: no profile has the id `{id}`");
        assert_eq!(other("GET", &format!("/v3/analyze/profiles/{id}"), "").await.message(404), expected);
        assert_eq!(other("POST", UPSERT, &format!(r#"{{"id":"{id}","plan":"stolen"}}"#)).await.message(404), expected);
        assert_eq!(other("POST", UPSERT, &format!(r#"{{"id":"{id}","uid":18821}}"#)).await.message(404), expected);
    }
    assert_eq!(world.everything().await, before);

    let theirs = other("POST", UPSERT, r#"{"uid":18821,"email":"leon@chmln.co","plan":"free"}"#).await.id();
    assert_ne!(theirs, id);
    for query in ["uid=18821".to_owned(), "email=leon@chmln.co".to_owned(), format!("id={theirs}")] {
        let reply = other("GET", &format!("/v3/analyze/profile?{query}"), "").await;
        assert_eq!((reply.id(), &reply.profile()["plan"]), (theirs.clone(), &json!("free")), "{query}");
    }
    for query in ["uid=18821".to_owned(), "email=leon@chmln.co".to_owned(), format!("id={id}"), format!("id={twin}")] {
        assert_eq!(api.retrieve(&query).await.text, own.text, "{query}");
    }
    assert_eq!(api.retrieve(&format!("id={theirs}")).await.status, 404);
}
