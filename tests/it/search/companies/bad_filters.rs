//! Filters that are none of companies: each is refused with its path, and costs nothing.

use profiles_tests::{World, project_file};
use serde_json::{Value, json};

use super::super::asked::COMPANIES;

/// The cases, one a line: the filters, the path in the message, and what would do. They are also those of the reader of filters.
const REFUSALS: &str = "shared/filters/tests/refusals_of_companies.jsonl";

#[tokio::test]
async fn each_is_refused_by_its_path_and_reads_nothing() {
    let world = World::new().await;
    let api = world.api();
    api.get("/").await;
    world.wire.take();
    let cases = project_file(REFUSALS);
    let cases: Vec<Value> = cases.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(cases.len() >= 20);
    for case in cases {
        for path in [COMPANIES.path, COMPANIES.count] {
            let reply = api.post(path, &json!({"filters": case["filters"]}).to_string()).await;
            let (at, must) = (case["path"].as_str().unwrap(), case["must"].as_str().unwrap());
            let message = reply.message(422);
            assert!(message.starts_with(&format!("Unprocessable: `{at}` must be ")) && message.contains(must), "{case}: {message}");
        }
    }
    assert_eq!(world.wire.take(), [""; 0]);
}
