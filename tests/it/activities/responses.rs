//! Responses to Microsurveys: their ids, and deleting one.

use std::time::Duration;

use profiles_tests::{Api, World};
use serde_json::{Value, json};

use super::{SENT, checked, listed, sent};

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
