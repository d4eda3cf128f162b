//! Faults: every call of every request that records, orders, takes back or removes activities fails in every way. The client notices nothing,
//! or repeats the request; and what is stored is sound and counted once.

use std::time::Duration;

use profiles_tests::activities::Activities;
use profiles_tests::{Api, Fault, Reply, World, size};

/// A request, whose target may hold the id of the delivery that was ordered before it.
enum Sent {
    /// A POST of a body to a path. An event has an idempotency key; the others hold one in their bodies.
    Post(&'static str, &'static str),
    Patch(&'static str, &'static str),
    Delete(&'static str),
}

use Sent::{Delete, Patch, Post};

struct Operation {
    name: &'static str,
    /// The requests before it.
    before: &'static [Sent],
    /// The request that gets the fault.
    request: Sent,
    /// The records afterwards: events, interactions, responses and deliveries.
    records: [usize; 4],
    /// How often the tour was begun.
    started: i64,
}

const EVENTS: &str = "/v3/observe/hooks/events";
const EXPERIENCES: &str = "/v3/observe/hooks/experiences";
const DELIVERIES: &str = "/v3/edit/deliveries";
const USER: Sent = Post("/v3/observe/hooks/profiles", r#"{"uid":1,"email":"leon@chmln.co"}"#);
const EVENT: Sent = Post(EVENTS, r#"{"uid":1,"name":"paid"}"#);
const START: Sent = Post(EXPERIENCES, r#"{"id":"w1","kind":"tour.started","data":{"profile":{"uid":1},"tour":{"id":"one"}}}"#);
const RESPONSE: Sent = Post(
    EXPERIENCES,
    r#"{"id":"w2","kind":"response.finished","data":{"profile":{"uid":1},"survey":{"id":"two"},"response":{"input_text":"x"}}}"#,
);
const START_AGAIN: Sent = Post(EXPERIENCES, r#"{"id":"w3","kind":"tour.started","data":{"profile":{"uid":1},"tour":{"id":"one"}}}"#);
const ANSWER: Sent = Post(
    EXPERIENCES,
    r#"{"id":"w4","kind":"response.finished","data":{"profile":{"uid":1},"survey":{"id":"two"},"response":{"id":"5fb7afb5ea19724169374269","button_order":1}}}"#,
);
const ANSWER_AGAIN: Sent = Post(
    EXPERIENCES,
    r#"{"id":"w5","kind":"response.finished","data":{"profile":{"uid":1},"survey":{"id":"two"},"response":{"id":"5fb7afb5ea19724169374269","button_order":2}}}"#,
);
const ORDER: Sent = Post(DELIVERIES, r#"{"uid":1,"model_kind":"tour","model_id":"one","idempotency_key":"order"}"#);

const OTHER_ORDER: Sent = Post(DELIVERIES, r#"{"uid":1,"model_kind":"tour","model_id":"two","delivery_ids_position":"last"}"#);

const OPERATIONS: [Operation; 18] = [
    Operation { name: "event", before: &[USER], request: EVENT, records: [1, 0, 0, 0], started: 0 },
    Operation { name: "event of a new user", before: &[], request: EVENT, records: [1, 0, 0, 0], started: 0 },
    Operation {
        name: "event that merges its users",
        before: &[
            Post("/v3/observe/hooks/profiles", r#"{"uid":1}"#),
            Post(EXPERIENCES, r#"{"id":"w0","kind":"tour.started","data":{"profile":{"email":"leon@chmln.co"},"tour":{"id":"one"}}}"#),
            START,
        ],
        request: Post(EVENTS, r#"{"uid":1,"email":"leon@chmln.co","name":"paid"}"#),
        // Both began the tour: as one user, they are counted once.
        records: [1, 1, 0, 0],
        started: 1,
    },
    Operation { name: "webhook of a tour", before: &[USER], request: START, records: [0, 1, 0, 0], started: 1 },
    Operation { name: "webhook of a new user", before: &[], request: START, records: [0, 1, 0, 0], started: 1 },
    Operation { name: "webhook of a survey", before: &[USER], request: RESPONSE, records: [0, 0, 1, 0], started: 0 },
    Operation { name: "webhook of a known response", before: &[USER, ANSWER], request: ANSWER_AGAIN, records: [0, 0, 1, 0], started: 0 },
    Operation { name: "webhook of a known interaction", before: &[USER, START], request: START_AGAIN, records: [0, 1, 0, 0], started: 1 },
    Operation {
        name: "deletion of a response",
        before: &[USER, ANSWER, RESPONSE],
        request: Delete("/v3/edit/responses/5fb7afb5ea19724169374269"),
        records: [0, 0, 1, 0],
        started: 0,
    },
    Operation { name: "order", before: &[USER], request: ORDER, records: [0, 0, 0, 1], started: 0 },
    Operation {
        name: "order that drops others",
        before: &[USER, OTHER_ORDER, OTHER_ORDER, OTHER_ORDER],
        request: Post(
            DELIVERIES,
            r#"{"uid":1,"model_kind":"tour","model_id":"one","idempotency_key":"order","delivery_ids_limit":2,"delivery_ids_at_limit":"drop"}"#,
        ),
        records: [0, 0, 0, 2],
        started: 0,
    },
    Operation {
        name: "change",
        before: &[USER, OTHER_ORDER, ORDER],
        request: Patch("/v3/edit/deliveries/{delivery}", r#"{"once":true,"until":"+1d","delivery_ids_position":"last"}"#),
        records: [0, 0, 0, 2],
        started: 0,
    },
    Operation {
        name: "change that drops others",
        before: &[USER, OTHER_ORDER, ORDER],
        request: Patch("/v3/edit/deliveries/{delivery}", r#"{"delivery_ids_limit":1,"delivery_ids_at_limit":"drop"}"#),
        records: [0, 0, 0, 1],
        started: 0,
    },
    Operation {
        name: "webhook that settles a delivery",
        before: &[USER, OTHER_ORDER, ORDER],
        request: Post(
            EXPERIENCES,
            r#"{"id":"w3","kind":"tour.started","data":{"profile":{"uid":1},"tour":{"id":"one"},
                "action":{"group_kind":"delivery","group_id":"{delivery}"}}}"#,
        ),
        records: [0, 1, 0, 2],
        started: 1,
    },
    Operation {
        name: "withdrawal",
        before: &[USER, ORDER],
        request: Delete("/v3/edit/deliveries/{delivery}"),
        records: [0, 0, 0, 0],
        started: 0,
    },
    Operation {
        name: "merge",
        before: &[
            Post(EVENTS, r#"{"email":"leon@chmln.co","name":"seen"}"#),
            Post("/v3/observe/hooks/profiles", r#"{"uid":1}"#),
            EVENT,
            START,
            ORDER,
        ],
        request: USER,
        records: [2, 1, 0, 1],
        started: 1,
    },
    Operation {
        name: "clear",
        before: &[USER, EVENT, START, RESPONSE, ORDER],
        request: Delete("/v3/edit/profiles?uid=1"),
        records: [0, 0, 0, 0],
        started: 0,
    },
    Operation {
        name: "forget",
        before: &[USER, EVENT, START, RESPONSE, ORDER],
        request: Delete("/v3/edit/profiles/forget?uid=1"),
        records: [0, 0, 0, 0],
        started: 0,
    },
];

async fn send(api: &Api, sent: &Sent, delivery: &str) -> Reply {
    match sent {
        Post(EVENTS, body) => api.post_under(body, EVENTS, body).await,
        Post(path, body) => api.post(path, &body.replace("{delivery}", delivery)).await,
        Patch(target, body) => api.patch(&target.replace("{delivery}", delivery), body).await,
        Delete(target) => api.delete(&target.replace("{delivery}", delivery)).await,
    }
}

/// Gives the fault to the first call, then in another account to the second, and so on up to the last call. Of all calls, `every` one gets it,
/// from the `first` on.
async fn break_every_call(world: &World, operation: &Operation, fault: Fault, attempts: u32, (first, every): (usize, usize)) {
    for n in (first..).step_by(every) {
        let place = format!("{}: {fault:?} at call {n}, {attempts} attempts", operation.name);
        let (account, api) = world.new_account(world.client(attempts)).await;
        let mut delivery = String::new();
        for sent in operation.before {
            let reply = send(&api, sent, "").await;
            assert!(matches!(reply.status, 200 | 201), "{place}: {}", reply.text);
            delivery = reply.body["delivery"]["id"].as_str().unwrap_or_default().to_owned();
        }
        world.wire.break_calls(move |call| (call.number == n).then_some(fault));
        let reply = send(&api, &operation.request, &delivery).await;
        let is_over = world.wire.take().len() <= n;
        world.wire.mend();
        match reply.status {
            200 | 201 => {}
            503 if attempts == 1 => {
                let again = send(&api, &operation.request, &delivery).await;
                // What is removed already is not found again.
                let is_removed = matches!(operation.request, Delete(_)) && again.status == 404;
                assert!(matches!(again.status, 200 | 201) || is_removed, "{place}, repeated: {}", again.text);
            }
            _ => panic!("{place}: {}", reply.text),
        }
        if matches!(operation.request, Delete(_)) {
            // A deletion that was interrupted is finished by the sweep.
            world.wait(Duration::from_secs(120));
            api.sweep(None).await.unwrap();
        }
        let recorded = Activities::read(world, account).await;
        recorded.check_invariants();
        assert_eq!(["event", "interaction", "response", "delivery"].map(|kind| recorded.count(kind)), operation.records, "{place}");
        let started = recorded.summaries().get("tour#one").map_or(0, |counts| counts[0]);
        assert_eq!(started, operation.started, "{place}");
        if is_over {
            // There is no such call: every call has had the fault once.
            assert!(n > 0);
            return;
        }
    }
}

async fn break_all(attempts: u32) {
    for operation in &OPERATIONS {
        // The checks read all of a world.
        let world = World::new().await;
        // Usually each call gets some of the faults, and another call the others.
        let every = size(3, 1);
        for (number, fault) in Fault::ALL.into_iter().chain([Fault::Unprocessed]).enumerate() {
            let first = (number + usize::try_from(attempts).unwrap()) % every;
            break_every_call(&world, operation, fault, attempts, (first, every)).await;
        }
        world.drop_tables().await;
    }
}

#[tokio::test]
async fn whatever_call_fails_a_repeated_request_completes_it_and_counts_once() {
    break_all(1).await;
}

#[tokio::test]
async fn whatever_call_fails_once_the_client_notices_nothing_and_it_counts_once() {
    break_all(3).await;
}
