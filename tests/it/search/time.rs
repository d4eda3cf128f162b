//! Time: a search that cannot be finished is a 504. It shows no part of the truth, and takes up nothing.

use std::sync::Arc;
use std::time::Duration;

use profiles_api::Request;
use profiles_tests::api::request;
use profiles_tests::{Api, Reply, World, size};

use super::asked::{COUNT, SEARCH, page};
use super::shapes::Account;

/// The time until a function is ended.
const REQUEST_TIME: Duration = Duration::from_secs(29);

/// Sends a request that has to be answered in its time.
async fn send(world: &World, api: &Api, path: &str, body: &str) -> Reply {
    let deadline = Some(world.now().plus(REQUEST_TIME));
    api.send(Request { deadline, ..api.with_secret(request("POST", path, body.as_bytes())) }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whenever_time_runs_out_the_answer_is_whole_or_a_504_and_the_next_one_is_whole() {
    let account = Account::of(size(120, 200), 6).await;
    let world = &account.world;
    let api = world.api();
    api.get("/").await;
    let mut timeouts = Vec::new();
    for shape in &account.shapes() {
        for path in [SEARCH, COUNT] {
            let body = shape.tree.body(&format!(r#","limit":{}"#, shape.limit));
            let expected = account.fitting(&shape.tree);
            let is_right = |reply: &Reply| match path {
                SEARCH => page(reply, shape.limit).is_ok_and(|found| found.ids == expected[..shape.limit.min(expected.len())]),
                _ => reply.body["count"] == expected.len(),
            };
            world.wire.take();
            assert!(is_right(&send(world, &api, path, &body).await), "{path} {}", shape.plan);
            let calls = world.wire.take().len();
            for number in (0..calls).filter(|number| *number < 6 || number.is_multiple_of(size(17, 9)) || number + 3 > calls) {
                let advance = Arc::new(world.advance_fn());
                world.wire.break_calls({
                    let advance = Arc::clone(&advance);
                    move |call| {
                        if call.number == number {
                            advance(Duration::from_secs(27));
                        }
                        None
                    }
                });
                let reply = send(world, &api, path, &body).await;
                world.wire.mend();
                let at = format!("{path} {}, late at call {number} of {calls}", shape.plan);
                match reply.status {
                    200 => assert!(is_right(&reply), "{at}: {}", reply.text),
                    504 => {
                        let text = reply.message(504);
                        assert!(text.starts_with("Internal timeout: ") && text.contains("filters"), "{at}: {text}");
                        timeouts.push(shape.plan);
                    }
                    _ => panic!("{at}: {}", reply.text),
                }
                let next = send(world, &api, path, &body).await;
                assert!(is_right(&next), "after {at}: {}", next.text);
            }
        }
    }
    timeouts.dedup();
    for plan in ["index: uid", "index: company", "walk: many", "sweep: few", "heads: an event"] {
        assert!(timeouts.contains(&plan), "{plan} has never run out of time: {timeouts:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_that_will_not_end_in_time_is_given_up_early() {
    let account = Account::of(300, 7).await;
    let world = &account.world;
    let api = world.api();
    api.get("/").await;
    // Each call takes two seconds, and there are more than twenty.
    let advance = world.advance_fn();
    world.wire.break_calls(move |_| {
        advance(Duration::from_secs(2));
        None
    });
    let body = r#"{"filters":[{"prop":"role","op":"eq","value":"nobody"}]}"#;
    for path in [SEARCH, COUNT] {
        let began = world.now();
        let reply = send(world, &api, path, body).await;
        assert!(reply.message(504).starts_with("Internal timeout: "), "{}", reply.text);
        assert!(began.until(world.now()) < Duration::from_mins(2), "it went on");
    }
}
