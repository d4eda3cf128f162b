//! The number of database requests of each operation, and their capacity units, when the secret is known.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use profiles_storage::Meter;
use profiles_storage::accounts::Accounts;
use profiles_tests::activities::is_head;
use profiles_tests::api::request;
use profiles_tests::{Api, Fault, World, size, stream};

/// Returns the calls that `act` makes, and the capacity units that they consume.
macro_rules! calls {
    ($world:expr, $act:expr) => {{
        $world.wire.take();
        let meter = Meter::default();
        let reply = meter.measure($act).await;
        assert!(matches!(reply.status, 200 | 201), "{}", reply.text);
        let (calls, consumed) = ($world.wire.take(), meter.consumed());
        assert_eq!(usize::try_from(consumed.requests).unwrap(), calls.len(), "what is logged is what is on the wire");
        (calls.join(" "), consumed.read_units + consumed.write_units)
    }};
}

#[tokio::test]
async fn an_upsert_by_uid_is_one_request_and_a_known_users_costs_one_unit() {
    let world = World::new().await;
    let api = world.api();
    api.get("/").await;
    let padding = "x".repeat(700);
    let (created, _) = calls!(world, api.upsert(&format!(r#"{{"uid":18821,"role":"admin","padding":"{padding}"}}"#)));
    assert_eq!(created, "UpdateItem");
    assert_eq!(calls!(world, api.upsert(r#"{"uid":18821,"role":"owner"}"#)), ("UpdateItem".into(), 1.0));
    let id = api.retrieve("uid=18821").await.id();
    assert_eq!(calls!(world, api.upsert(&format!(r#"{{"id":"{id}","role":"owner"}}"#))), ("UpdateItem".into(), 1.0));
}

#[tokio::test]
async fn a_secret_costs_half_a_unit_and_an_instance_remembers_those_of_a_thousand_accounts() {
    let world = World::new().await;
    let accounts = Accounts::new(world.bare.clone(), world.tables.accounts.clone());
    let secrets: Vec<_> = (0..size(100, 1_000)).map(|number| format!("secret-{number}")).collect();
    for secret in &secrets {
        accounts.create_account("Acme", secret, world.now()).await.unwrap();
    }
    let api = world.api();
    let check = async |secret: &str| {
        let mut check = request("GET", "/", b"");
        check.headers.insert("x-account-secret", secret.parse().unwrap());
        api.send(check).await
    };
    for secret in &secrets {
        assert_eq!(calls!(world, check(secret)), ("GetItem".into(), 0.5));
    }
    world.wait(Duration::from_millis(59_999));
    for secret in &secrets {
        assert_eq!(calls!(world, check(secret)), (String::new(), 0.0));
    }
    // Whether there is no such secret takes a strongly consistent read.
    let meter = Meter::default();
    assert_eq!(meter.measure(check("wrong")).await.status, 403);
    assert_eq!((meter.consumed().requests, meter.consumed().read_units), (2, 1.5));
}

#[tokio::test]
async fn an_email_costs_further_requests_only_when_it_is_new() {
    let world = World::new().await;
    let api = world.api();
    api.get("/").await;
    let body = r#"{"uid":18821,"email":"leon@chmln.co","role":"admin"}"#;
    // It is refused, of which DynamoDB Local reports no unit; the address is claimed; the profile is put.
    assert_eq!(calls!(world, api.upsert(body)), ("UpdateItem UpdateItem PutItem".into(), 5.0));
    assert_eq!(calls!(world, api.upsert(body)), ("UpdateItem".into(), 1.0));
    assert_eq!(calls!(world, api.upsert(r#"{"email":"leon@chmln.co","role":"owner"}"#)), ("GetItem UpdateItem".into(), 2.0));
    // The claim to the old address is read before the profile is put, and released after it.
    let changed = calls!(world, api.upsert(r#"{"uid":18821,"email":"leon@example.com"}"#)).0;
    assert_eq!(changed, "UpdateItem UpdateItem GetItem PutItem UpdateItem");
    assert_eq!(calls!(world, api.upsert(r#"{"email":"kim@chmln.co"}"#)).0, "GetItem UpdateItem PutItem");
    world.wire.take();
    assert_eq!(api.upsert(r#"{"uid":7,"email":"leon@example.com"}"#).await.status, 409);
    assert_eq!(world.wire.take(), ["UpdateItem", "UpdateItem", "GetItem", "GetItem"]);
}

#[tokio::test]
async fn a_retrieve_reads_the_profile_and_where_it_is_shown_its_company() {
    let world = World::new().await;
    let api = world.api();
    let id = api.upsert(r#"{"uid":18821,"email":"leon@chmln.co"}"#).await.id();
    assert_eq!(calls!(world, api.retrieve("uid=18821")), ("GetItem".into(), 1.0));
    assert_eq!(calls!(world, api.get(&format!("/v3/analyze/profiles/{id}"))).0, "GetItem");
    assert_eq!(calls!(world, api.retrieve("email=leon@chmln.co")).0, "GetItem GetItem");
    api.upsert(r#"{"uid":18821,"company_uid":931}"#).await.id();
    assert_eq!(calls!(world, api.retrieve("uid=18821")).0, "GetItem GetItem");
    // Its id is shown only if it is there.
    assert_eq!(calls!(world, api.retrieve("uid=18821&expand[company]=skip")).0, "GetItem GetItem");
    assert_eq!(calls!(world, api.retrieve("uid=18821&expand[profile]=min")).0, "GetItem GetItem");
}

#[tokio::test]
async fn a_company_costs_further_requests_only_the_first_time_an_instance_names_it() {
    let world = World::new().await;
    let api = world.api();
    api.get("/").await;
    let body = r#"{"uid":18821,"company_uid":931}"#;
    // The company is founded in the transaction that writes the profile, which is read for that.
    assert_eq!(calls!(world, api.upsert(body)).0, "GetItem GetItem TransactWriteItems");
    assert_eq!(calls!(world, api.upsert(body)), ("UpdateItem".into(), 1.0));
    let other_instance = world.api();
    other_instance.get("/").await;
    assert_eq!(calls!(world, other_instance.upsert(body)).0, "GetItem UpdateItem");
    let with_properties = r#"{"uid":18821,"company":{"uid":931,"name":"Acme"}}"#;
    assert_eq!(calls!(world, api.upsert(with_properties)).0, "UpdateItem GetItem UpdateItem");
    assert_eq!(calls!(world, api.upsert(with_properties)), ("UpdateItem GetItem".into(), 2.0));
}

#[tokio::test]
async fn a_company_is_written_by_one_request_and_read_by_one() {
    let world = World::new().await;
    let api = world.api();
    api.get("/").await;
    assert_eq!(calls!(world, api.upsert_company(r#"{"uid":931,"name":"Acme"}"#)).0, "UpdateItem");
    let known = ("UpdateItem".to_owned(), 1.0);
    assert_eq!(calls!(world, api.upsert_company(r#"{"uid":931,"name":"Globex"}"#)), known);
    let id = api.company("uid=931").await.company_id();
    assert_eq!(calls!(world, api.upsert_company(&format!(r#"{{"id":"{id}","seats":1}}"#))), known);
    // That a company is known has nothing to do with the instance.
    let other_instance = world.api();
    other_instance.get("/").await;
    assert_eq!(calls!(world, other_instance.upsert_company(r#"{"uid":931,"name":"Acme"}"#)), known);
    assert_eq!(calls!(world, api.company("uid=931")), ("GetItem".into(), 1.0));
    assert_eq!(calls!(world, api.company(&format!("id={id}"))), ("GetItem".into(), 1.0));
    assert_eq!(calls!(world, api.get(&format!("/v3/analyze/companies/{id}"))), ("GetItem".into(), 1.0));
    let many: String = (0..300).map(|n| format!(r#","p{n}":1"#)).collect();
    assert_eq!(calls!(world, api.upsert_company(&format!(r#"{{"uid":931{many}}}"#))).0, "GetItem PutItem");
}

#[tokio::test]
async fn a_batch_reads_a_hundred_companies_in_a_request_and_writes_each_that_changes_once() {
    let world = World::new().await;
    let api = world.api();
    api.get("/").await;
    // Twice each: the items of a company are one write.
    let items = |plan: &str| (0..400).map(|n| format!(r#"{{"uid":{},"plan{}":"{plan}"}}"#, n % 200, n / 200)).collect::<Vec<_>>().join(",");
    for (plan, writes) in [("gold", 200), ("gold", 0), ("silver", 200)] {
        api.company_batch(&format!("[{}]", items(plan))).await.batch_id();
        world.wire.take();
        for event in stream::events(&world).await {
            api.work(&event, None).await;
        }
        let mut applying = BTreeMap::new();
        world.wire.take().into_iter().for_each(|call| *applying.entry(call).or_default() += 1);
        // One of each kind is for the chunk and its ticket.
        let expected = calls([("BatchGetItem", 1 + 2), ("UpdateItem", 2 + writes), ("BatchWriteItem", 1), ("TransactWriteItems", 1)]);
        assert_eq!(applying, expected, "{plan}");
    }
}

/// Sends a batch of these items and applies it. Returns the number of calls of each operation, for accepting and for applying.
async fn calls_of_batch(world: &World, api: &Api, items: &[String]) -> [BTreeMap<String, usize>; 2] {
    let by_operation = || {
        let mut calls = BTreeMap::new();
        world.wire.take().into_iter().for_each(|call| *calls.entry(call).or_default() += 1);
        calls
    };
    world.wire.take();
    api.batch(&format!("[{}]", items.join(","))).await.batch_id();
    let accepting = by_operation();
    for event in stream::events(world).await {
        api.work(&event, None).await;
    }
    [accepting, by_operation()]
}

fn calls<const N: usize>(calls: [(&str, usize); N]) -> BTreeMap<String, usize> {
    calls.into_iter().map(|(operation, count)| (operation.to_owned(), count)).collect()
}

#[tokio::test]
async fn a_batch_reads_a_hundred_profiles_in_a_request_and_writes_each_that_changes_once() {
    let world = World::new().await;
    let api = world.api();
    api.get("/").await;
    // The lease of the ticket is acquired, and the ticket saved and ended; the chunk is read and deleted.
    let of_the_chunk = [("UpdateItem", 1), ("BatchGetItem", 1), ("BatchWriteItem", 1)];
    let with = |others: &[(&str, usize)]| {
        let mut all = calls(of_the_chunk);
        others.iter().for_each(|(operation, count)| *all.entry((*operation).to_owned()).or_default() += count);
        all
    };
    let items = |of: fn(usize) -> String| (0..1_000).map(of).collect::<Vec<_>>();

    let new = items(|n| format!(r#"{{"uid":{n},"plan":"gold"}}"#));
    let [accepting, applying] = calls_of_batch(&world, &api, &new).await;
    assert_eq!(accepting, calls([("BatchWriteItem", 1), ("TransactWriteItems", 1)]));
    assert_eq!(applying, with(&[("BatchGetItem", 10), ("UpdateItem", 1 + 1_000), ("TransactWriteItems", 1)]));

    let [_, applying] = calls_of_batch(&world, &api, &new).await;
    assert_eq!(applying, with(&[("BatchGetItem", 10), ("UpdateItem", 1), ("TransactWriteItems", 1)]));

    let changed = items(|n| format!(r#"{{"uid":{n},"plan":"silver"}}"#));
    let [_, applying] = calls_of_batch(&world, &api, &changed).await;
    assert_eq!(applying, with(&[("BatchGetItem", 10), ("UpdateItem", 1 + 1_000), ("TransactWriteItems", 1)]));

    let new_with_email = items(|n| format!(r#"{{"uid":"u{n}","email":"u{n}@chmln.co"}}"#));
    let [_, applying] = calls_of_batch(&world, &api, &new_with_email).await;
    assert_eq!(applying, with(&[("BatchGetItem", 10), ("UpdateItem", 1 + 1_000), ("PutItem", 1_000), ("TransactWriteItems", 1)]));

    // The claims, then their owners.
    let by_email = items(|n| format!(r#"{{"email":"u{n}@chmln.co"}}"#));
    let [_, applying] = calls_of_batch(&world, &api, &by_email).await;
    assert_eq!(applying, with(&[("BatchGetItem", 20), ("UpdateItem", 1), ("TransactWriteItems", 1)]));
}

/// Sums up calls: each operation with the number of times it came in a row.
fn in_short(calls: &str) -> String {
    let calls: Vec<_> = calls.split(' ').collect();
    let runs = calls.chunk_by(|one, next| one == next).map(|run| match run.len() {
        1 => run[0].to_owned(),
        times => format!("{} x{times}", run[0]),
    });
    runs.collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_record_is_a_read_and_a_transaction() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":18821}"#).await.id();
    let event = r#"{"uid":18821,"name":"Imported Leads","leads":5}"#;
    assert_eq!(calls!(world, api.post("/v3/observe/hooks/events", event)).0, "GetItem TransactWriteItems");
    let new = r#"{"uid":18822,"name":"Imported Leads"}"#;
    assert_eq!(calls!(world, api.post("/v3/observe/hooks/events", new)).0, "GetItem GetItem TransactWriteItems");
    let order = r#"{"uid":18821,"model_kind":"tour","model_id":"one"}"#;
    assert_eq!(calls!(world, api.post("/v3/edit/deliveries", order)).0, "GetItem TransactWriteItems");
}

#[tokio::test]
async fn a_record_costs_four_units_and_does_not_touch_the_profile_however_large_it_is() {
    let world = World::new().await;
    let api = world.api();
    for (uid, size) in [(1, 10), (2, 100_000)] {
        api.upsert(&format!(r#"{{"uid":{uid},"about":"{}"}}"#, "x".repeat(size))).await.id();
        let profiles = world.tables.profiles.clone();
        world.wire.break_calls(move |call| (call.operation == "TransactWriteItems" && call.names(&profiles)).then_some(Fault::Denied));
        for kind in ["first", "first", "second"] {
            let event = format!(r#"{{"uid":{uid},"name":"{kind}"}}"#);
            let meter = Meter::default();
            assert_eq!(meter.measure(api.post("/v3/observe/hooks/events", &event)).await.status, 200, "{uid} {kind}");
            // The record and the head. DynamoDB Local counts a unit for each, AWS two.
            assert_eq!((meter.consumed().requests, meter.consumed().write_units), (2, 2.0), "{uid} {kind}");
        }
        world.wire.mend();
    }
}

#[tokio::test]
async fn forgetting_and_clearing_take_eight_requests_and_one_more_for_25_records() {
    let world = World::new().await;
    let api = world.api();
    api.get("/").await;
    for (path, records, expected) in [
        ("/forget", 0, "GetItem TransactWriteItems Query x3 UpdateItem"),
        ("/forget", 10, "GetItem TransactWriteItems Query UpdateItem BatchWriteItem Query x2 UpdateItem"),
        ("/forget", 1000, "GetItem TransactWriteItems Query UpdateItem BatchWriteItem x40 Query x2 UpdateItem"),
        ("", 0, "GetItem TransactWriteItems Query x2 UpdateItem"),
        ("", 10, "GetItem TransactWriteItems Query BatchWriteItem Query UpdateItem"),
        ("", 1000, "GetItem TransactWriteItems Query BatchWriteItem x40 Query UpdateItem"),
    ] {
        let uid = format!("{records}{}", path.len());
        let id = api.upsert(&format!(r#"{{"uid":"{uid}","email":"leon{uid}@chmln.co"}}"#)).await.id();
        let numbers: Vec<_> = (0..records).collect();
        for some in numbers.chunks(25) {
            let writes = some.iter().map(|number| {
                let put = PutRequest::builder()
                    .item("PK", AttributeValue::S(format!("{}#{id}", world.account)))
                    .item("SK", AttributeValue::S(format!("00000000#event#{number:024x}")));
                WriteRequest::builder().put_request(put.build().unwrap()).build()
            });
            world.bare.batch_write_item().request_items(&world.tables.activities, writes.collect()).send().await.unwrap();
        }
        let (calls, _) = calls!(world, api.delete(&format!("/v3/edit/profiles{path}?uid={uid}")));
        assert_eq!(in_short(&calls), expected, "{path} {records}");
        assert!(calls.split(' ').count() <= 8 + records / 25);
        assert!(world.items(&world.tables.activities).await.iter().all(is_head));
    }
}
