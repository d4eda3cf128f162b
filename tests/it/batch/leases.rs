//! Leases: a server and the function behind the stream never apply one chunk at the same time while one of them holds its lease.

use std::sync::Arc;
use std::time::Duration;

use profiles_api::{Attempt, TicketKey};
use profiles_tests::invariants::text;
use profiles_tests::{Api, Fault, Held, World, stream};
use serde_json::{Value, json};

use super::{apply_all, completed, counts, worker};

const SECOND: Duration = Duration::from_secs(1);
/// Longer than a lease that is not renewed.
const LAPSED: Duration = Duration::from_secs(16);

/// A batch of two items that waits, with the event of its ticket.
async fn waiting(world: &World) -> (Arc<Api>, String, TicketKey, Value) {
    let api = Arc::new(world.api());
    let id = api.batch(r#"[{"uid":1,"v":1},{"uid":2,"v":1}]"#).await.batch_id();
    let ticket = stream::tickets(world).await.remove(0);
    let key = TicketKey::parse(text(&ticket, "PK").unwrap(), text(&ticket, "SK").unwrap()).unwrap();
    (api, id, key, stream::events(world).await.remove(0))
}

fn server(api: &Arc<Api>, key: TicketKey) -> Held<Attempt> {
    let api = Arc::clone(api);
    Held::start(async move { api.serve(key).await.unwrap() })
}

fn handled() -> Value {
    json!({"batchItemFailures": []})
}

#[tokio::test]
async fn the_function_leaves_a_chunk_to_the_server_that_has_its_lease() {
    let world = World::new().await;
    for n in 1.. {
        let (api, id, key, event) = waiting(&world).await;
        let mut held = server(&api, key);
        let continues = held.pass(n).await;
        world.wire.take();
        world.wait(14 * SECOND);
        assert_eq!(api.work(&event, None).await, handled());
        if continues {
            // It only looks, even if the server is about to finish.
            assert_eq!(world.wire.take(), ["UpdateItem"], "before call {n} of the server");
        }
        assert_eq!(held.finish().await, Attempt::Over, "before call {n}");
        assert_eq!(counts(&completed(&api, &id).await)[3..], [0, 0]);
        if !continues {
            break;
        }
    }
}

#[tokio::test]
async fn a_server_waits_for_a_chunk_while_the_function_has_its_lease() {
    let world = World::new().await;
    for n in 1.. {
        let (api, id, key, event) = waiting(&world).await;
        let mut held = worker(&api, event);
        let continues = held.pass(n).await;
        world.wire.take();
        world.wait(5 * SECOND);
        let attempt = api.serve(key).await.unwrap();
        let expected = if continues { Attempt::Held(10 * SECOND) } else { Attempt::Over };
        assert_eq!((attempt, world.wire.take()), (expected, vec!["UpdateItem".to_owned()]), "before call {n} of the function");
        assert_eq!(held.finish().await, handled(), "before call {n}");
        completed(&api, &id).await;
        if !continues {
            break;
        }
    }
}

#[tokio::test]
async fn a_lease_that_has_lapsed_is_taken_over_by_either() {
    let world = World::new().await;
    for by_server in [true, false] {
        for n in 1.. {
            let (api, id, key, event) = waiting(&world).await;
            let continues = if by_server {
                let mut held = worker(&api, event.clone());
                let continues = held.pass(n).await;
                held.kill().await;
                world.wait(LAPSED);
                assert_eq!(api.serve(key).await.unwrap(), Attempt::Over, "crash at call {n}");
                continues
            } else {
                let mut held = server(&api, key);
                let continues = held.pass(n).await;
                held.kill().await;
                world.wait(LAPSED);
                assert_eq!(api.work(&event, None).await, handled(), "crash at call {n}");
                continues
            };
            completed(&api, &id).await;
            if !continues {
                break;
            }
        }
    }
}

/// The stream sends a ticket again only when the function that had it has ended.
#[tokio::test]
async fn the_function_takes_over_at_once_what_a_function_left() {
    let world = World::new().await;
    let (api, id, _, event) = waiting(&world).await;
    let mut held = worker(&api, event.clone());
    held.pass(3).await;
    held.kill().await;
    assert_eq!(api.work(&event, None).await, handled());
    completed(&api, &id).await;
}

#[tokio::test]
async fn a_chunk_whose_server_died_is_requeued_and_applied_by_the_function() {
    let world = World::new().await;
    let (api, id, key, event) = waiting(&world).await;
    let mut held = server(&api, key);
    held.pass(2).await;
    held.kill().await;
    assert_eq!(api.work(&event, None).await, handled());
    world.wait(Duration::from_secs(11 * 60));
    api.sweep(None).await.unwrap();
    assert_eq!(text(&stream::tickets(&world).await[0], "state"), Some("waiting"));
    apply_all(&world, &api).await;
    assert_eq!(counts(&completed(&api, &id).await)[3..], [0, 0]);
}

#[tokio::test]
async fn a_worker_that_fails_gives_its_lease_back_and_not_that_of_another() {
    let world = World::new().await;
    let (api, id, key, event) = waiting(&world).await;
    // The chunk cannot be read.
    world.wire.break_calls(|call| (call.operation == "BatchGetItem").then_some(Fault::Throttled));
    assert_ne!(api.work(&event, None).await, handled());
    world.wire.mend();
    assert_eq!(text(&stream::tickets(&world).await[0], "state"), Some("failing"));

    let mut slow = worker(&api, event.clone());
    slow.pass(1).await;
    world.wait(LAPSED);
    let mut next = server(&api, key);
    next.pass(1).await;
    // The first fails when the second has the lease.
    while slow.pass_with(Some(Fault::Throttled)).await {}
    slow.finish().await;
    assert_eq!(text(&stream::tickets(&world).await[0], "state"), Some("applying"));
    assert_eq!(api.work(&event, None).await, handled());
    assert_eq!(next.finish().await, Attempt::Over);
    completed(&api, &id).await;
}

#[tokio::test]
async fn a_ticket_that_a_worker_touched_meanwhile_is_not_requeued() {
    let world = World::new().await;
    let (api, id, key, event) = waiting(&world).await;
    world.wait(Duration::from_secs(11 * 60));
    let api_of_sweep = Arc::clone(&api);
    let mut sweep = Held::start(async move { api_of_sweep.sweep(None).await.unwrap() });
    // The sweep has listed the ticket and is about to requeue it.
    while sweep.next_call().await.is_some_and(|call| call.operation != "UpdateItem") {
        sweep.pass(1).await;
    }
    let mut held = server(&api, key);
    held.pass(2).await;
    sweep.finish().await;
    assert_eq!(text(&stream::tickets(&world).await[0], "state"), Some("applying"));
    assert_eq!(api.work(&event, None).await, handled());
    assert_eq!(held.finish().await, Attempt::Over);
    completed(&api, &id).await;
}
