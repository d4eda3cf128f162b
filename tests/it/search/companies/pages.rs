//! Pages of companies, their fields, and their bounds.

use std::time::Duration;

use profiles_tests::{Api, World};
use serde_json::{Value, json};

use super::super::asked::{COMPANIES, Limits};

/// Founds companies, a quarter of a second apart; returns their ids, the newest first.
async fn companies(world: &World, api: &Api, number: usize) -> Vec<String> {
    for number in 0..number {
        let company = format!(r#"{{"uid":"c{number}","name":"Company {number}","seats":{number},"email":"Office@Acme.co"}}"#);
        api.upsert(&format!(r#"{{"uid":"u{number}","company":{company}}}"#)).await.id();
        world.wait(Duration::from_millis(250));
    }
    let reply = api.get(&format!("{}?limit=500", COMPANIES.path)).await;
    COMPANIES.page(&reply, 500).unwrap().ids
}

async fn search(api: &Api, query: &str) -> Value {
    let reply = api.get(&format!("{}?{query}", COMPANIES.path)).await;
    assert_eq!(reply.status, 200, "{query}: {}", reply.text);
    reply.body
}

#[tokio::test]
async fn without_companies_there_is_one_empty_page() {
    let world = World::new().await;
    let api = world.api();
    api.upsert(r#"{"uid":1}"#).await.id();
    for query in ["", "filters=[]", "filters_op=or&filters=", "filters=[{%22prop%22:%22uid%22,%22op%22:%22eq%22,%22value%22:1}]"] {
        assert_eq!(api.get(&format!("{}?{query}", COMPANIES.path)).await.text, r#"{"companies":[],"cursor":{"limit":50,"before":null}}"#);
        assert_eq!(api.post(&format!("{}?{query}", COMPANIES.count), "").await.text, r#"{"count":0}"#);
    }
}

#[tokio::test]
async fn all_is_shown_unless_min_is_asked_for() {
    let world = World::new().await;
    let api = world.api();
    let mut all = companies(&world, &api, 1).await;
    world.wait(Duration::from_secs(1));
    all.insert(0, api.upsert_company(r#"{"uid":"later"}"#).await.company_id());
    let at = "2029-04-07T12:18:00.000Z";
    let whole =
        json!({"id": all[1], "created_at": at, "updated_at": at, "uid": "c0", "email": "Office@Acme.co", "name": "Company 0", "seats": 0});
    for query in ["", "&expand[company]=all"] {
        assert_eq!(search(&api, &format!("before={}{query}", all[0])).await["companies"], json!([whole]));
    }
    let least = json!([{"id": all[1], "created_at": at, "uid": "c0", "name": "Company 0"}]);
    assert_eq!(search(&api, &format!("before={}&expand[company]=min", all[0])).await["companies"], least);
    let reply = api.post(COMPANIES.path, &json!({"before": all[0], "expand": {"company": "min"}}).to_string()).await;
    assert_eq!(reply.body["companies"], least);
    for word in ["skip", "none", ""] {
        let reply = api.get(&format!("{}?expand[company]={word}", COMPANIES.path)).await;
        assert_eq!(reply.message(422), "Unprocessable: `expand[company]` must be `all` or `min`");
    }
}

#[tokio::test]
async fn pages_lead_on_to_the_last_between_ids_or_times() {
    let world = World::new().await;
    let api = world.api();
    let all = companies(&world, &api, 24).await;
    assert_eq!(all.len(), 24);
    for limit in [1, 5, 23, 24, 25] {
        for filters in ["", r#"{"prop":"Name","op":"sw","value":"Company"}"#, r#"{"prop":"seats","op":"lt","value":24}"#] {
            let pages = COMPANIES.all_pages(&api, |more| format!(r#"{{"filters":[{filters}]{more}}}"#), &Limits::of(limit)).await.unwrap();
            assert_eq!(pages.len(), 24_usize.div_ceil(limit));
            assert_eq!(pages.into_iter().flat_map(|page| page.ids).collect::<Vec<_>>(), all, "{filters} {limit}");
        }
    }
    let ids = |body: &Value| {
        body["companies"].as_array().unwrap().iter().map(|company| company["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&search(&api, &format!("before={}&after={}", all[3], all[8])).await), all[4..8]);
    let times: Vec<_> = search(&api, "").await["companies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|company| company["created_at"].as_str().unwrap().to_owned())
        .collect();
    let earlier: Vec<_> = all.iter().zip(&times).filter(|(_, at)| **at < times[9]).map(|(id, _)| id.clone()).collect();
    assert_eq!(ids(&search(&api, &format!("before={}", times[9])).await), earlier);
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("before=x", "before"),
        ("before=2029-04-07T00:00:00.000Z_6f7a24a80bac7c97f4767fb7", "before"),
        ("segment_id=5f3c4232c712de665632a6d5", "segment_id"),
        ("filters_op=xor", "filters_op"),
    ] {
        for path in [COMPANIES.path, COMPANIES.count] {
            let reply = api.get(&format!("{path}?{query}")).await;
            assert!(reply.message(422).starts_with(&format!("Unprocessable: `{field}` must be ")), "{query}: {}", reply.text);
        }
    }
}

#[tokio::test]
async fn fields_that_only_a_profile_has_are_properties_of_a_company() {
    let world = World::new().await;
    let api = world.api();
    let all = companies(&world, &api, 3).await;
    for (filter, fitting) in [
        (json!({"prop": "email", "op": "eq", "value": "Office@Acme.co"}), 3),
        (json!({"prop": "email", "op": "eq", "value": "office@acme.co"}), 0),
        (json!({"prop": "percent", "op": "nx"}), 3),
        (json!({"prop": "delivery_ids", "op": "ex"}), 0),
        (json!({"prop": "last_seen_at", "op": "gt-d", "value": 1}), 0),
        (json!({"prop": "uid", "op": "eq", "value": "c1"}), 1),
        (json!({"prop": "id", "op": "in-v", "value": [all[0], all[2], "nobody"]}), 2),
    ] {
        let body = json!({"filters": [filter]}).to_string();
        assert_eq!(COMPANIES.count(&api, &body).await, Ok(fitting), "{body}");
    }
}

#[tokio::test]
async fn another_accounts_companies_are_not_found() {
    let world = World::new().await;
    let api = world.api();
    companies(&world, &api, 3).await;
    let (_, other) = world.new_account(world.client(1)).await;
    assert_eq!(COMPANIES.count(&other, "{}").await, Ok(0));
    let own = companies(&world, &other, 1).await;
    for filters in ["", r#"{"prop":"uid","op":"in-v","value":"c0,c1"}"#, r#"{"prop":"seats","op":"ex"}"#] {
        let reply = other.post(COMPANIES.path, &format!(r#"{{"filters":[{filters}]}}"#)).await;
        assert_eq!(COMPANIES.page(&reply, 50).unwrap().ids, own, "{filters}");
    }
}
