//! Tours and Microsurveys, as webhooks told of them, and webhooks that are events.

use std::time::Duration;

use profiles_tests::World;
use serde_json::{Value, json};

use super::{SENT, checked, listed, sent};

#[tokio::test]
async fn other_webhooks_that_name_a_user_are_events() {
    let world = World::new().await;
    let api = world.api();
    let user = r#""profile":{"uid":1}"#;
    for (n, (kind, data)) in [
        ("tour.button.clicked", r#","tour":{"id":"t1"},"button":{"id":"b1","text":"Next"},"action":{"id":"a"}"#),
        ("survey.button.clicked", r#","survey":{"id":"s1"}"#),
        ("embed.started", r#","embed":{"id":"e1"}"#),
        ("helpbar.item.action", r#","action":{"id":"a","item_uid":"x","kinds":["url"]}"#),
        ("helpbar.search", r#","action":{"query":"data","results_count":2}"#),
        ("demo.form.submitted", r#","demo":{"id":"d1"}"#),
    ]
    .into_iter()
    .enumerate()
    {
        for _ in 0..2 {
            assert_eq!(sent(&api, &format!("w{n}"), (kind, SENT), &format!("{user}{data}")).await, Value::Null, "{kind}");
        }
    }
    let recorded = checked(&world, world.account).await;
    let mut names: Vec<_> = recorded.records.iter().map(|record| record["name"].as_s().unwrap().as_str()).collect();
    names.sort_unstable();
    let all =
        ["demo_form_submitted", "embed_started", "helpbar_item_action", "helpbar_search", "survey_button_clicked", "tour_button_clicked"];
    assert_eq!(names, all);
    let search = recorded.records.iter().find(|record| record["name"].as_s().unwrap() == "helpbar_search").unwrap();
    assert_eq!(search["properties"].as_m().unwrap()["query"].as_s().unwrap(), "data");
    let click = recorded.records.iter().find(|record| record["name"].as_s().unwrap() == "tour_button_clicked").unwrap();
    let properties = click["properties"].as_m().unwrap();
    let keys = ["tour_id", "button_id"].map(|name| properties[name].as_s().unwrap().as_str());
    assert_eq!((keys, properties.len()), (["t1", "b1"], 2));
    // Without a user there is nothing to record.
    let before = world.everything().await;
    for data in ["", r#""profile":null"#, r#""profile":{}"#, r#""profile":{"uid":null}"#] {
        let warnings = sent(&api, "n", ("helpbar.answer", SENT), data).await;
        assert_eq!(warnings, json!([{"prop": "data.profile", "message": "not stored: the webhook names no user"}]), "{data}");
    }
    for kind in ["embed.", ".button.clicked", "ping", "alert.triggered"] {
        assert_eq!(sent(&api, "n", (kind, SENT), user).await[0]["prop"], "kind", "{kind}");
    }
    assert!(world.everything().await == before);
}

#[tokio::test]
async fn tours_and_surveys_are_listed_as_webhooks_told_of_them() {
    let world = World::new().await;
    let api = world.api();
    for n in 0..5 {
        let tour = format!(r#""tour":{{"id":"t{n}","name":"Tour {n}","published_at":"2029-03-0{}T00:00:00Z"}}"#, n + 1);
        sent(&api, &format!("w{n}"), ("tour.started", SENT), &format!(r#""profile":{{"uid":1}},{tour}"#)).await;
        world.wait(Duration::from_millis(5));
    }
    let data = r#""profile":{"uid":1},"survey":{"id":"s1"},"response":{"button_order":1}"#;
    sent(&api, "s", ("response.finished", SENT), data).await;
    for limit in [1, 2, 50] {
        let ids = listed(&api, "edit/tours", &format!("limit={limit}"), "id").await;
        assert_eq!(ids, ["t4", "t3", "t2", "t1", "t0"], "{limit}");
    }
    assert_eq!(listed(&api, "edit/tours", "after=t1", "id").await, ["t4", "t3", "t2"]);
    assert_eq!(listed(&api, "edit/tours", "before=2029-04-07T12:18:00.005Z", "name").await, ["Tour 0"]);
    let shown = api.get("/v3/edit/tours/t2").await.body;
    let now = "2029-04-07T12:18:00.010Z";
    let stats = json!({"started_count": 1, "completed_count": 0, "exited_count": 0, "last_started_at": now, "last_completed_at": null, "last_exited_at": null});
    let tour = json!({"id": "t2", "name": "Tour 2", "created_at": now, "published_at": "2029-03-03T00:00:00.000Z", "stats": stats});
    assert_eq!(shown, json!({"tour": tour}));
    assert_eq!(api.get("/v3/edit/tours").await.body["tours"][2], tour);
    let survey = api.get("/v3/edit/surveys/s1").await.body["survey"].take();
    assert_eq!((&survey["name"], &survey["published_at"], &survey["stats"]["started_count"]), (&Value::Null, &Value::Null, &json!(0)));
    assert_eq!(listed(&api, "edit/surveys", "", "id").await, ["s1"]);
    // A newer webhook tells of a new name, an older one does not; one without a name leaves it.
    for (id, sent_at, tour, name) in [
        ("a", "2029-04-07T12:05:00Z", r#""name":"Renamed""#, "Renamed"),
        ("b", "2029-04-07T12:04:00Z", r#""name":"Late""#, "Renamed"),
        ("c", "2029-04-07T12:06:00Z", r#""published_at":"2029-04-01""#, "Renamed"),
    ] {
        sent(&api, id, ("tour.started", sent_at), &format!(r#""profile":{{"uid":1}},"tour":{{"id":"t2",{tour}}}"#)).await;
        assert_eq!(api.get("/v3/edit/tours/t2").await.body["tour"]["name"], name, "{id}");
    }
    assert_eq!(api.get("/v3/edit/tours/t2").await.body["tour"]["published_at"], "2029-04-01T00:00:00.000Z");
    assert_eq!(listed(&api, "edit/tours", "", "id").await.len(), 5);
    // What is known costs an ordinary webhook nothing.
    world.wire.take();
    sent(&api, "d", ("tour.started", SENT), r#""profile":{"uid":1},"tour":{"id":"t2","name":"Renamed"}"#).await;
    assert_eq!(world.wire.take(), ["GetItem", "BatchGetItem", "TransactWriteItems"]);
    for path in ["/v3/edit/tours/s1", "/v3/edit/surveys/t1", &format!("/v3/edit/tours/{}", "x".repeat(300))] {
        api.get(path).await.message(404);
    }
    api.get("/v3/edit/tours?limit=0").await.message(422);
    let (_, other) = world.new_account(world.client(1)).await;
    assert_eq!(other.get("/v3/edit/tours").await.body, json!({"tours": [], "cursor": {"limit": 50, "before": null}}));
}

#[tokio::test]
async fn an_event_may_be_sent_to_the_singular_too() {
    let world = World::new().await;
    let api = world.api();
    let body = r#"{"uid":1,"name":"x"}"#;
    let in_path = format!("/v3/observe/hooks/{}/event", world.secret);
    for path in ["/v3/observe/hooks/event", &in_path] {
        assert!(api.post(path, body).await.body["event"]["id"].is_string(), "{path}");
    }
    assert_eq!(checked(&world, world.account).await.count("event"), 2);
}
