//! What searches cost, and that other requests pay nothing for them.

use profiles_storage::Meter;
use profiles_tests::{Api, Partitions, World};

use super::asked::{COUNT, SEARCH};
use super::shapes::Account;
use crate::fuzz::reading::values::Value;

/// Returns the requests and read units of a search.
async fn cost(world: &World, api: &Api, path: &str, body: &str) -> (u32, f64) {
    world.wire.take();
    let meter = Meter::default();
    let reply = meter.measure(api.post(path, body)).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let consumed = meter.consumed();
    assert_eq!(usize::try_from(consumed.requests).unwrap(), world.wire.take().len(), "what is logged is what is on the wire");
    (consumed.requests, consumed.read_units)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_page_and_a_search_by_key_take_few_requests_whatever_the_size() {
    let mut units = Vec::new();
    for size in [80, 500] {
        let account = Account::of(size, 21).await;
        let (world, api) = (&account.world, account.world.api());
        api.get("/").await;
        let (requests, read) = cost(world, &api, SEARCH, r#"{"expand":{"company":"skip"}}"#).await;
        assert!(requests <= 20 && read <= 70.0, "{size}: {requests} requests, {read} units");
        units.push(read);
        for field in ["id", "uid", "email"] {
            let mut known = account.known.users.values().filter_map(|user| user.fields.get(field));
            let Some(Value::Text(text)) = known.nth(7) else { panic!("nobody has a {field}") };
            let body = format!(r#"{{"filters":[{{"prop":"{field}","op":"eq","value":"{text}"}}],"expand":{{"company":"skip"}}}}"#);
            for path in [SEARCH, COUNT] {
                let (requests, read) = cost(world, &api, path, &body).await;
                assert!(requests <= 3 && read <= 3.0, "{path} by {field}, {size}: {requests} requests, {read} units");
            }
        }
    }
    assert!(units[1] <= units[0] * 1.2, "{units:?}");
}

#[tokio::test]
async fn a_known_member_of_a_company_costs_one_unit_and_an_event_four() {
    let world = World::new().await;
    let partitions = Partitions::taking(1_000_000);
    world.wire.limit(&partitions);
    let api = world.api();
    api.upsert(r#"{"uid":1,"company_uid":"c1","plan":"gold"}"#).await.id();
    for (path, body, units) in [
        ("/v3/observe/hooks/profiles", r#"{"uid":1,"plan":"silver"}"#, 1.0),
        ("/v3/observe/hooks/profiles", r#"{"uid":1,"plan":"gold","company_uid":"c1"}"#, 1.0),
        ("/v3/observe/hooks/events", r#"{"uid":1,"name":"x"}"#, 4.0),
        ("/v3/observe/hooks/events", r#"{"uid":1,"name":"x"}"#, 4.0),
    ] {
        let before = partitions.units();
        world.wire.take();
        assert_eq!(api.post(path, body).await.status, 200, "{body}");
        assert_eq!(partitions.units() - before, units, "{body}: {}", partitions.report());
        assert_eq!(world.wire.take().iter().filter(|call| call.contains("Update") || call.contains("Transact")).count(), 1, "{body}");
    }
}
