//! Each plan finds what fits, in no more requests than it promises.

use std::time::Duration;

use profiles_tests::{Api, World};
use serde_json::{Value, json};

const USERS: usize = 300;

/// Users `user-0` to `user-299`, the last of them the newest.
async fn users(world: &World) {
    let api = world.api_with(world.client(3));
    for number in 0..USERS {
        let company = number % 20;
        let body = json!({
            "uid": format!("user-{number}"), "email": format!("u{number}@example.com"), "half": number.is_multiple_of(2), "tenth": number.is_multiple_of(10),
            "rare": if number == 7 { json!("Seven") } else { Value::Null },
            "company": { "uid": format!("company-{company}"), "name": format!("Company {company}"), "size": company },
        });
        // Ids are in the order of seconds.
        world.wait(Duration::from_secs(1));
        api.upsert(&body.to_string()).await.id();
    }
}

/// The numbers of the users on a page, and whether there are more.
async fn page(api: &Api, filters: &Value) -> (Vec<usize>, bool) {
    let reply =
        api.post("/v3/analyze/profiles", &json!({ "filters": filters, "limit": 20, "expand": { "company": "skip" } }).to_string()).await;
    assert_eq!(reply.status, 200, "{filters}: {}", reply.text);
    let number = |profile: &Value| profile["uid"].as_str().unwrap()["user-".len()..].parse().unwrap();
    (reply.body["profiles"].as_array().unwrap().iter().map(number).collect(), !reply.body["cursor"]["before"].is_null())
}

#[tokio::test]
async fn every_plan_finds_what_fits_in_few_requests() {
    let world = World::new().await;
    users(&world).await;
    let api = world.api();
    api.get("/").await;
    type Fits = fn(usize) -> bool;
    // With each the requests: a place is taken and given back, and what is shown is read again.
    let cases: [(Value, Fits, usize); 12] = [
        (json!([]), |_| true, 2 + 16 + 1),
        (json!([{"prop": "half", "op": "eq", "value": true}]), |number| number.is_multiple_of(2), 2 + 1 + 16 + 1),
        (json!([{"prop": "tenth", "op": "eq", "value": true}]), |number| number.is_multiple_of(10), 2 + 1 + 16 + 1),
        (json!([{"prop": "rare", "op": "eq", "value": "Seven"}]), |number| number == 7, 2 + 1 + 16 + 1),
        (json!([{"prop": "rare", "op": "in-i", "value": "sEV"}]), |number| number == 7, 2 + 1 + 16 + 1),
        (json!([{"prop": "rare", "op": "eq", "value": "Eight"}]), |_| false, 2 + 1 + 16),
        (json!([{"prop": "uid", "op": "eq", "value": "user-9"}]), |number| number == 9, 1),
        (json!([{"prop": "uid", "op": "in-v", "value": "user-9, user-11,nobody"}]), |number| matches!(number, 9 | 11), 1),
        (json!([{"prop": "email", "op": "eq", "value": "U12@example.com"}]), |number| number == 12, 2),
        (json!([{"prop": "uid", "op": "sw", "value": "user-29"}]), |number| number == 29 || number >= 290, 2 + 16 + 1),
        // The marks of companies that are being deleted are read first, and all companies are swept; of one of them, the members are listed.
        (json!([{"prop": "company.name", "op": "eq", "value": "Company 3"}]), |number| number % 20 == 3, 2 + 1 + 16 + 1 + 1 + 1),
        (json!([{"prop": "company.size", "op": "gte", "value": 19}]), |number| number % 20 == 19, 2 + 1 + 16 + 1 + 1 + 1),
    ];
    for (filters, fits, most) in cases {
        let fitting: Vec<_> = (0..USERS).rev().filter(|number| fits(*number)).collect();
        let shown: Vec<_> = fitting.iter().copied().take(20).collect();
        // Which of the shown profiles' companies are being deleted, since the page leaves the companies out.
        let most = most + usize::from(!shown.is_empty());
        world.wire.take();
        assert_eq!(page(&api, &filters).await, (shown, fitting.len() > 20), "{filters}");
        let calls = world.wire.take();
        assert!(calls.len() <= most, "{filters}: {calls:?}");
        let count = api.post("/v3/analyze/profiles/count", &json!({ "filters": filters }).to_string()).await;
        assert_eq!(count.body, json!({ "count": fitting.len() }), "{filters}");
    }
}
