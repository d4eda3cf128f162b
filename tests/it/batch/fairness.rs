//! Fairness: an account whose chunks make no progress leaves the lanes of the stream to others.

use std::time::Duration;

use profiles_domain::AccountId;
use profiles_normalization::Timestamp;
use profiles_tests::{Api, Fault, World, stream};
use serde_json::{Value, json};

use super::{apply_all, completed, counts};

/// The chunks of the throttled account, which come first.
const CHUNKS: usize = 5;
/// A function ends after this time.
const TIMEOUT: Duration = Duration::from_secs(300);
/// Lambda invokes the function this often for a record that fails, and holds back the records after it.
const ATTEMPTS: usize = 10;

/// Throttles all calls of an account to profiles, of which each takes a second.
fn throttle(world: &World, account: AccountId) {
    let (pass, table, account) = (world.advance_fn(), format!(r#""{}""#, world.tables.profiles), account.to_string());
    world.wire.break_calls(move |call| {
        let is_throttled = call.mentions(&table) && call.mentions(&account);
        if is_throttled {
            pass(Duration::from_secs(1));
        }
        is_throttled.then_some(Fault::Throttled)
    });
}

/// Handles the events of a lane, one after the other, as Lambda does.
async fn run_lane(world: &World, api: &Api, events: &[Value]) {
    for event in events {
        for _ in 0..ATTEMPTS {
            let deadline = Timestamp::from_unix_millis(world.now().plus(TIMEOUT).unix_millis());
            if api.work(event, deadline).await == json!({"batchItemFailures": []}) {
                break;
            }
        }
    }
}

fn state(ticket: &profiles_tests::invariants::Item) -> &str {
    ticket["state"].as_s().unwrap()
}

#[tokio::test]
async fn a_batch_is_applied_soon_though_the_chunks_of_a_throttled_account_come_before_it() {
    let world = World::new().await;
    let (throttled, throttled_api) = world.new_account(world.client(1)).await;
    let (_, other_api) = world.new_account(world.client(1)).await;
    let mut ids = Vec::new();
    for n in 0..CHUNKS {
        ids.push(throttled_api.batch(&format!(r#"[{{"uid":{n},"v":1}},{{"uid":"a{n}","email":"a{n}@chmln.co"}}]"#)).await.batch_id());
    }
    let mut events = stream::events(&world).await;
    let id = other_api.batch(r#"[{"uid":1},{"uid":2}]"#).await.batch_id();
    let last = stream::events(&world).await.into_iter().find(|event| !events.contains(event)).unwrap();
    events.push(last);

    throttle(&world, throttled);
    let began = world.now();
    run_lane(&world, &other_api, &events).await;
    world.wire.mend();
    assert_eq!(counts(&completed(&other_api, &id).await), [2, 0, 0, 0, 0]);
    let (took, turns) = (began.until(world.now()), Duration::from_secs(35) * u32::try_from(CHUNKS).unwrap());
    assert!(took <= turns, "it waited for {took:?}");

    // No function was woken for the others, and what they tried was counted.
    let tickets = stream::tickets(&world).await;
    assert!(tickets.iter().all(|ticket| (state(ticket), ticket["failures"].as_n().unwrap().as_str()) == ("failing", "1")), "{tickets:?}");
    world.wait(Duration::from_secs(11 * 60));
    other_api.sweep(None).await.unwrap();
    assert!(stream::tickets(&world).await.iter().all(|ticket| state(ticket) == "waiting"));
    apply_all(&world, &throttled_api).await;
    for id in ids {
        assert_eq!(counts(&completed(&throttled_api, &id).await), [2, 0, 0, 0, 0]);
    }
}
