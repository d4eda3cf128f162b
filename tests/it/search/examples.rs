//! The worked examples of the original's documentation, sent in each form that filters have, on an account made by hand.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use profiles_tests::api::request;
use profiles_tests::{Api, World, project_file};
use serde_json::{Value, json};

use super::asked::{COUNT, SEARCH, page};

const DAY: Duration = Duration::from_hours(24);

/// The examples, one a line.
const EXAMPLES: &str = "shared/filters/tests/examples.jsonl";

/// The users of the account: the newest last.
const USERS: [(&str, &str); 5] = [
    (
        "ann",
        r#"{"uid":"ann","email":"Ann@acme.co","role":"admin","invited_users_count":3,"browser_tz":-3,"plan":"silver","employee_count":15,
            "last_seen_at":"2029-04-12T12:18:00Z"}"#,
    ),
    (
        "bob",
        r#"{"uid":"bob","email":"bob@gmail.com","role":"owner","invited_users_count":"5","browser_tz":-9,"plan":"600","employee_count":21,
            "last_seen_at":"2029-04-03"}"#,
    ),
    (
        "cyd",
        r#"{"uid":"cyd","email":"cyd@gmail.com.example","role":"admin","invited_users_count":0,"browser_tz":-6,"plan":"500","employee_count":10,
            "last_seen_at":"2028-03-01","company":{"uid":931,"name":"Acme Inc."}}"#,
    ),
    (
        "dee",
        r#"{"uid":"123","email":"dee@example.com","role":"member","invited_users_count":4,"plan":500.5,"employee_count":"20","last_seen_at":null,
            "company":{"uid":932,"name":"acme inc."}}"#,
    ),
    ("eve", r#"{"email":"eve@gmail.com","role":"superuser","invited_users_count":"many"}"#),
];

/// Who fits each example, the newest first. The company of one is named so, and another's nearly.
const FITTING: [(&str, &str); 21] = [
    ("S1", "ann"),
    ("S2", "bob"),
    ("S3", "bob"),
    ("S4", "dee cyd"),
    ("S5", "ann"),
    ("S6", "ann"),
    ("S7", "dee cyd bob ann"),
    ("S8", "ann"),
    ("S9", "cyd ann"),
    ("S11", "eve dee cyd bob ann"),
    ("F1", "cyd ann"),
    ("F2", "eve cyd bob ann"),
    ("F3", "cyd bob"),
    ("F4", "cyd bob ann"),
    ("I1", "eve cyd bob"),
    ("I2", "cyd"),
    ("G1", "ann"),
    ("P1", "dee bob"),
    ("C1", "dee"),
    ("H1", "ann"),
    ("H2", "ann"),
];

/// Makes the account. Returns the ids, each with the user's name.
async fn account(world: &World, api: &Api) -> Vec<(String, &'static str)> {
    let mut ids = Vec::new();
    for (name, body) in USERS {
        ids.push((api.upsert(body).await.id(), name));
        world.wait(Duration::from_secs(1));
    }
    let mut webhook = 0;
    let mut step = async |kind: &str, uid: &str, data: &str| {
        webhook += 1;
        assert_eq!(api.experience(&webhook.to_string(), kind, &format!(r#""uid":"{uid}""#), data).await.status, 200);
        world.wait(Duration::from_secs(1));
    };
    const TOUR: &str = r#""tour":{"id":"T"}"#;
    let answer = |button: u32| format!(r#""survey":{{"id":"V"}},"response":{{"button_order":{button}}}"#);
    step("tour.exited", "cyd", TOUR).await;
    step("response.finished", "123", &answer(10)).await;
    world.wait(DAY * 5);
    step("tour.started", "ann", TOUR).await;
    step("tour.completed", "ann", TOUR).await;
    step("tour.exited", "bob", TOUR).await;
    step("response.finished", "bob", &answer(9)).await;
    step("response.finished", "cyd", &answer(1)).await;
    // The last one counts.
    step("response.finished", "123", &answer(2)).await;
    world.wait(DAY);
    ids
}

/// Returns the parameters of an example: what is sent as `filters`, and the others.
fn parameters(example: &Value) -> Vec<(String, Value)> {
    let members = example.as_object().unwrap().iter().filter(|(name, _)| !matches!(name.as_str(), "says" | "id"));
    members.map(|(name, value)| (if name == "items" { "filters".to_owned() } else { name.clone() }, value.clone())).collect()
}

/// Returns a query in which only lists and objects of filters are JSON text.
fn json_in_query(parameters: &[(String, Value)]) -> String {
    let pairs = parameters.iter().map(|(name, value)| match value {
        Value::Array(_) => pair(name, &value.to_string()),
        other => brackets(name, other, ""),
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// Returns a query in brackets. An item of a list has no index, or its own, which `index` says.
fn brackets(name: &str, value: &Value, index: &str) -> String {
    match value {
        Value::Array(items) => {
            let key = |place: usize| if index.is_empty() { String::new() } else { place.to_string() };
            let items = items.iter().enumerate().map(|(place, item)| brackets(&format!("{name}[{}]", key(place)), item, index));
            items.collect::<Vec<_>>().join("&")
        }
        Value::Object(members) => {
            // A name that the last object has begins the next one, so what all have comes first.
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(member, value)| (*member != "kind" && *member != "prop", value.is_array()));
            let all = members.into_iter().map(|(member, value)| brackets(&format!("{name}[{member}]"), value, index));
            all.collect::<Vec<_>>().join("&")
        }
        Value::String(text) => pair(name, text),
        other => pair(name, &other.to_string()),
    }
}

fn pair(name: &str, text: &str) -> String {
    format!("{name}={}", utf8_percent_encode(text, NON_ALPHANUMERIC))
}

#[tokio::test]
async fn each_example_finds_the_same_users_in_whatever_form_it_is_sent() {
    let world = World::new().await;
    let api = world.api();
    let ids = account(&world, &api).await;
    let mut wrong = Vec::new();
    let mut seen = 0;
    for example in project_file(EXAMPLES).lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let name = example["id"].as_str().unwrap();
        let parameters = parameters(&example);
        let body: Value = parameters.iter().cloned().collect::<serde_json::Map<_, _>>().into();
        let in_brackets = |index: &str| parameters.iter().map(|(name, value)| brackets(name, value, index)).collect::<Vec<_>>().join("&");
        let form = in_brackets("");
        let forms = [
            ("body", "POST", String::new(), body.to_string()),
            ("JSON in the query", "GET", json_in_query(&parameters), String::new()),
            ("brackets", "GET", form.clone(), String::new()),
            ("brackets with indexes", "GET", in_brackets("0"), String::new()),
            ("a form", "POST", String::new(), json_in_query(&parameters)),
            ("POST with a query", "POST", form, String::new()),
        ];
        for (form, method, query, body) in forms {
            let send = async |path: &str| match method {
                "POST" if form == "a form" => {
                    let mut sent = api.with_secret(request("POST", path, body.as_bytes()));
                    sent.headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
                    api.send(sent).await
                }
                "POST" => api.post(&format!("{path}?{query}"), &body).await,
                _ => api.get(&format!("{path}?{query}")).await,
            };
            let (found, counted) = (send(SEARCH).await, send(COUNT).await);
            if name == "S10" {
                assert!(found.message(422).contains("`segment_id`"), "{form}: {}", found.text);
                assert!(counted.message(422).contains("`segment_id`"), "{form}: {}", counted.text);
                continue;
            }
            let (_, expected) = FITTING.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("{name} is new"));
            let found_ids = page(&found, 50).map(|page| page.ids);
            let names = found_ids.map(|found| {
                let names = found.iter().map(|id| ids.iter().find(|(known, _)| known == id).map_or("?", |(_, name)| *name));
                names.collect::<Vec<_>>().join(" ")
            });
            if names.as_deref() != Ok(expected) || counted.body["count"] != json!(expected.split_whitespace().count()) {
                wrong.push(format!("{name} in {form}: {names:?} instead of {expected}, counted {}; {query}{body}", counted.text));
            }
        }
        seen += 1;
    }
    assert_eq!(seen, FITTING.len() + 1);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn what_is_expanded_is_shown_as_in_retrieve() {
    let world = World::new().await;
    let api = world.api();
    account(&world, &api).await;
    for (query, fields) in
        [("", 23), ("expand[profile]=min", 6), ("expand[profile]=min&expand[company]=skip", 4), ("expand[company]=all", 23)]
    {
        let reply = api.get(&format!("{SEARCH}?{query}&limit=3")).await;
        page(&reply, 3).unwrap();
        for shown in reply.body["profiles"].as_array().unwrap() {
            let retrieved = api.get(&format!("/v3/analyze/profiles/{}?{query}", shown["id"].as_str().unwrap())).await;
            assert_eq!(shown, retrieved.profile(), "{query}");
            assert!(shown.as_object().unwrap().len() <= fields, "{query}: {shown}");
        }
    }
}
