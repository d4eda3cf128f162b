//! Lists: the latest first, within a second too, and in the order of changes.

use std::time::Duration;

use profiles_tests::World;
use serde_json::Value;

use super::{SENT, TOUR, listed, sent};

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
