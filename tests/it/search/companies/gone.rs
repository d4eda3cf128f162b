//! Companies that are gone while profiles still name them: to filters, such a profile is a member of none.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_tests::World;
use profiles_tests::invariants::Item;
use serde_json::{Value, json};

use super::super::asked::{PROFILES, count, ids};

const MEMBERS: usize = 36;

/// Returns the mark of a deletion that is under way.
pub(super) fn marker(world: &World, company: &str) -> Item {
    [("PK", format!("{}#deleting", world.account)), ("SK", company.to_owned())]
        .map(|(name, text)| (name.to_owned(), AttributeValue::S(text)))
        .into()
}

/// Puts a tombstone into a company's place, as the first step of its deletion does.
pub(super) async fn delete(world: &World, company: &str) {
    let slot = &company[8..];
    let tombstone = world
        .bare
        .update_item()
        .table_name(&world.tables.companies)
        .key("PK", AttributeValue::S(format!("{}#{}", world.account, &slot[..1])))
        .key("SK", AttributeValue::S(slot.to_owned()));
    let stored = world.items(&world.tables.companies).await;
    let stored = stored.into_iter().find(|item| item.get("id") == Some(&AttributeValue::S(company.to_owned()))).unwrap();
    let public: Vec<_> = stored.keys().filter(|name| !matches!(name.as_str(), "PK" | "SK")).cloned().collect();
    let mut update = tombstone.expression_attribute_values(":at", AttributeValue::S("2029-04-07T12:18:00.000Z".to_owned()));
    let mut remove = Vec::new();
    for (number, name) in public.into_iter().enumerate() {
        remove.push(format!("#{number}"));
        update = update.expression_attribute_names(format!("#{number}"), name);
    }
    let expression = format!("SET FORGOTTEN_AT = :at REMOVE {}", remove.join(", "));
    update.update_expression(expression).send().await.unwrap();
    let put = world.bare.put_item().table_name(&world.tables.companies).set_item(Some(marker(world, company)));
    put.send().await.unwrap();
}

/// Members of four companies and of none, some of a plan; the ids of the profiles, and those of the companies.
async fn members(world: &World) -> (Vec<String>, Vec<String>) {
    let api = world.api();
    let (mut profiles, mut companies) = (Vec::new(), vec![String::new(); 4]);
    for number in 0..MEMBERS {
        let company = number % 5;
        let member = match company {
            4 => String::new(),
            _ => format!(r#","company":{{"uid":"c{company}","name":"Company {company}","seats":{company}}}"#),
        };
        let id = api.upsert(&format!(r#"{{"uid":"u{number}","half":{}{member}}}"#, number % 2)).await.id();
        if company < 4 && companies[company].is_empty() {
            companies[company] = api.retrieve(&format!("id={id}")).await.profile()["company"]["id"].as_str().unwrap().to_owned();
        }
        profiles.push(id);
        world.wait(Duration::from_secs(1));
    }
    (profiles, companies)
}

#[tokio::test(flavor = "multi_thread")]
async fn its_members_are_members_of_none_in_every_filter_and_plan() {
    let world = World::new().await;
    let (profiles, companies) = members(&world).await;
    delete(&world, &companies[1]).await;
    delete(&world, &companies[2]).await;
    let api = world.api();
    // Company 0 and 3 are there, 1 and 2 are gone, and 4 is none.
    type Fits = fn(usize) -> bool;
    let [there, gone, other] = [&companies[0], &companies[1], &companies[3]];
    let cases: [(Value, Fits); 18] = [
        (json!([{"prop": "company_id", "op": "ex"}]), |company| matches!(company, 0 | 3)),
        (json!([{"prop": "company_id", "op": "nx"}]), |company| !matches!(company, 0 | 3)),
        (json!([{"prop": "company_id", "op": "eq", "value": gone}]), |_| false),
        (json!([{"prop": "company_id", "op": "ne", "value": gone}]), |_| true),
        (json!([{"prop": "company_id", "op": "eq", "value": there}]), |company| company == 0),
        (json!([{"prop": "company_id", "op": "ne", "value": there}]), |company| company != 0),
        (json!([{"prop": "company_id", "op": "in-v", "value": [there, gone]}]), |company| company == 0),
        (json!([{"prop": "company_id", "op": "nin-v", "value": [gone, other]}]), |company| company != 3),
        (json!([{"prop": "company_id", "op": "sw", "value": &gone[..4]}]), |company| matches!(company, 0 | 3)),
        (json!([{"prop": "company_id", "op": "nin-i", "value": "no"}]), |_| true),
        (json!([{"prop": "company_id", "op": "in-i", "value": &gone[..4]}]), |company| matches!(company, 0 | 3)),
        (json!([{"prop": "company.name", "op": "eq", "value": "Company 1"}]), |_| false),
        (json!([{"prop": "company.name", "op": "ne", "value": "Company 1"}]), |_| true),
        (json!([{"prop": "company.name", "op": "nx"}]), |company| !matches!(company, 0 | 3)),
        (json!([{"prop": "company.seats", "op": "gte", "value": 1}]), |company| company == 3),
        (json!([{"prop": "company.uid", "op": "in-v", "value": "c0,c1,c2"}]), |company| company == 0),
        (json!([{"prop": "company.name", "op": "ex"}, {"prop": "company_id", "op": "ne", "value": there}]), |company| company == 3),
        (
            json!([{"kind": "group", "filters_op": "or", "filters": [
                {"prop": "company_id", "op": "eq", "value": gone}, {"prop": "company.seats", "op": "eq", "value": 3}]}]),
            |company| company == 3,
        ),
    ];
    // With others: a walk or sweep, the list of a company, an index, and keys.
    let uids: Vec<_> = (0..MEMBERS).map(|number| format!("u{number}")).collect();
    let others = [
        json!([]),
        json!([{"prop": "half", "op": "lt", "value": 2}]),
        json!([{"prop": "uid", "op": "sw", "value": "u"}]),
        json!([{"prop": "uid", "op": "in-v", "value": uids}]),
    ];
    for (filters, fits) in &cases {
        let expected: Vec<_> = (0..MEMBERS).rev().filter(|number| fits(number % 5)).map(|number| profiles[number].clone()).collect();
        for other in &others {
            let all: Vec<_> = [filters, other].iter().flat_map(|filters| filters.as_array().unwrap().clone()).collect();
            let body = json!({"filters": all}).to_string();
            for limit in [4, 50] {
                assert_eq!(ids(&api, &body, limit).await, expected, "{body}");
            }
            assert_eq!(count(&api, &body).await, Ok(expected.len() as u64), "{body}");
        }
    }
}

#[tokio::test]
async fn one_that_is_deleted_after_the_first_look_has_no_members_in_the_second() {
    use profiles_tests::{Lag, Lagging};
    let world = World::new().await;
    let (profiles, companies) = members(&world).await;
    let lag = Lag::from_now_on(&world, Lagging::EventualReads).await;
    delete(&world, &companies[3]).await;
    world.wire.lag(Some(&lag));
    let api = world.api();
    for filters in [
        json!([{"prop": "company.seats", "op": "eq", "value": 3}]),
        json!([{"prop": "company_id", "op": "eq", "value": companies[3]}]),
        json!([{"prop": "company_id", "op": "ex"}, {"prop": "company.name", "op": "sw", "value": "Company 3"}]),
    ] {
        assert_eq!(ids(&api, &json!({"filters": filters}).to_string(), 50).await, [""; 0], "{filters}");
        assert_eq!(count(&api, &json!({"filters": filters}).to_string()).await, Ok(0), "{filters}");
    }
    let none = ids(&api, r#"{"filters":[{"prop":"company_id","op":"nx"}]}"#, 50).await;
    let expected: Vec<_> = (0..MEMBERS).rev().filter(|number| number % 5 > 2).map(|number| profiles[number].clone()).collect();
    assert_eq!(none, expected);
}

#[tokio::test]
async fn searches_that_look_at_no_company_ask_for_none() {
    let world = World::new().await;
    members(&world).await;
    let api = world.api();
    api.get("/").await;
    for (filters, looks) in [
        ("[]", 0),
        (r#"[{"prop":"half","op":"eq","value":1}]"#, 0),
        (r#"[{"prop":"uid","op":"eq","value":"u1"}]"#, 0),
        (r#"[{"prop":"company_id","op":"ex"}]"#, 2),
        (r#"[{"prop":"company.name","op":"ex"}]"#, 1),
    ] {
        let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counted = std::sync::Arc::clone(&asked);
        world.wire.break_calls(move |call| {
            if call.mentions("#deleting") {
                counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
            None
        });
        let reply =
            api.post(PROFILES.path, &format!(r#"{{"filters":{filters},"limit":5,"expand":{{"profile":"min","company":"skip"}}}}"#)).await;
        world.wire.mend();
        assert_eq!(reply.status, 200, "{}", reply.text);
        assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), looks, "{filters}");
    }
}
