//! Experiences: Chameleon's webhooks, what is recorded of them, and their signatures.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use profiles_storage::accounts::Accounts;
use profiles_tests::api::request;
use profiles_tests::{Api, Reply, World};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{NO_IDENTIFIER, UNKNOWN, checked, must_be};

const EXPERIENCES: &str = "/v3/observe/hooks/experiences";
const TOUR: &str = r#""tour":{"id":"t1","name":"Welcome"},"step":{"id":"s"}"#;
/// When a world begins.
const NOW: &str = "2029-04-07T12:18:00.000Z";
const OBJECT: &str = "an object, as Chameleon's webhooks have it";

#[track_caller]
fn taken(reply: &Reply, id: &str) {
    assert_eq!((reply.status, &reply.body), (200, &json!({"experience": {"id": id}})));
}

#[tokio::test]
async fn interactions_and_responses_are_recorded_of_a_user_who_may_be_new() {
    let world = World::new().await;
    let api = world.api();
    for (id, kind) in [("1", "tour.started"), ("2", "tour.snoozed"), ("3", "tour.snoozed"), ("4", "tour.started"), ("5", "tour.completed")]
    {
        taken(&api.experience(id, kind, r#""id":"5f3c4232c712de665632a6d5","uid":18821,"email":"x@example.com""#, TOUR).await, id);
    }
    let response = r#""survey":{"id":"s1"},"response":{"id":"5fb7afb5ea19724169374269","button_text":"Great","button_order":2,"inputText":"Yes","finished_at":"2029-04-07T12:18:00Z"}"#;
    taken(&api.experience("6", "response.finished", r#""uid":"18821""#, response).await, "6");
    let user = api.retrieve("uid=18821").await;
    // A webhook does not change the user's address.
    assert_eq!(user.profile()["email"], Value::Null);
    let interactions = api.get("/v3/analyze/interactions?uid=18821&expand[profile]=skip").await;
    let interaction = &interactions.body["interactions"][0];
    let id = |value: &Value| value.as_str().unwrap().len() == 24;
    assert!(id(&interaction["id"]), "{}", interactions.text);
    assert_eq!(
        interactions.body,
        json!({"interactions": [{
            "id": interaction["id"],
            "created_at": "2029-04-07T12:18:00.000Z",
            "updated_at": "2029-04-07T12:18:00.000Z",
            "model_kind": "tour",
            "model_id": "t1",
            "tour_id": "t1",
            "state": "completed",
            "started_at": NOW, "last_started_at": NOW,
            "completed_at": NOW, "last_completed_at": NOW,
            "exited_at": null, "last_exited_at": null,
            "snoozed_at": NOW, "last_snoozed_at": NOW,
            "deferrals": 2,
            "defer_count": 2,
            "defer_until": null,
            "goal_at": null,
            "group_id": null,
            "group_kind": null,
            "profile": {"id": user.id()},
        }], "cursor": {"limit": 50, "before": null}})
    );
    let responses = api.get("/v3/analyze/responses?id=s1").await;
    let response = &responses.body["responses"][0];
    assert_eq!(
        *response,
        json!({
            "id": "5fb7afb5ea19724169374269",
            "created_at": NOW,
            "updated_at": NOW,
            "survey_id": "s1",
            "profile_id": user.id(),
            "profile": {"id": user.id(), "created_at": "2029-04-07T12:18:00.000Z", "updated_at": "2029-04-07T12:18:00.000Z", "uid": "18821"},
            "button_text": "Great",
            "button_order": 2,
            "input_text": "Yes",
            "finished_at": "2029-04-07T12:18:00.000Z",
        })
    );
    assert_eq!(checked(&world, world.account).await.summaries()["tour#t1"], [1, 1, 0]);
}

#[tokio::test]
async fn the_same_webhook_counts_once() {
    let world = World::new().await;
    let api = world.api();
    for _ in 0..3 {
        taken(&api.experience("w1", "tour.started", r#""uid":1"#, TOUR).await, "w1");
        taken(&api.experience("w2", "response.finished", r#""uid":1"#, r#""survey":{"id":"s"},"response":{"input_text":"x"}"#).await, "w2");
    }
    let recorded = checked(&world, world.account).await;
    assert_eq!((recorded.records.len(), recorded.summaries()["tour#t1"]), (2, [1, 0, 0]));
    // Another account's webhooks have ids of their own.
    let (account, other) = world.new_account(world.client(1)).await;
    taken(&other.experience("w1", "tour.started", r#""uid":1"#, TOUR).await, "w1");
    assert_eq!(checked(&world, account).await.summaries()["tour#t1"], [1, 0, 0]);
}

#[tokio::test]
async fn an_unknown_kind_is_answered_and_stored_nowhere() {
    let world = World::new().await;
    let before = world.everything().await;
    let reply = world.api().experience("w1", "launcher.opened", r#""uid":1"#, TOUR).await;
    let message = "not stored: known are `tour.…` and `survey.…` with `started`, `completed`, `exited` and `snoozed`, `response.finished`, \
                   `….button.clicked`, `embed.…`, `helpbar.…` and `demo.…`";
    assert_eq!((reply.status, reply.body), (200, json!({"experience": {"id": "w1"}, "warnings": [{"prop": "kind", "message": message}]})));
    assert!(world.everything().await == before);
}

#[tokio::test]
async fn what_is_wrong_is_said_by_its_field_and_nothing_is_stored() {
    let world = World::new().await;
    let api = world.api();
    let model = "a string of 1 to 255 bytes, the id of a tour or Microsurvey";
    for (body, expected) in [
        ("{}", must_be("id", "a string of 1 to 255 bytes, the webhook's own id")),
        (r#"{"id":"w"}"#, must_be("kind", "a string such as `tour.started`")),
        (r#"{"id":"w","kind":"tour.started"}"#, must_be("data", OBJECT)),
        (r#"{"id":"w","kind":"tour.started","data":{}}"#, must_be("data.profile", OBJECT)),
        (r#"{"id":"w","kind":"tour.started","data":{"profile":{}}}"#, NO_IDENTIFIER.to_owned()),
        (
            r#"{"id":"w","kind":"tour.started","data":{"profile":{"uid":"null","email":null},"tour":{"id":1}}}"#,
            format!("{NO_IDENTIFIER} (`data.profile.uid`: it stands for a missing value; `data.profile.email`: it is `null`)"),
        ),
        (r#"{"id":"w","kind":"tour.started","data":{"profile":{"uid":1}}}"#, must_be("data.tour", OBJECT)),
        (r#"{"id":"w","kind":"survey.started","data":{"profile":{"uid":1},"survey":{"id":""}}}"#, must_be("data.survey.id", model)),
        (r#"{"id":"w","kind":"response.finished","data":{"profile":{"uid":1},"survey":{"id":"s"}}}"#, must_be("data.response", OBJECT)),
    ] {
        assert_eq!(api.post(EXPERIENCES, body).await.message(422), expected, "{body}");
    }
    let unknown = api.experience("w", "tour.started", &format!(r#""id":"{UNKNOWN}""#), TOUR).await;
    assert_eq!(unknown.message(404), format!("Profile not found: no profile has the id `{UNKNOWN}`"));
    assert!(checked(&world, world.account).await.records.is_empty());
}

/// A webhook with this signature, or the right one for this secret.
async fn signed(api: &Api, secret: Result<&str, &str>, body: &str) -> Reply {
    let mut request = api.with_secret(request("POST", EXPERIENCES, body.as_bytes()));
    let signature = secret.map_or_else(str::to_owned, |secret| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(body.as_bytes());
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    });
    if !signature.is_empty() {
        request.headers.insert("x-chameleon-signature", signature.parse().unwrap());
    }
    api.send(request).await
}

fn body(id: &str, sent_at: &str) -> String {
    format!(r#"{{"id":"{id}","kind":"tour.started","sent_at":"{sent_at}","data":{{"profile":{{"uid":1}},"tour":{{"id":"t1"}}}}}}"#)
}

#[tokio::test]
async fn where_the_account_has_a_signing_secret_only_signed_webhooks_of_now_are_taken() {
    const NOT_SIGNED: &str = "Bad request: the signature does not fit, or the webhook was not sent within the last five minutes";
    let world = World::new().await;
    let api = world.api();
    // Without a signing secret nothing is checked, not even a wrong signature.
    taken(&signed(&api, Err("00"), &body("w1", "2000-01-01")).await, "w1");
    let accounts = Accounts::new(world.bare.clone(), world.tables.accounts.clone());
    accounts.set_webhook_secret(world.account, "signing secret").await.unwrap();
    // The signing secret is known after a minute at most.
    world.wait(Duration::from_secs(60));
    let now = world.now().to_string();
    taken(&signed(&api, Ok("signing secret"), &body("w2", &now)).await, "w2");
    for secret in [Err(""), Err("x"), Err(&*"0".repeat(64)), Ok("another secret"), Ok(&*world.secret)] {
        assert_eq!(signed(&api, secret, &body("w3", &now)).await.message(400), NOT_SIGNED);
    }
    for (sent_at, is_now) in [
        ("2029-04-07T12:24:00Z", true),
        ("2029-04-07T12:14:00Z", true),
        ("2029-04-07T12:24:00.001Z", false),
        ("2029-04-07T12:13:59Z", false),
        ("", false),
        ("soon", false),
    ] {
        let reply = signed(&api, Ok("signing secret"), &body("w2", sent_at)).await;
        if is_now { taken(&reply, "w2") } else { assert_eq!(reply.message(400), NOT_SIGNED, "{sent_at}") }
    }
    // The content is checked after the signature.
    signed(&api, Ok("signing secret"), &format!(r#"{{"sent_at":"{now}"}}"#)).await.message(422);
    assert_eq!(signed(&api, Err("x"), "{}").await.message(400), NOT_SIGNED);
    // Other accounts are not affected.
    let (_, other) = world.new_account(world.client(1)).await;
    taken(&signed(&other, Err(""), &body("w9", &now)).await, "w9");
    accounts.remove_webhook_secret(world.account).await.unwrap();
    world.wait(Duration::from_secs(60));
    taken(&signed(&api, Err(""), &body("w4", "2000-01-01")).await, "w4");
    assert_eq!(checked(&world, world.account).await.summaries()["tour#t1"], [1, 0, 0]);
}

#[tokio::test]
async fn a_compressed_webhook_is_signed_as_it_is_sent() {
    let world = World::new().await;
    let api = world.api();
    let accounts = Accounts::new(world.bare.clone(), world.tables.accounts.clone());
    accounts.set_webhook_secret(world.account, "signing secret").await.unwrap();
    let packed = zstd::encode_all(body("w1", &world.now().to_string()).as_bytes(), 3).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(b"signing secret").unwrap();
    mac.update(&packed);
    let signature: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut request = api.with_secret(request("POST", EXPERIENCES, &packed));
    request.headers.insert("content-encoding", "zstd".parse().unwrap());
    request.headers.insert("x-chameleon-signature", signature.parse().unwrap());
    taken(&api.send(request).await, "w1");
}

/// Lists interactions, page by page.
async fn listed(api: &Api, query: &str) -> Vec<Value> {
    let (mut all, mut before) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("/v3/analyze/interactions?{query}{before}&expand[profile]=skip")).await.body;
        all.extend(page["interactions"].as_array().unwrap_or_else(|| panic!("{page}")).iter().cloned());
        match page["cursor"]["before"].as_str() {
            Some(id) => before = format!("&before={id}"),
            None => return all,
        }
    }
}

#[tokio::test]
async fn a_user_has_one_interaction_with_a_tour_after_a_merge_with_the_last_state() {
    let world = World::new().await;
    let api = world.api();
    let happen = async |id: &str, kind: &str, user: &str| {
        taken(&api.experience(id, kind, user, TOUR).await, id);
        world.wait(Duration::from_secs(10));
    };
    happen("1", "tour.started", r#""uid":1"#).await;
    happen("2", "tour.started", r#""email":"x@example.com""#).await;
    happen("3", "tour.snoozed", r#""uid":2"#).await;
    happen("4", "tour.exited", r#""email":"x@example.com""#).await;
    let user = api.upsert(r#"{"uid":1,"email":"x@example.com"}"#).await.id();
    let other = api.retrieve("uid=2").await.id();
    let states = async |query: &str| {
        let all = listed(&api, query).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut states: Vec<_> = all.iter().map(|one| (text(&one["profile"]["id"]), text(&one["state"]))).collect();
        states.sort();
        states
    };
    let expected = |state: &str| {
        let mut all = vec![(user.clone(), state.to_owned()), (other.clone(), "snoozed".to_owned())];
        all.sort();
        all
    };
    let one_user = |state: &str| vec![(user.clone(), state.to_owned())];
    // The merged profile's interaction was the last one, and then come the user's.
    for state in ["exited", "completed"] {
        for query in ["uid=1", "email=x@example.com", &format!("profile_id={user}")] {
            assert_eq!(states(query).await, one_user(state), "{query}");
        }
        for query in ["id=t1", "id=t1&limit=1"] {
            assert_eq!(states(query).await, expected(state), "{query}");
        }
        happen("5", "tour.completed", r#""uid":1"#).await;
    }
    // They are one user.
    assert_eq!(checked(&world, world.account).await.summaries()["tour#t1"], [1, 1, 1]);
}
