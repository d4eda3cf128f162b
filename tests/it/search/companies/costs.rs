//! What searches of companies cost, whatever their number.

use profiles_storage::Meter;
use profiles_tests::{Api, World};

use super::super::asked::COMPANIES;
use super::population::Account;

/// Returns the requests and read units of a request.
async fn cost(world: &World, api: &Api, target: &str, body: Option<&str>) -> (u32, f64) {
    world.wire.take();
    let meter = Meter::default();
    let reply = match body {
        Some(body) => meter.measure(api.post(target, body)).await,
        None => meter.measure(api.get(target)).await,
    };
    assert_eq!(reply.status, 200, "{}", reply.text);
    let consumed = meter.consumed();
    assert_eq!(usize::try_from(consumed.requests).unwrap(), world.wire.take().len(), "what is logged is what is on the wire");
    (consumed.requests, consumed.read_units)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_and_a_search_by_key_cost_the_same_whatever_the_size() {
    let mut costs = Vec::new();
    for size in [80, 600] {
        let account = Account::of(size, 41).await;
        let (world, api) = (&account.world, account.world.api());
        api.get("/").await;
        let first = cost(world, &api, COMPANIES.path, Some("{}")).await;
        // A place is taken and given back, 16 queries of the index, and what is shown.
        assert!(first.0 <= 2 + 16 + 1 && first.1 <= 70.0, "{size}: {first:?}");
        costs.push(first);
        let company = account.known.users.values().nth(7).unwrap();
        for (field, text) in [("id", company.id.as_str()), ("uid", company.text("uid").unwrap())] {
            let body = format!(r#"{{"filters":[{{"prop":"{field}","op":"eq","value":"{text}"}}]}}"#);
            for path in [COMPANIES.path, COMPANIES.count] {
                let (requests, units) = cost(world, &api, path, Some(&body)).await;
                assert!(requests == 1 && units <= 1.0, "{path} by {field}, {size}: {requests} requests, {units} units");
            }
        }
        let (requests, units) = cost(world, &api, COMPANIES.count, Some("{}")).await;
        assert!(requests <= 2 + 16 && units <= 40.0, "{size}: {requests} requests, {units} units");
    }
    let [(fewer, low), (more, high)] = costs[..] else { panic!("{costs:?}") };
    assert!(more <= fewer && high <= low * 1.2, "{costs:?}");
}

#[tokio::test]
async fn a_page_of_members_costs_what_it_shows() {
    let mut costs = Vec::new();
    for members in [12, 90] {
        let world = World::new().await;
        let api = world.api();
        for number in 0..members {
            api.upsert(&format!(r#"{{"uid":{number},"company_uid":"acme"}}"#)).await.id();
        }
        let company = api.retrieve("uid=0").await.profile()["company"]["id"].as_str().unwrap().to_owned();
        costs.push(cost(&world, &api, &format!("/v3/analyze/companies/{company}/profiles?limit=10&expand[company]=skip"), None).await);
    }
    // The company, the index, the members.
    assert!(costs.iter().all(|(requests, units)| *requests <= 4 && *units <= 14.0), "{costs:?}");
    assert!((costs[0].1 - costs[1].1).abs() <= 1.0, "{costs:?}");
}
