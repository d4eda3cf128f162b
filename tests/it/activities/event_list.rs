//! The list of a user's events.

use std::time::Duration;

use profiles_tests::{Api, World};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::{NO_IDENTIFIER, UNKNOWN, event_id, listed, must_be};

const LIST: &str = "/v3/analyze/events";
const BOUND: &str = "the id of an item, 24 hex digits, or a time such as `2029-04-07T12:18:00Z` or Unix seconds";

async fn tracked(api: &Api, user: &str, name: &str) -> String {
    event_id(&api.track(&format!(r#"{{{user},"name":"{name}"}}"#)).await)
}

/// Lists the names on one page.
async fn names(api: &Api, query: &str) -> Vec<String> {
    let page = api.get(&format!("{LIST}?{query}")).await;
    let events = page.body["events"].as_array().unwrap_or_else(|| panic!("{query}: {}", page.text));
    events.iter().map(|event| event["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_event_is_listed_as_it_was_sent_at_the_cost_of_two_reads() {
    let world = World::new().await;
    let api = world.api();
    let user = api.upsert(r#"{"uid":18821}"#).await.id();
    let id =
        event_id(&api.track(r#"{"uid":18821,"name":"Imported Leads","leadCount":"12","profile":"x","created_at":"2029-04-07"}"#).await);
    api.get(&format!("{LIST}?uid=18821")).await;
    world.wire.take();
    let shown = api.get(&format!("{LIST}?profile_id={user}&expand[profile]=skip")).await;
    assert_eq!(world.wire.take(), ["GetItem", "Query"]);
    let now = world.now().to_string();
    let event = json!({
        "id": id,
        "created_at": now,
        "name": "imported_leads",
        "properties": {"created_at": "2029-04-07T00:00:00.000Z", "lead_count": 12, "profile": "x"},
        "profile": {"id": user},
    });
    assert_eq!(shown.body, json!({"events": [event], "cursor": {"limit": 50, "before": null}}));
    let with_user = api.get(&format!("{LIST}?uid=18821")).await;
    assert_eq!(with_user.body["events"][0]["profile"], json!({"id": user, "created_at": now, "updated_at": now, "uid": "18821"}));
}

#[tokio::test]
async fn pages_have_every_event_once_the_latest_first_also_within_a_second() {
    let world = World::new().await;
    let api = world.api();
    for seed in 0..12 {
        let mut rng = StdRng::seed_from_u64(seed);
        let user = format!(r#""uid":"u{seed}""#);
        let mut expected = Vec::new();
        for n in 0..rng.random_range(1..40) {
            // Some are of one millisecond: then their ids decide.
            world.wait(Duration::from_millis([0, 1, 1, 90, 700, 5_000][rng.random_range(0..6_usize)]));
            let id = tracked(&api, &user, &format!("e{n}")).await;
            expected.push((world.now(), id, format!("e{n}")));
        }
        expected.sort();
        expected.reverse();
        let all: Vec<_> = expected.iter().map(|(_, _, name)| name.clone()).collect();
        for limit in [1, 2, 3, 7, 500] {
            assert_eq!(listed(&api, "analyze/events", &format!("uid=u{seed}&limit={limit}"), "name").await, all, "seed {seed}, {limit}");
        }
        for _ in 0..8 {
            let (place, limit) = (rng.random_range(0..expected.len()), rng.random_range(1..6_usize));
            let (at, id, _) = &expected[place];
            let of = |from: &[(_, String, String)]| from.iter().take(limit).map(|(_, _, name)| name.clone()).collect::<Vec<_>>();
            let is_at = |other: &profiles_normalization::Timestamp| other == at;
            let until = expected.iter().position(|(at, ..)| is_at(at)).unwrap();
            let beyond = expected.iter().rposition(|(at, ..)| is_at(at)).unwrap() + 1;
            for (query, shown) in [
                (format!("before={id}"), of(&expected[place + 1..])),
                (format!("before={at}_{id}"), of(&expected[place + 1..])),
                (format!("before={at}"), of(&expected[beyond..])),
                (format!("after={id}"), of(&expected[..place])),
                (format!("after={at}"), of(&expected[..until])),
                (format!("after={id}&before={at}"), Vec::new()),
            ] {
                assert_eq!(names(&api, &format!("uid=u{seed}&limit={limit}&{query}")).await, shown, "seed {seed}, {limit}, {query}");
            }
        }
    }
}

#[tokio::test]
async fn a_page_reads_no_more_than_it_shows_and_a_full_second_is_read_whole() {
    let world = World::new().await;
    let api = world.api();
    for n in 0..40 {
        tracked(&api, r#""uid":1"#, &format!("old{n}")).await;
    }
    world.wait(Duration::from_secs(1));
    tracked(&api, r#""uid":1"#, "new").await;
    world.wire.take();
    let calls = async |query: &str, shown: usize| {
        assert_eq!(names(&api, &format!("uid=1&expand[profile]=skip&{query}")).await.len(), shown, "{query}");
        world.wire.take().into_iter().filter(|operation| operation == "Query").count()
    };
    // The second that the page ends in has 40, of which each query reads 10.
    assert_eq!(calls("limit=1", 1).await, 5);
    assert_eq!(calls("limit=50", 41).await, 1);
    assert_eq!(calls("limit=1&after=2029-04-07T12:18:01Z", 0).await, 1);
    assert_eq!(calls("after=2030-01-01", 0).await, 1);
    assert_eq!(calls("before=1900-01-01", 0).await, 1);
    assert_eq!(calls("after=2030-01-01&before=2029-01-01", 0).await, 1);
}

#[tokio::test]
async fn a_removed_id_as_bound_repeats_its_second_rather_than_leaving_some_out() {
    let world = World::new().await;
    let api = world.api();
    for name in ["a", "b"] {
        tracked(&api, r#""uid":1"#, name).await;
    }
    let second = format!("{:08x}", world.now().unix_seconds());
    let mut shown = names(&api, &format!("uid=1&before={second}0000000000000000")).await;
    shown.sort();
    assert_eq!(shown, ["a", "b"]);
    assert_eq!(names(&api, &format!("uid=1&after={second}ffffffffffffffff")).await.len(), 2);
}

#[tokio::test]
async fn a_merge_unites_the_events_of_both() {
    let world = World::new().await;
    let api = world.api();
    for n in 0..4 {
        let user = if n % 2 == 0 { r#""uid":1"# } else { r#""email":"a@example.com""# };
        tracked(&api, user, &format!("e{n}")).await;
        world.wait(Duration::from_millis(300));
    }
    let survivor = api.upsert(r#"{"uid":1,"email":"a@example.com"}"#).await.id();
    tracked(&api, r#""uid":1"#, "e4").await;
    for limit in [1, 2, 50] {
        let query = format!("email=a@example.com&limit={limit}");
        assert_eq!(listed(&api, "analyze/events", &query, "name").await, ["e4", "e3", "e2", "e1", "e0"]);
    }
    let profiles = api.get(&format!("{LIST}?uid=1")).await.body["events"].take();
    assert!(profiles.as_array().unwrap().iter().all(|event| event["profile"]["id"] == survivor.as_str()));
}

#[tokio::test]
async fn what_was_cleared_or_forgotten_is_not_listed_and_no_other_account_sees_it() {
    let world = World::new().await;
    let api = world.api();
    let empty = json!({"events": [], "cursor": {"limit": 50, "before": null}});
    let id = api.upsert(r#"{"uid":1}"#).await.id();
    assert_eq!(api.get(&format!("{LIST}?uid=1")).await.body, empty);
    tracked(&api, r#""uid":1"#, "x").await;
    let (_, other) = world.new_account(world.client(1)).await;
    for query in ["uid=1".to_owned(), format!("profile_id={id}")] {
        other.get(&format!("{LIST}?{query}")).await.message(404);
    }
    assert_eq!(api.clear("uid=1").await.status, 200);
    assert_eq!(api.get(&format!("{LIST}?uid=1")).await.body, empty);
    tracked(&api, r#""uid":1"#, "y").await;
    assert_eq!(names(&api, "uid=1").await, ["y"]);
    assert_eq!(api.forget("uid=1").await.status, 200);
    assert_eq!(api.get(&format!("{LIST}?uid=1")).await.message(404), "Profile not found: no profile has the uid `1`");
    tracked(&api, r#""uid":1"#, "z").await;
    assert_eq!(names(&api, "uid=1").await, ["z"]);
}

#[tokio::test]
async fn what_is_wrong_is_said_by_its_field() {
    let world = World::new().await;
    let api = world.api();
    for (query, status, expected) in [
        ("", 422, NO_IDENTIFIER.to_owned()),
        ("id=5fb70dcbc39330000325a94d", 422, NO_IDENTIFIER.to_owned()),
        ("uid=1&limit=501", 422, must_be("limit", "a whole number from 1 to 500")),
        ("uid=1&before=x", 422, must_be("before", BOUND)),
        ("uid=1&after=5", 422, must_be("after", BOUND)),
        ("uid=1&expand[profile]=most", 422, must_be("expand[profile]", "`all`, `min` or `skip`")),
        (&format!("profile_id={UNKNOWN}"), 404, format!("Profile not found: no profile has the id `{UNKNOWN}`")),
    ] {
        let reply = api.get(&format!("{LIST}?{query}")).await;
        assert_eq!(reply.message(status), expected, "{query}");
        assert_eq!(reply.body["events"], Value::Null);
    }
}
