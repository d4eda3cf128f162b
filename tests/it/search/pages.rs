//! Pages: their order, their cursor and their bounds.

use std::time::Duration;

use profiles_tests::{Api, Lag, Lagging, World};
use serde_json::{Value, json};

use super::asked::{Limits, SEARCH, all_pages, count, ids, page};

/// Upserts users `from..to`, a millisecond apart, `in_a_second` of them in each second. Returns their ids, the newest first.
async fn users(world: &World, api: &Api, numbers: std::ops::Range<usize>, in_a_second: u64) -> Vec<String> {
    let mut all = Vec::new();
    for number in numbers {
        all.push(api.upsert(&format!(r#"{{"uid":"user{number}","number":{number},"half":{}}}"#, number % 2)).await.id());
        world.wait(Duration::from_millis(1_000 / in_a_second));
    }
    // Within a second, slots decide.
    all.sort_unstable_by(|one, other| other.cmp(one));
    all
}

async fn search(api: &Api, query: &str) -> Value {
    let reply = api.get(&format!("{SEARCH}?{query}")).await;
    assert_eq!(reply.status, 200, "{query}: {}", reply.text);
    reply.body
}

fn found(body: &Value) -> Vec<String> {
    body["profiles"].as_array().unwrap().iter().map(|profile| profile["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_account_without_profiles_has_one_empty_page() {
    let world = World::new().await;
    let api = world.api();
    const BODY: &str = r#"{"profiles":[],"cursor":{"limit":50,"before":null}}"#;
    for filters in [
        "",
        r#"[]"#,
        r#"[{"prop":"role","op":"eq","value":"admin"}]"#,
        r#"[{"kind":"event","prop":"x"}]"#,
        r#"[{"prop":"uid","op":"eq","value":1}]"#,
    ] {
        let query = format!("filters={}", filters.replace('"', "%22"));
        assert_eq!(api.get(&format!("{SEARCH}?{query}")).await.text, BODY, "{filters}");
        assert_eq!(api.get(&format!("{SEARCH}/count?{query}")).await.text, r#"{"count":0}"#, "{filters}");
    }
}

#[tokio::test]
async fn pages_lead_on_to_the_last_which_has_no_cursor_and_is_not_empty() {
    let world = World::new().await;
    let api = world.api();
    let all = users(&world, &api, 0..60, 4).await;
    for (filters, fitting) in [
        (json!([]), all.clone()),
        (json!([{"prop": "number", "op": "ex"}]), all.clone()),
        (json!([{"prop": "uid", "op": "sw", "value": "user"}]), all.clone()),
        (
            json!([{"prop": "number", "op": "lt", "value": 6}]),
            ids(&api, r#"{"filters":[{"prop":"number","op":"in-v","value":"0,1,2,3,4,5"}]}"#, 500).await,
        ),
    ] {
        for limit in [1, 2, 3, 5, 6, 7, 20, 30, 59, 60, 61, 500] {
            let body = json!({"filters": filters}).to_string();
            let body = body.strip_suffix('}').unwrap();
            let pages = all_pages(&api, |more| format!("{body}{more}}}"), &Limits::of(limit)).await.unwrap();
            assert_eq!(pages.len(), fitting.len().div_ceil(limit), "{filters} {limit}");
            assert!(pages.iter().rev().skip(1).all(|page| page.ids.len() == limit), "{filters} {limit}");
            assert_eq!(pages.concat(), fitting, "{filters} {limit}");
        }
        assert_eq!(count(&api, &json!({"filters": filters}).to_string()).await, Ok(fitting.len() as u64));
    }
}

trait Concat {
    fn concat(&self) -> Vec<String>;
}

impl Concat for Vec<super::asked::Found> {
    fn concat(&self) -> Vec<String> {
        self.iter().flat_map(|page| page.ids.clone()).collect()
    }
}

#[tokio::test]
async fn bounds_are_ids_or_times_of_creation_and_are_left_out_themselves() {
    let world = World::new().await;
    let api = world.api();
    let all = users(&world, &api, 0..30, 4).await;
    let created = |body: &Value| {
        body["profiles"].as_array().unwrap().iter().map(|user| user["created_at"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let times = created(&search(&api, "limit=500").await);
    for filters in [
        "",
        r#"&filters=[{"prop":"half","op":"gte","value":0}]"#,
        r#"&filters=[{"prop":"uid","op":"sw","value":"u"}]"#,
        r#"&filters=[{"prop":"uid","op":"in-v","value":"user0,user7,user8,user13,user22"}]"#,
    ] {
        let filters = filters.replace('"', "%22");
        let fitting = found(&search(&api, &format!("limit=500{filters}")).await);
        for place in [0, 1, 7, 15, 29] {
            let (id, time) = (&all[place], &times[place]);
            let created_of = |id: &String| &times[all.iter().position(|other| other == id).unwrap()];
            let expect = |is: &dyn Fn(&String) -> bool| fitting.iter().filter(|id| is(id)).cloned().collect::<Vec<_>>();
            for (query, expected) in [
                (format!("before={id}"), expect(&|other| other < id)),
                (format!("after={id}"), expect(&|other| other > id)),
                (format!("before={time}"), expect(&|other| created_of(other) < time)),
                (format!("after={time}"), expect(&|other| created_of(other) > time)),
                (format!("after={}&before={id}", all[29]), expect(&|other| *other > all[29] && other < id)),
                (
                    format!("after={}&before={}", times[29], time),
                    expect(&|other| *created_of(other) > times[29] && created_of(other) < time),
                ),
                (format!("after={id}&before={id}"), Vec::new()),
                (format!("after={}&before={}", all[0], all[29]), Vec::new()),
                ("before=2000-01-01".to_owned(), Vec::new()),
                ("after=2000-01-01".to_owned(), fitting.clone()),
                ("after=2099-01-01".to_owned(), Vec::new()),
                ("before=2099-01-01".to_owned(), fitting.clone()),
                ("before=000000000000000000000000".to_owned(), Vec::new()),
                ("after=000000000000000000000000&before=ffffffffffffffffffffffff".to_owned(), fitting.clone()),
                ("after=ffffffffffffffffffffffff".to_owned(), Vec::new()),
            ] {
                let body = search(&api, &format!("limit=500&{query}{filters}")).await;
                assert_eq!(found(&body), expected, "{query}{filters}");
                assert_eq!(body["cursor"], json!({"limit": 500, "before": null}), "{query}{filters}");
            }
        }
    }
}

#[tokio::test]
async fn an_id_of_nobody_is_a_bound_like_any_other() {
    let world = World::new().await;
    let api = world.api();
    let all = users(&world, &api, 0..9, 1).await;
    let gone = all[4].clone();
    assert_eq!(api.delete(&format!("/v3/edit/profiles/{gone}/forget")).await.status, 200);
    assert_eq!(found(&search(&api, &format!("before={gone}")).await), all[5..]);
    assert_eq!(found(&search(&api, &format!("after={gone}")).await), all[..4]);
}

#[tokio::test]
async fn a_limit_is_1_to_500_and_50_unless_told() {
    let world = World::new().await;
    let api = world.api();
    users(&world, &api, 0..51, 4).await;
    let body = search(&api, "").await;
    assert_eq!((found(&body).len(), &body["cursor"]["limit"]), (50, &json!(50)));
    for limit in ["0", "501", "-1", "x", "1.5", "99999999999999999999"] {
        let reply = api.get(&format!("{SEARCH}?limit={limit}")).await;
        assert!(reply.message(422).contains("`limit`"), "{limit}: {}", reply.text);
    }
    for field in ["before", "after"] {
        for bound in ["x", "6B038E7B0BAC7C97F4767FB7", "2029-04-07T00:00:00.000Z_6f7a24a80bac7c97f4767fb7"] {
            let reply = api.get(&format!("{SEARCH}?{field}={bound}")).await;
            assert!(reply.message(422).contains(&format!("`{field}`")), "{bound}: {}", reply.text);
        }
    }
}

#[tokio::test]
async fn where_all_of_a_page_vanish_at_the_second_look_it_is_filled_with_the_next() {
    let world = World::new().await;
    let api = world.api();
    let old = users(&world, &api, 0..8, 1).await;
    users(&world, &api, 8..60, 4).await;
    let lag = Lag::from_now_on(&world, Lagging::EventualReads).await;
    for number in 8..60 {
        let reply = match number % 3 {
            0 => api.forget(&format!("uid=user{number}")).await,
            _ => api.upsert(&format!(r#"{{"uid":"user{number}","number":null,"half":2}}"#)).await,
        };
        assert_eq!(reply.status, 200, "{}", reply.text);
    }
    world.wire.lag(Some(&lag));
    for filters in [
        r#"[{"prop":"number","op":"lt","value":1000}]"#,
        r#"[{"prop":"half","op":"in-v","value":"0,1"},{"prop":"uid","op":"sw","value":"user"}]"#,
        r#"[{"prop":"half","op":"ne","value":2}]"#,
    ] {
        for limit in [1, 3, 7, 8, 9, 50] {
            let reply = api.post(SEARCH, &format!(r#"{{"filters":{filters},"limit":{limit}}}"#)).await;
            let first = page(&reply, limit).unwrap();
            assert_eq!(first.ids, old[..limit.min(8)], "{filters} {limit}");
            assert_eq!(first.before.is_some(), limit < 8, "{filters} {limit}");
            let body = format!(r#"{{"filters":{filters}}}"#);
            assert_eq!(ids(&api, &body, limit).await, old, "{filters} {limit}");
        }
    }
    // Nobody is left, though the reads that lag know many.
    let reply = api.post(SEARCH, r#"{"filters":[{"prop":"number","op":"gte","value":8}]}"#).await;
    assert_eq!(reply.text, r#"{"profiles":[],"cursor":{"limit":50,"before":null}}"#);
}

#[tokio::test]
async fn another_accounts_users_are_not_found() {
    let world = World::new().await;
    let api = world.api();
    users(&world, &api, 0..5, 1).await;
    let (_, other) = world.new_account(world.client(1)).await;
    let own = users(&world, &other, 3..6, 1).await;
    for body in
        [r#"{"filters":[]}"#, r#"{"filters":[{"prop":"uid","op":"sw","value":"user"}]}"#, r#"{"filters":[{"prop":"number","op":"ex"}]}"#]
    {
        assert_eq!(ids(&other, body, 50).await, own, "{body}");
        assert_eq!(count(&other, body).await, Ok(3), "{body}");
    }
    let body = r#"{"filters":[{"prop":"uid","op":"in-v","value":"user1,user4"}]}"#;
    assert_eq!(ids(&other, body, 50).await.len(), 1);
}
