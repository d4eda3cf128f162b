//! Activities: events, experiences and deliveries, their lists, and their removal.

mod clear_and_forget;
mod deliveries;
mod event_list;
mod events;
mod experiences;
mod faults;
mod heads;
mod interactions;
mod lists;
mod models;
mod order;
mod responses;

use profiles_domain::AccountId;
use profiles_tests::activities::Activities;
use profiles_tests::{Api, Reply, World};
use serde_json::Value;

const NO_IDENTIFIER: &str =
    "Unprocessable: No identifier found. Pass your User ID as the `uid` parameter or the Email address as the `email` parameter";
/// An id that no record has.
const UNKNOWN: &str = "5f3c4232c712de665632a6d5";

fn must_be(field: &str, expected: &str) -> String {
    format!("Unprocessable: `{field}` must be {expected}")
}

/// Returns the id in the answer to an event.
#[track_caller]
fn event_id(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.body["event"]["id"].as_str().expect("an event with an id").to_owned()
}

/// Reads the activities of an account, and checks their invariants.
async fn checked(world: &World, account: AccountId) -> Activities {
    let recorded = Activities::read(world, account).await;
    recorded.check_invariants();
    recorded
}

const TOUR: &str = r#""tour":{"id":"t1","name":"Welcome"}"#;
/// The time of the original's examples.
const SENT: &str = "2029-04-07T12:00:00.000Z";

/// Sends a webhook that was sent at this time.
async fn sent(api: &Api, id: &str, (kind, sent_at): (&str, &str), data: &str) -> Value {
    let body = format!(r#"{{"id":"{id}","kind":"{kind}","sent_at":"{sent_at}","data":{{{data}}}}}"#);
    let reply = api.post("/v3/observe/hooks/experiences", &body).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    reply.body["warnings"].clone()
}

async fn stats(api: &Api) -> [u64; 3] {
    let body = api.get("/v3/analyze/tours/t1").await.body;
    ["started_count", "completed_count", "exited_count"].map(|name| body["tour"]["stats"][name].as_u64().unwrap())
}

/// Lists the values of a field, page by page.
async fn listed(api: &Api, list: &str, query: &str, field: &str) -> Vec<String> {
    let (mut all, mut before) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("/v3/{list}?{query}{before}")).await.body;
        let name = list.rsplit('/').next().unwrap();
        let items = page[name].as_array().unwrap_or_else(|| panic!("{page}"));
        all.extend(items.iter().map(|item| item[field].as_str().map_or_else(|| item[field].to_string(), str::to_owned)));
        match page["cursor"]["before"].as_str() {
            Some(id) => before = format!("&before={id}"),
            None => return all,
        }
    }
}
