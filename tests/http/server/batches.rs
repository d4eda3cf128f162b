//! Batches of a server: applied in the background, by this process or by the next one.

use profiles_tests::{World, stream};

use super::{Server, assert_counts, profiles};

const BATCH: &str = "/v3/observe/hooks/profiles/batch";

/// Sends a batch of this number of new profiles, and returns its id.
#[track_caller]
fn send(server: &Server, prefix: &str, count: usize) -> String {
    let answer = server.ask(&server.request("POST", BATCH, &profiles(prefix, count, 1)));
    assert_eq!(answer.status, 202, "{}", answer.text);
    answer.json()["batch"]["id"].as_str().unwrap().to_owned()
}

/// Waits until some profiles are written.
async fn begun(world: &World) {
    while world.items(&world.tables.profiles).await.is_empty() {
        tokio::time::sleep(super::POLL_EVERY).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_apply_each_batch_once_whichever_accepts_it() {
    let world = World::new().await;
    let (one, other) = (Server::start(&world, &[]), Server::start(&world, &[]));
    let batches: Vec<_> = (0..6).map(|n| send(if n % 2 == 0 { &one } else { &other }, &format!("batch{n}"), 100)).collect();
    for id in &batches {
        assert_counts(&one.completed(id), [100, 0, 0, 0, 0]);
    }
    let applied = |server: &Server| server.process.output.text().matches(r#""applied a chunk""#).count();
    assert_eq!(applied(&one) + applied(&other), batches.len());
    one.stop();
    other.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_applies_nothing_leaves_its_batches_to_the_next() {
    let world = World::new().await;
    let server = Server::start(&world, &[("SERVER_CHUNKS_AT_ONCE", "0")]);
    let id = send(&server, "left", 10);
    server.stop();
    assert_eq!(stream::tickets(&world).await.len(), 1);
    let server = Server::start(&world, &[]);
    assert_counts(&server.completed(&id), [10, 0, 0, 0, 0]);
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ends_hands_over_a_chunk_in_the_middle_of_it() {
    let world = World::new().await;
    let server = Server::start(&world, &[]);
    let id = send(&server, "handed", 2_500);
    begun(&world).await;
    server.stop();
    let tickets = stream::tickets(&world).await;
    // If anything is left, the next worker can acquire the lease at once.
    assert!(tickets.iter().all(|ticket| ticket["state"].as_s().unwrap() == "waiting"), "{tickets:?}");
    let server = Server::start(&world, &[]);
    assert_counts(&server.completed(&id), [2_500, 0, 0, 0, 0]);
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_of_a_server_that_was_killed_are_completed_by_the_next() {
    let world = World::new().await;
    let mut server = Server::start(&world, &[("SERVER_CHUNKS_AT_ONCE", "1")]);
    // A batch that is being applied, and a batch that waits.
    let batches = [send(&server, "under-way", 1_500), send(&server, "waits", 100)];
    begun(&world).await;
    server.signal("KILL");
    server.ended();
    let server = Server::start(&world, &[]);
    assert_counts(&server.completed(&batches[0]), [1_500, 0, 0, 0, 0]);
    assert_counts(&server.completed(&batches[1]), [100, 0, 0, 0, 0]);
    assert!(world.items(&world.tables.batch_chunks).await.is_empty());
    server.stop();
}
