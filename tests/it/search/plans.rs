//! Each plan finds what fits, at the cost that it promises.

use profiles_tests::World;
use serde_json::{Value, json};

/// Users `user-0` to `user-N`, the last of them the newest.
async fn users(world: &World, count: usize) {
    let api = world.api_with(world.client(3));
    let upsert = |number: usize| {
        let api = &api;
        async move {
            let body = json!({
                "uid": format!("user-{number}"), "email": format!("u{number}@example.com"), "number": number, "half": number % 2 == 0,
                "tenth": number % 10 == 0, "rare": if number == 7 { json!("Seven") } else { Value::Null },
                "company": { "uid": format!("company-{}", number % 20), "name": format!("Company {}", number % 20), "size": number % 20 },
            });
            api.post("/v3/observe/hooks/profiles", &body.to_string()).await.id();
        }
    };
    for number in 0..count {
        // Ids are in the order of seconds.
        world.wait(std::time::Duration::from_secs(1));
        upsert(number).await;
    }
}

#[tokio::test]
async fn every_plan_finds_what_fits() {
    let world = World::new().await;
    users(&world, 300).await;
    let api = world.api();
    let cases = [
        json!([]),
        json!([{"prop": "half", "op": "eq", "value": true}]),
        json!([{"prop": "tenth", "op": "eq", "value": true}]),
        json!([{"prop": "rare", "op": "eq", "value": "Seven"}]),
        json!([{"prop": "rare", "op": "in-i", "value": "sEV"}]),
        json!([{"prop": "rare", "op": "eq", "value": "Eight"}]),
        json!([{"prop": "uid", "op": "eq", "value": "user-9"}]),
        json!([{"prop": "uid", "op": "sw", "value": "user-29"}]),
        json!([{"prop": "email", "op": "eq", "value": "U12@example.com"}]),
        json!([{"prop": "company.name", "op": "eq", "value": "Company 3"}]),
        json!([{"prop": "company.size", "op": "gte", "value": 2}]),
    ];
    for filters in cases {
        let body = json!({ "filters": filters, "limit": 20 }).to_string();
        world.wire.take();
        let page = api.post("/v3/analyze/profiles", &body).await;
        let calls = world.wire.take().len();
        let count = api.post("/v3/analyze/profiles/count", &body).await;
        println!(
            "{filters} {} {} {:?} count {}",
            page.status,
            calls,
            page.body["profiles"]
                .as_array()
                .map(|all| all.iter().map(|profile| profile["uid"].as_str().unwrap_or("").to_owned()).collect::<Vec<_>>()),
            count.text
        );
    }
}
