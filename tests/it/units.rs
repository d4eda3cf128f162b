//! Write units as AWS charges them, computed from what is on the wire: an item counts double in a transaction, an index entry never does.
//! The table in docs/architecture.md has them.

use std::time::Duration;

use profiles_tests::{Api, Partitions, Reply, World};

/// An operation, in a world of its own.
struct Operation {
    /// The first cell of its row in the documentation.
    name: &'static str,
    before: &'static [Request],
    request: Request,
    units: f64,
}

/// Method, target and body.
type Request = (&'static str, &'static str, &'static str);

const UPSERT: &str = "/v3/observe/hooks/profiles";
const COMPANY: &str = "/v3/observe/hooks/companies";
const EVENT: &str = "/v3/observe/hooks/events";
const EXPERIENCE: &str = "/v3/observe/hooks/experiences";
const DELIVERY: &str = "/v3/edit/deliveries";

const KNOWN: Request = ("POST", UPSERT, r#"{"uid":1,"plan":"gold"}"#);
const WITH_EMAIL: Request = ("POST", UPSERT, r#"{"uid":1,"email":"a@example.com"}"#);
const BY_EMAIL: Request = ("POST", UPSERT, r#"{"email":"a@example.com"}"#);
const ORDER: &str = r#"{"uid":1,"model_kind":"tour","model_id":"t"}"#;
const STARTED: &str = r#"{"id":"w1","kind":"tour.started","data":{"profile":{"uid":1},"tour":{"id":"t"}}}"#;
const STARTED_AGAIN: &str = r#"{"id":"w2","kind":"tour.started","data":{"profile":{"uid":1},"tour":{"id":"t"}}}"#;
const ANSWERED: &str =
    r#"{"id":"w1","kind":"response.finished","data":{"profile":{"uid":1},"survey":{"id":"s"},"response":{"button_order":1}}}"#;

/// Of another user, so that the tour is known.
const OTHERS: Request =
    ("POST", EXPERIENCE, r#"{"id":"w0","kind":"tour.started","data":{"profile":{"email":"a@example.com"},"tour":{"id":"t"}}}"#);
const OTHERS_ANSWER: &str = r#"{"id":"w0","kind":"response.finished","data":{"profile":{"uid":2},"survey":{"id":"s"},"response":{}}}"#;

const OPERATIONS: [Operation; 28] = [
    Operation { name: "new uid", before: &[], request: KNOWN, units: 3.0 },
    Operation {
        name: "known uid, same or no e-mail",
        before: &[KNOWN],
        request: ("POST", UPSERT, r#"{"uid":1,"plan":"silver"}"#),
        units: 1.0,
    },
    Operation { name: "new uid, new e-mail", before: &[], request: WITH_EMAIL, units: 6.0 },
    Operation {
        name: "known uid, changed e-mail",
        before: &[WITH_EMAIL],
        request: ("POST", UPSERT, r#"{"uid":1,"email":"b@example.com"}"#),
        units: 6.0,
    },
    Operation { name: "known e-mail", before: &[WITH_EMAIL], request: BY_EMAIL, units: 1.0 },
    Operation { name: "new e-mail", before: &[], request: BY_EMAIL, units: 4.0 },
    Operation { name: "uid attached to an e-mail-only profile", before: &[BY_EMAIL], request: WITH_EMAIL, units: 7.0 },
    Operation { name: "e-mail-only profile merged", before: &[KNOWN, BY_EMAIL], request: WITH_EMAIL, units: 13.0 },
    Operation {
        name: "… both with activities",
        before: &[KNOWN, BY_EMAIL, ("POST", EVENT, r#"{"uid":1,"name":"x"}"#), ("POST", EVENT, r#"{"email":"a@example.com","name":"x"}"#)],
        request: WITH_EMAIL,
        units: 15.0,
    },
    Operation { name: "event, of a known user", before: &[KNOWN], request: ("POST", EVENT, r#"{"uid":1,"name":"x"}"#), units: 4.0 },
    Operation { name: "event, of a new user", before: &[], request: ("POST", EVENT, r#"{"uid":1,"name":"x"}"#), units: 8.0 },
    Operation {
        name: "… both with one tour",
        before: &[KNOWN, BY_EMAIL, ("POST", EXPERIENCE, STARTED), OTHERS],
        request: WITH_EMAIL,
        units: 27.0,
    },
    Operation {
        name: "known uid, e-mail taken away",
        before: &[WITH_EMAIL],
        request: ("POST", UPSERT, r#"{"uid":1,"email":"$unset"}"#),
        units: 4.0,
    },
    Operation { name: "webhook: first interaction", before: &[KNOWN, OTHERS], request: ("POST", EXPERIENCE, STARTED), units: 12.0 },
    Operation {
        name: "webhook: further interaction",
        before: &[KNOWN, ("POST", EXPERIENCE, STARTED)],
        request: ("POST", EXPERIENCE, STARTED_AGAIN),
        units: 10.0,
    },
    Operation {
        name: "webhook: response",
        before: &[KNOWN, ("POST", EXPERIENCE, OTHERS_ANSWER)],
        request: ("POST", EXPERIENCE, ANSWERED),
        units: 10.0,
    },
    Operation { name: "delivery", before: &[KNOWN], request: ("POST", DELIVERY, ORDER), units: 6.0 },
    Operation {
        name: "… under a key",
        before: &[KNOWN],
        request: ("POST", DELIVERY, r#"{"uid":1,"model_kind":"tour","model_id":"t","idempotency_key":"k"}"#),
        units: 8.0,
    },
    Operation {
        name: "… changed",
        before: &[KNOWN, ("POST", DELIVERY, ORDER)],
        request: ("PATCH", "/v3/edit/deliveries/$delivery", r#"{"once":true}"#),
        units: 2.0,
    },
    Operation {
        name: "… withdrawn",
        before: &[KNOWN, ("POST", DELIVERY, ORDER)],
        request: ("DELETE", "/v3/edit/deliveries/$delivery", ""),
        units: 6.0,
    },
    Operation {
        name: "… settled by the webhook of a first interaction",
        before: &[KNOWN, OTHERS, ("POST", DELIVERY, ORDER)],
        request: (
            "POST",
            EXPERIENCE,
            r#"{"id":"w1","kind":"tour.started","data":{"profile":{"uid":1},"tour":{"id":"t"},"action":{"group_kind":"delivery","group_id":"$delivery"}}}"#,
        ),
        units: 18.0,
    },
    Operation {
        name: "forget, without an address",
        before: &[KNOWN],
        request: ("DELETE", "/v3/edit/profiles/forget?uid=1", ""),
        units: 12.0,
    },
    Operation {
        name: "forget, with an address",
        before: &[WITH_EMAIL],
        request: ("DELETE", "/v3/edit/profiles/forget?uid=1", ""),
        units: 15.0,
    },
    Operation { name: "clear", before: &[KNOWN], request: ("DELETE", "/v3/edit/profiles?uid=1", ""), units: 10.0 },
    Operation {
        name: "a new company, uid without a new e-mail",
        before: &[],
        request: ("POST", UPSERT, r#"{"uid":1,"company":{"uid":2}}"#),
        units: 8.0,
    },
    Operation { name: "company, new", before: &[], request: ("POST", COMPANY, r#"{"uid":2,"name":"Acme"}"#), units: 2.0 },
    Operation {
        name: "company, known",
        before: &[("POST", COMPANY, r#"{"uid":2,"name":"Acme"}"#)],
        request: ("POST", COMPANY, r#"{"uid":2,"name":"Globex"}"#),
        units: 1.0,
    },
    Operation { name: "retrieve by id or uid", before: &[KNOWN], request: ("GET", "/v3/analyze/profile?uid=1", ""), units: 0.0 },
];

/// Sends a request, in which `$delivery` stands for the delivery that was ordered before.
async fn send(api: &Api, (method, target, body): Request, delivery: &str) -> Reply {
    let (target, body) = (&*target.replace("$delivery", delivery), &*body.replace("$delivery", delivery));
    match method {
        "POST" => api.post(target, body).await,
        "PATCH" => api.patch(target, body).await,
        "GET" => api.get(target).await,
        _ => api.delete(target).await,
    }
}

#[tokio::test]
async fn each_operation_costs_as_many_write_units_on_aws_as_the_documentation_says() {
    let (_, table) = include_str!("../../docs/architecture.md").split_once("## Requests and units").unwrap();
    let mut wrong = Vec::new();
    for Operation { name, before, request, units } in OPERATIONS {
        let world = World::new().await;
        let partitions = Partitions::taking(1_000_000);
        world.wire.limit(&partitions);
        // Time passes, so that what an index sorts by time moves.
        let advance = world.advance_fn();
        world.wire.break_calls(move |_| {
            advance(Duration::from_millis(1));
            None
        });
        let api = world.api();
        let mut delivery = String::new();
        for request in before {
            let reply = send(&api, *request, "").await;
            assert!(matches!(reply.status, 200 | 201), "{name}: {}", reply.text);
            delivery = reply.body["delivery"]["id"].as_str().unwrap_or_default().to_owned();
        }
        let already = partitions.units();
        let reply = send(&api, request, &delivery).await;
        assert!(matches!(reply.status, 200 | 201), "{name}: {}", reply.text);
        let charged = partitions.units() - already;
        let row = table.lines().find(|line| line.starts_with(&format!("| {name} |")));
        let documented = row.and_then(|row| row.split(" | ").nth(2)).map(|cell| cell.split(' ').next().unwrap_or_default().to_owned());
        if charged != units || documented.as_deref() != Some(&units.to_string()) {
            wrong.push(format!("{name}: {charged} units, expected {units}, documented {documented:?}; {}", partitions.report()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
