//! Interactions, responses and tours as the original has them: order, ids, times of states, counts of users, further webhooks.

use std::time::Duration;

use profiles_tests::{Api, World};
use serde_json::{Value, json};

use super::checked;

const TOUR: &str = r#""tour":{"id":"t1","name":"Welcome"}"#;
/// The time of the original's examples.
const SENT: &str = "2029-04-07T12:00:00.000Z";

/// Sends a webhook that was sent at this time.
async fn sent(api: &Api, id: &str, (kind, sent_at): (&str, &str), data: &str) -> Value {
    let body = format!(r#"{{"id":"{id}","kind":"{kind}","sent_at":"{sent_at}","data":{{{data}}}}}"#);
    let reply = api.post("/v3/observe/hooks/experiences", &body).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.body["warnings"].clone()
}

async fn stats(api: &Api) -> [u64; 3] {
    let body = api.get("/v3/analyze/tours/t1").await.body;
    ["started_count", "completed_count", "exited_count"].map(|name| body["tour"]["stats"][name].as_u64().unwrap())
}

/// Lists the values of a field, page by page.
async fn listed(api: &Api, list: &str, query: &str, field: &str) -> Vec<String> {
    let (mut all, mut before) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("/v3/{list}?{query}{before}")).await.body;
        let name = list.rsplit('/').next().unwrap();
        let items = page[name].as_array().unwrap_or_else(|| panic!("{page}"));
        all.extend(items.iter().map(|item| item[field].as_str().map_or_else(|| item[field].to_string(), str::to_owned)));
        match page["cursor"]["before"].as_str() {
            Some(id) => before = format!("&before={id}"),
            None => return all,
        }
    }
}

#[tokio::test]
async fn lists_have_the_latest_first_within_a_second_and_of_one_millisecond_lose_none() {
    let world = World::new().await;
    let api = world.api();
    for n in 0..12 {
        // Ids of the original that sort in another order; every third one is of the same millisecond as the one before.
        let id = format!("5fb7afb5ea197241693742{:02x}", (n * 7) % 12);
        let data = format!(r#""profile":{{"uid":1}},"survey":{{"id":"s1"}},"response":{{"id":"{id}","button_order":{n}}}"#);
        sent(&api, &format!("w{n}"), ("response.finished", SENT), &data).await;
        sent(&api, &format!("t{n}"), ("tour.started", SENT), &format!(r#""profile":{{"uid":"u{n}"}},"tour":{{"id":"t1"}}"#)).await;
        if n % 3 != 1 {
            world.wait(Duration::from_millis(7));
        }
    }
    for query in ["id=s1", "id=s1&limit=1", "id=s1&limit=5", "uid=1", "uid=1&limit=1"] {
        let orders: Vec<u32> = listed(&api, "analyze/responses", query, "button_order").await.iter().map(|n| n.parse().unwrap()).collect();
        let mut sorted = orders.clone();
        // Those of one millisecond are sorted by their ids.
        sorted.sort_by_key(|n| std::cmp::Reverse((n - u32::from(n % 3 == 2), (n * 7) % 12)));
        assert_eq!((orders.len(), &orders), (12, &sorted), "{query}");
    }
    for limit in [1, 4, 50] {
        let users = listed(&api, "analyze/interactions", &format!("id=t1&limit={limit}&expand[profile]=skip"), "id").await;
        let all = listed(&api, "analyze/interactions", "id=t1", "id").await;
        assert_eq!((users.len(), &users), (12, &all), "{limit}");
    }
}

#[tokio::test]
async fn an_older_webhook_changes_no_newer_state_and_still_counts() {
    let world = World::new().await;
    let api = world.api();
    let user = r#""profile":{"uid":1}"#;
    let at = |minute: u32| format!("2029-04-07T12:{minute:02}:00.000Z");
    for (id, kind, minute, state) in [
        ("1", "tour.completed", 10, "completed"),
        ("2", "tour.started", 5, "completed"),
        ("3", "tour.exited", 10, "exited"),
        ("4", "tour.snoozed", 9, "exited"),
        ("5", "tour.started", 12, "started"),
        ("6", "tour.completed", 11, "started"),
    ] {
        sent(&api, id, (kind, &at(minute)), &format!("{user},{TOUR}")).await;
        world.wait(Duration::from_secs(1));
        let all = api.get("/v3/analyze/interactions?uid=1").await.body;
        assert_eq!(all["interactions"][0]["state"], state, "{id}");
    }
    let one = api.get("/v3/analyze/interactions?uid=1").await.body["interactions"][0].take();
    for (field, expected) in [
        ("started_at", at(5)),
        ("last_started_at", at(12)),
        ("completed_at", at(10)),
        ("last_completed_at", at(11)),
        ("exited_at", at(10)),
        ("snoozed_at", at(9)),
    ] {
        assert_eq!(one[field], expected, "{field}");
    }
    // Each state counts its user once, whatever the order.
    assert_eq!(stats(&api).await, [1, 1, 1]);
    // What is not a time, and what is yet to come, is now.
    for (id, sent_at) in [("7", "soon"), ("8", ""), ("9", "2999-01-01T00:00:00Z")] {
        sent(&api, id, ("tour.exited", sent_at), &format!("{user},{TOUR}")).await;
        let one = api.get("/v3/analyze/interactions?uid=1").await.body["interactions"][0].take();
        assert_eq!((&one["state"], &one["last_exited_at"]), (&json!("exited"), &json!(world.now().to_string())), "{id}");
        world.wait(Duration::from_secs(1));
    }
    checked(&world, world.account).await;
}

#[tokio::test]
async fn an_interaction_says_what_made_it_begin_and_how_it_was_put_off_and_is_found_by_its_id() {
    let world = World::new().await;
    let api = world.api();
    let user = r#""profile":{"uid":1,"id":"5f885a88e7daf3000e3eb4f6"}"#;
    let started = r#""action":{"id":"a","group_kind":"launcher","group_id":"5f3c4232c712de665632a6d5"}"#;
    sent(&api, "1", ("tour.started", "2029-04-07T12:01:00Z"), &format!("{user},{TOUR},{started}")).await;
    let snoozed = r#""action":{"id":"a","deferred_until":"2029-04-10T12:00:00Z","deferred_hours":72,"deferred_count":2}"#;
    sent(&api, "2", ("tour.snoozed", "2029-04-07T12:02:00Z"), &format!("{user},{TOUR},{snoozed}")).await;
    sent(&api, "3", ("tour.completed", "2029-04-07T12:03:00Z"), &format!(r#"{user},{TOUR},"action":{{"goal_at":"2029-04-07T12:02:30Z"}}"#))
        .await;
    let listed = api.get("/v3/analyze/interactions?id=t1").await.body["interactions"][0].take();
    for (field, expected) in [
        ("tour_id", json!("t1")),
        ("defer_count", json!(2)),
        ("deferrals", json!(1)),
        ("defer_until", json!("2029-04-10T12:00:00.000Z")),
        ("goal_at", json!("2029-04-07T12:02:30.000Z")),
        ("group_kind", json!("launcher")),
        ("group_id", json!("5f3c4232c712de665632a6d5")),
    ] {
        assert_eq!(listed[field], expected, "{field}");
    }
    let id = listed["id"].as_str().unwrap();
    let path = format!("/v3/analyze/interactions/{id}");
    assert_eq!(api.get(&path).await.body, json!({"interaction": listed}));
    let not_found = |id: &str| format!("Interaction not found: no interaction has the id `{id}`");
    for unknown in ["5f3c4232c712de665632a6d5", "x", "t1"] {
        assert_eq!(api.get(&format!("/v3/analyze/interactions/{unknown}")).await.message(404), not_found(unknown));
    }
    let (_, other) = world.new_account(world.client(1)).await;
    assert_eq!(other.get(&path).await.message(404), not_found(id));
    // A survey's has another field.
    sent(&api, "4", ("survey.started", SENT), &format!(r#"{user},"survey":{{"id":"s1"}}"#)).await;
    let of_survey = api.get("/v3/analyze/interactions?id=s1").await.body["interactions"][0].take();
    assert_eq!((&of_survey["survey_id"], of_survey.get("tour_id"), &of_survey["defer_count"]), (&json!("s1"), None, &json!(0)));
    // What is no time is said.
    let odd = r#""action":{"deferred_until":"soon","goal_at":[],"group_kind":5}"#;
    let warnings = sent(&api, "5", ("tour.snoozed", SENT), &format!("{user},{TOUR},{odd}")).await;
    let props: Vec<_> = warnings.as_array().unwrap().iter().map(|warning| warning["prop"].as_str().unwrap()).collect();
    assert_eq!(props, ["data.action.deferred_until", "data.action.goal_at"]);
    assert_eq!(api.clear("uid=1").await.status, 200);
    assert_eq!(api.get(&path).await.message(404), not_found(id));
}

#[tokio::test]
async fn two_users_of_one_tour_count_once_when_they_are_one() {
    for (mine, theirs, expected) in [
        (&["started"][..], &["started"][..], [1, 0, 0]),
        (&["started"], &["started", "completed", "exited"], [1, 1, 1]),
        (&["started", "completed"], &["exited"], [1, 1, 1]),
        (&[], &["started", "exited"], [1, 0, 1]),
        (&["snoozed"], &["snoozed"], [0, 0, 0]),
        (&["started", "started"], &["started", "started"], [1, 0, 0]),
    ] {
        let world = World::new().await;
        let api = world.api();
        let mut number = 0;
        let mut reach = async |user: &str, state: &str, minute: u32| {
            number += 1;
            let at = format!("2029-04-07T12:{minute:02}:00.000Z");
            sent(&api, &number.to_string(), (&format!("tour.{state}"), &at), &format!(r#""profile":{{{user}}},{TOUR}"#)).await;
        };
        api.upsert(r#"{"uid":1}"#).await.id();
        api.upsert(r#"{"email":"a@b.co"}"#).await.id();
        for state in mine {
            reach(r#""uid":1"#, state, 5).await;
        }
        for state in theirs {
            reach(r#""email":"a@b.co""#, state, 3).await;
        }
        api.upsert(r#"{"uid":1,"email":"a@b.co"}"#).await.id();
        assert_eq!(checked(&world, world.account).await.summaries().get("tour#t1").copied().unwrap_or_default(), expected);
        let all = api.get("/v3/analyze/interactions?id=t1").await.body;
        assert_eq!(all["interactions"].as_array().unwrap().len(), 1, "{all}");
        if mine.contains(&"started") && theirs.contains(&"started") {
            let times = ["started_at", "last_started_at"].map(|name| all["interactions"][0][name].as_str().unwrap().to_owned());
            assert_eq!(times, ["2029-04-07T12:03:00.000Z", "2029-04-07T12:05:00.000Z"]);
        }
        // What comes later counts no second time, and a forget takes all of it back.
        for state in ["started", "completed", "exited"] {
            reach(r#""uid":1"#, state, 9).await;
        }
        assert_eq!(checked(&world, world.account).await.summaries()["tour#t1"], [1, 1, 1]);
        assert_eq!(api.forget("uid=1").await.status, 200);
        let left = checked(&world, world.account).await;
        assert_eq!((left.summaries()["tour#t1"], left.pointers.len()), ([0, 0, 0], 0));
        world.drop_tables().await;
    }
}

#[tokio::test]
async fn a_merge_unites_many_tours_that_both_had() {
    let world = World::new().await;
    let api = world.api();
    // More than one transaction takes.
    for n in 0..45 {
        for user in [r#""uid":1"#, r#""email":"a@b.co""#] {
            let data = format!(r#""profile":{{{user}}},"tour":{{"id":"t{n}"}}"#);
            sent(&api, &format!("{user}{n}").replace('"', ""), ("tour.started", SENT), &data).await;
        }
    }
    api.upsert(r#"{"uid":1,"email":"a@b.co"}"#).await.id();
    let recorded = checked(&world, world.account).await;
    assert_eq!((recorded.count("interaction"), recorded.summaries().values().filter(|counts| **counts == [1, 0, 0]).count()), (45, 45));
}

#[tokio::test]
async fn a_response_has_the_id_that_its_webhook_tells_and_is_stored_once() {
    let world = World::new().await;
    let api = world.api();
    const ID: &str = "5fb7afb5ea19724169374269";
    let answer = async |webhook: &str, sent_at: &str, user: &str, button: u32| {
        let response = format!(r#""response":{{"id":"{ID}","button_order":{button}}}"#);
        sent(&api, webhook, ("response.finished", sent_at), &format!(r#""profile":{{{user}}},"survey":{{"id":"s1"}},{response}"#)).await
    };
    let shown = async || api.get("/v3/analyze/responses?id=s1").await.body["responses"].take();
    assert_eq!(answer("1", "2029-04-07T12:10:00Z", r#""uid":1"#, 1).await, Value::Null);
    let first = shown().await;
    world.wait(Duration::from_secs(5));
    // Told by another webhook, it is changed; by an older one, it is not.
    answer("2", "2029-04-07T12:11:00Z", r#""uid":1"#, 2).await;
    world.wait(Duration::from_secs(5));
    answer("3", "2029-04-07T12:09:00Z", r#""uid":1"#, 3).await;
    let all = shown().await;
    assert_eq!((all.as_array().unwrap().len(), &all[0]["id"], &all[0]["button_order"]), (1, &json!(ID), &json!(2)));
    assert_eq!((&all[0]["created_at"], &all[0]["updated_at"]), (&first[0]["created_at"], &json!("2029-04-07T12:18:05.000Z")));
    // Of another user it is not taken; of the same one under another name it is.
    let warnings = answer("4", "2029-04-07T12:12:00Z", r#""uid":2"#, 4).await;
    assert_eq!(warnings, json!([{"prop": "data.response.id", "message": "not stored: another user has the response of this id"}]));
    let message = "not used: an id is 24 hex digits in lower case, so the response was given another one";
    for (n, id) in ["\"r\"", "5", "\"5FB7AFB5EA19724169374269\"", "[]"].into_iter().enumerate() {
        let data = format!(r#""profile":{{"uid":1}},"survey":{{"id":"s2"}},"response":{{"id":{id}}}"#);
        let warnings = sent(&api, &format!("x{n}"), ("response.finished", SENT), &data).await;
        assert_eq!(warnings, json!([{"prop": "data.response.id", "message": message}]), "{id}");
    }
    for (n, id) in ["", r#""id":null,"#].into_iter().enumerate() {
        let data = format!(r#""profile":{{"uid":1}},"survey":{{"id":"s2"}},"response":{{{id}"button_order":1}}"#);
        assert_eq!(sent(&api, &format!("y{n}"), ("response.finished", SENT), &data).await, Value::Null, "{id}");
    }
    assert_eq!(listed(&api, "analyze/responses", "id=s2", "id").await.len(), 6);
    checked(&world, world.account).await;
    // When the user is gone, the id is free.
    assert_eq!(api.forget("uid=1").await.status, 200);
    assert_eq!(answer("5", SENT, r#""uid":2"#, 5).await, Value::Null);
    assert_eq!(shown().await[0]["button_order"], 5);
    checked(&world, world.account).await;
}

#[tokio::test]
async fn a_response_is_deleted_by_its_id_once_and_taken_out_of_the_sums() {
    let world = World::new().await;
    let api = world.api();
    let id = |n: u32| format!("5fb7afb5ea197241693742{n:02x}");
    for n in 0..3 {
        let data = format!(r#""profile":{{"uid":1}},"survey":{{"id":"s1"}},"response":{{"id":"{}","button_order":{n}}}"#, id(n));
        sent(&api, &format!("w{n}"), ("response.finished", SENT), &data).await;
        world.wait(Duration::from_secs(1));
    }
    let delete = async |api: &Api, n: u32| api.delete(&format!("/v3/edit/responses/{}", id(n))).await;
    let (_, other) = world.new_account(world.client(1)).await;
    delete(&other, 2).await.message(404);
    // The cursor of a page whose last item is deleted still leads on.
    let page = api.get("/v3/analyze/responses?id=s1&limit=1").await.body;
    for (n, left) in [(2, 2), (0, 1), (1, 0)] {
        let reply = delete(&api, n).await;
        assert_eq!((reply.status, reply.body), (200, json!({"response": {"id": id(n)}})));
        assert_eq!(delete(&api, n).await.message(404), format!("Response not found: no response has the id `{}`", id(n)));
        // The heads are checked, too.
        assert_eq!(checked(&world, world.account).await.count("response"), left);
        if n == 2 {
            let before = page["cursor"]["before"].as_str().unwrap();
            assert_eq!(listed(&api, "analyze/responses", &format!("id=s1&before={before}"), "button_order").await, ["1", "0"]);
        }
    }
    // Its webhook does not bring it back.
    let data = format!(r#""profile":{{"uid":1}},"survey":{{"id":"s1"}},"response":{{"id":"{}"}}"#, id(1));
    let warnings = sent(&api, "again", ("response.finished", SENT), &data).await;
    assert_eq!(warnings, json!([{"prop": "data.response.id", "message": "not stored: the response of this id was deleted"}]));
    api.delete("/v3/edit/responses/x").await.message(404);
    assert_eq!(checked(&world, world.account).await.count("response"), 0);
}

#[tokio::test]
async fn in_the_order_of_changes_pages_lose_and_repeat_nothing_that_stays_as_it_is() {
    let world = World::new().await;
    let api = world.api();
    for n in 0..9 {
        sent(&api, &format!("a{n}"), ("tour.started", SENT), &format!(r#""profile":{{"uid":"u{n}"}},{TOUR}"#)).await;
        world.wait(Duration::from_millis(3));
    }
    let uids = |page: &Value| -> Vec<String> {
        page["interactions"].as_array().unwrap().iter().map(|one| one["profile"]["uid"].as_str().unwrap().to_owned()).collect()
    };
    let first = api.get("/v3/analyze/interactions?id=t1&order=updated_at&limit=3").await.body;
    assert_eq!(uids(&first), ["u8", "u7", "u6"]);
    // The last one shown changes, and one that was not shown yet.
    for n in [6, 2] {
        sent(&api, &format!("b{n}"), ("tour.completed", SENT), &format!(r#""profile":{{"uid":"u{n}"}},{TOUR}"#)).await;
        world.wait(Duration::from_millis(3));
    }
    let before = first["cursor"]["before"].as_str().unwrap();
    let second = api.get(&format!("/v3/analyze/interactions?id=t1&order=updated_at&limit=3&before={before}")).await.body;
    assert_eq!(uids(&second), ["u5", "u4", "u3"]);
    let before = second["cursor"]["before"].as_str().unwrap();
    let third = api.get(&format!("/v3/analyze/interactions?id=t1&order=updated_at&limit=3&before={before}")).await.body;
    assert_eq!((uids(&third), &third["cursor"]["before"]), (vec!["u1".to_owned(), "u0".to_owned()], &Value::Null));
    // What changed is at the beginning: after the latest change of the first page.
    let after = first["interactions"][0]["updated_at"].as_str().unwrap();
    let changed = api.get(&format!("/v3/analyze/interactions?id=t1&order=updated_at&after={after}")).await.body;
    assert_eq!(uids(&changed), ["u2", "u6"]);
    // By creation nothing moved, and an id leads into either order.
    assert_eq!(listed(&api, "analyze/interactions", "id=t1&limit=2", "id").await.len(), 9);
    let id = first["interactions"][2]["id"].as_str().unwrap();
    let rest = api.get(&format!("/v3/analyze/interactions?id=t1&order=updated_at&before={id}")).await.body;
    assert_eq!(uids(&rest)[0], "u8");
    assert_eq!(listed(&api, "analyze/interactions", "uid=u2&order=updated_at", "state").await, ["completed"]);
}

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
