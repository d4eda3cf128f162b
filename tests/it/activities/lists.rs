//! Lists of survey responses and interactions, and their summaries.

use std::time::Duration;

use profiles_tests::{Api, World};
use serde_json::{Value, json};

use super::must_be;

const BOUND: &str = "the id of an item, 24 hex digits, or a time such as `2029-04-07T12:18:00Z` or Unix seconds";

/// Records the responses of users 0 to `count` to the Microsurvey `s1`, a second apart.
async fn answered(world: &World, api: &Api, count: usize) {
    for n in 0..count {
        let data = format!(r#""survey":{{"id":"s1"}},"response":{{"button_order":{n}}}"#);
        let reply = api.experience(&format!("w{n}"), "response.finished", &format!(r#""uid":"u{n}""#), &data).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        world.wait(Duration::from_secs(1));
    }
}

#[track_caller]
fn orders(body: &Value) -> Vec<u64> {
    body["responses"]
        .as_array()
        .unwrap_or_else(|| panic!("{body}"))
        .iter()
        .map(|response| response["button_order"].as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn pages_lead_through_the_whole_list_the_latest_first() {
    let world = World::new().await;
    let api = world.api();
    answered(&world, &api, 7).await;
    let mut seen = Vec::new();
    let mut before = String::new();
    loop {
        let page = api.get(&format!("/v3/analyze/responses?id=s1&limit=3{before}")).await;
        seen.extend(orders(&page.body));
        assert_eq!(page.body["cursor"]["limit"], 3);
        match page.body["cursor"]["before"].as_str() {
            Some(id) => {
                assert_eq!(page.body["responses"].as_array().unwrap().last().unwrap()["id"], id);
                before = format!("&before={id}");
            }
            None => break,
        }
    }
    assert_eq!(seen, [6, 5, 4, 3, 2, 1, 0]);
    // The first one came at 2029-04-07T12:18:00Z.
    for (query, expected) in [
        ("before=2029-04-07T12:18:02Z", vec![1, 0]),
        ("before=1870258681", vec![0]),
        ("after=2029-04-07T12:18:04Z", vec![6, 5]),
        ("after=2029-04-07T12:18:01Z&before=2029-04-07T12:18:04Z", vec![3, 2]),
        ("after=2030-01-01", vec![]),
        ("before=&after=", vec![6, 5, 4, 3, 2, 1, 0]),
    ] {
        assert_eq!(orders(&api.get(&format!("/v3/analyze/responses?id=s1&{query}")).await.body), expected, "{query}");
    }
    assert_eq!(orders(&api.get("/v3/analyze/responses?uid=u4").await.body), [4]);
    assert_eq!(api.get("/v3/analyze/responses?id=other").await.body, json!({"responses": [], "cursor": {"limit": 50, "before": null}}));
}

#[tokio::test]
async fn as_much_of_each_user_is_shown_as_is_asked_for() {
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert(r#"{"uid":"u0","plan":"gold","company":{"uid":1,"name":"Acme","plan":"scale"}}"#).await.id();
    answered(&world, &api, 1).await;
    let shown = async |query: &str| api.get(&format!("/v3/analyze/responses?id=s1{query}")).await.body["responses"][0]["profile"].take();
    let now = "2029-04-07T12:18:00.000Z";
    let without = json!({"id": id, "created_at": now, "updated_at": now, "uid": "u0"});
    assert_eq!(shown("&expand[company]=skip").await, without);
    let company_id = shown("").await["company"]["id"].take();
    let company = json!({"id": company_id, "created_at": now, "uid": "1", "name": "Acme"});
    let mut min = without;
    min["company"] = company.clone();
    assert_eq!((shown("").await, shown("&expand[profile]=min&expand[company]=min").await), (min.clone(), min));
    let whole = shown("&expand[company]=all").await["company"].take();
    assert_eq!((&whole["plan"], &whole["updated_at"]), (&json!("scale"), &json!(now)));
    assert_eq!(shown("&expand[profile]=skip").await, json!({"id": id}));
    let all = shown("&expand[profile]=all").await;
    assert_eq!(
        (&all["plan"], &all["delivery_ids"], all["company_id"].is_string(), &all["company"]),
        (&json!("gold"), &json!([]), true, &company)
    );
    // A page without profiles costs two reads less, one without companies one.
    world.wire.take();
    shown("&expand[profile]=skip").await;
    let skipped = world.wire.take().len();
    for (query, more) in [("", 2), ("&expand[company]=skip", 1)] {
        shown(query).await;
        assert_eq!(world.wire.take().len(), skipped + more);
    }
}

#[tokio::test]
async fn interactions_are_those_of_a_tour_or_survey_or_of_one_user() {
    let world = World::new().await;
    let api = world.api();
    for (id, kind, user, data) in [
        ("1", "tour.started", r#""uid":1"#, r#""tour":{"id":"t1"}"#),
        ("2", "tour.exited", r#""uid":2"#, r#""tour":{"id":"t1"}"#),
        ("3", "survey.started", r#""uid":1"#, r#""survey":{"id":"s1"}"#),
    ] {
        assert_eq!(api.experience(id, kind, user, data).await.status, 200);
        world.wait(Duration::from_secs(1));
    }
    let listed = async |query: &str| -> Vec<String> {
        let reply = api.get(&format!("/v3/analyze/interactions?{query}")).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let line = |one: &Value| format!("{} {} {}", text(&one["model_id"]), text(&one["state"]), text(&one["profile"]["uid"]));
        reply.body["interactions"].as_array().unwrap_or_else(|| panic!("{}", reply.text)).iter().map(line).collect()
    };
    assert_eq!(listed("id=t1").await, ["t1 exited 2", "t1 started 1"]);
    assert_eq!(listed("id=s1").await, ["s1 started 1"]);
    assert_eq!(listed("uid=1").await, ["s1 started 1", "t1 started 1"]);
    let stats = api.get("/v3/analyze/tours/t1").await;
    assert_eq!(
        stats.body,
        json!({"tour": {"id": "t1", "stats": {
            "started_count": 1,
            "completed_count": 0,
            "exited_count": 1,
            "last_started_at": "2029-04-07T12:18:00.000Z",
            "last_completed_at": null,
            "last_exited_at": "2029-04-07T12:18:01.000Z",
        }}})
    );
    assert_eq!(api.get("/v3/analyze/surveys/s1").await.body["survey"]["stats"]["started_count"], 1);
}

#[tokio::test]
async fn a_tour_or_survey_that_was_never_shown_is_not_found() {
    let world = World::new().await;
    let api = world.api();
    assert_eq!(api.experience("1", "tour.started", r#""uid":1"#, r#""tour":{"id":"t1"}"#).await.status, 200);
    let long = "x".repeat(3000);
    for (target, expected) in [
        ("/v3/analyze/tours/t2", "Tour not found: no tour that anybody was shown has the id `t2`".to_owned()),
        ("/v3/analyze/surveys/t1", "Survey not found: no Microsurvey that anybody was shown has the id `t1`".to_owned()),
        (&format!("/v3/analyze/tours/{long}"), format!("Tour not found: no tour that anybody was shown has the id `{long}`")),
    ] {
        assert_eq!(api.get(target).await.message(404), expected);
    }
    let (_, other) = world.new_account(world.client(1)).await;
    other.get("/v3/analyze/tours/t1").await.message(404);
    assert_eq!(other.get("/v3/analyze/interactions?id=t1").await.body["interactions"], json!([]));
}

#[tokio::test]
async fn what_is_wrong_is_said_by_its_field() {
    let world = World::new().await;
    let api = world.api();
    let neither = "the id of a tour or Microsurvey; for those of one user send `profile_id`, `uid` or `email` instead";
    for (query, expected) in [
        ("", must_be("id", neither)),
        ("id=&uid=", must_be("id", neither)),
        ("id=s1&uid=1", must_be("id", "sent without `profile_id`, `uid` and `email`, one user's are told without it")),
        (&format!("id={}", "x".repeat(256)), must_be("id", "a string of 1 to 255 bytes, the id of a tour or Microsurvey")),
        ("id=s1&limit=501", must_be("limit", "a whole number from 1 to 500")),
        ("id=s1&before=x", must_be("before", BOUND)),
        ("id=s1&after=5", must_be("after", BOUND)),
        ("id=s1&expand[profile]=most", must_be("expand[profile]", "`all`, `min` or `skip`")),
        ("id=s1&expand[company]=most", must_be("expand[company]", "`all`, `min` or `skip`")),
        ("id=s1&order=name", must_be("order", "`created_at` or `updated_at`")),
    ] {
        for list in ["responses", "interactions"] {
            assert_eq!(api.get(&format!("/v3/analyze/{list}?{query}")).await.message(422), expected, "{query}");
        }
    }
    for list in ["responses", "interactions"] {
        let reply = api.get(&format!("/v3/analyze/{list}?uid=nobody")).await;
        assert_eq!(reply.message(404), "Profile not found: no profile has the uid `nobody`");
    }
}
