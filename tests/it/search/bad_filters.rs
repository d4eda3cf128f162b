//! Filters that are none: each is refused with its path, and costs nothing.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use profiles_tests::{World, project_file};
use serde_json::{Value, json};

use super::asked::{COUNT, SEARCH};

/// The cases, one a line: the filters, the path in the message, and what would do. They are also those of the reader of filters.
const REFUSALS: &str = "shared/filters/tests/refusals.jsonl";

#[tokio::test]
async fn each_is_refused_by_its_path_and_reads_nothing() {
    let world = World::new().await;
    let api = world.api();
    api.get("/").await;
    let mut wrong = Vec::new();
    let mut cases = 0;
    for case in project_file(REFUSALS).lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        // Without a text, everybody is meant.
        let text = case["text"].as_str().map_or_else(|| case["filters"].to_string(), str::to_owned);
        if text.trim().is_empty() {
            continue;
        }
        cases += 1;
        let query = format!("filters={}", utf8_percent_encode(&text, NON_ALPHANUMERIC));
        let mut sent = vec![(SEARCH, query.clone(), String::new()), (COUNT, query, String::new())];
        if case["text"].is_null() {
            sent.push((SEARCH, String::new(), json!({"filters": case["filters"]}).to_string()));
        }
        world.wire.take();
        for (path, query, body) in sent {
            let reply = api.post(&format!("{path}?{query}"), &body).await;
            let (start, would_do) =
                (format!("Unprocessable: `{}` must be ", case["path"].as_str().unwrap()), case["must"].as_str().unwrap());
            let message = reply.body["messages"][0].as_str().unwrap_or_default();
            if reply.status != 422 || !message.starts_with(&start) || !message.contains(would_do) {
                wrong.push(format!("{path}?{query:.500} {body:.500}: {} instead of {start}{would_do}", reply.text));
            }
        }
        assert_eq!(world.wire.take(), [""; 0], "{text}");
    }
    assert!(cases >= 60, "{cases}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_hundred_levels_and_a_megabyte_are_refused_at_once() {
    let world = World::new().await;
    let api = world.api();
    api.get("/").await;
    const TOO_DEEP: &str = "filters[0].filters[0].filters[0].filters[0].filters[0].filters[0]";
    const FILTER: &str = r#"{"prop":"role","op":"eq","value":"admin"}"#;
    let nested = |levels: usize| (1..levels).fold(FILTER.to_owned(), |inner, _| format!(r#"{{"kind":"group","filters":[{inner}]}}"#));
    let many = |count: usize| vec![FILTER; count].join(",");
    let values = |count: usize| format!(r#"{{"prop":"role","op":"in-v","value":[{}]}}"#, vec!["1"; count].join(","));
    let text = |length: usize| format!(r#"{{"prop":"role","op":"eq","value":"{}"}}"#, "x".repeat(length));
    for (filters, path) in [
        (nested(5), None),
        (nested(6), Some(TOO_DEEP)),
        (nested(100), Some(TOO_DEEP)),
        (nested(5_000), Some(TOO_DEEP)),
        (many(100), None),
        (many(101), Some("filters[100]")),
        (many(20_000), Some("filters[100]")),
        (values(500), None),
        (values(501), Some("filters[0].value[500]")),
        (values(450_000), Some("filters[0].value[500]")),
        (text(768), None),
        (text(769), Some("filters[0].value")),
        (text(1_000_000), Some("filters[0].value")),
    ] {
        for path_of_request in [SEARCH, COUNT] {
            world.wire.take();
            let reply = api.post(path_of_request, &format!(r#"{{"filters":[{filters}]}}"#)).await;
            let shown = &filters[..filters.len().min(60)];
            match path {
                None => assert_eq!(reply.status, 200, "{shown}: {}", reply.text),
                Some(path) => {
                    assert!(reply.message(422).starts_with(&format!("Unprocessable: `{path}` must be ")), "{shown}: {}", reply.text);
                    assert_eq!(world.wire.take(), [""; 0]);
                }
            }
        }
    }
    let reply = api.post(SEARCH, &format!(r#"{{"filters":[{}]}}"#, text(1_100_000))).await;
    assert!(!reply.message(413).is_empty());
}
