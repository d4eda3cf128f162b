//! Throughput: each partition of the database takes 1,000 write units a second, in virtual time. What is more waits, and all of it arrives.

mod batches;
mod companies;
mod tours;
mod users;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use profiles_api::{Clock, Context, Request};
use profiles_normalization::Timestamp;
use profiles_storage::accounts::Accounts;
use profiles_storage::{RetryPolicy, Storage, Timeouts};
use profiles_tests::api::request;
use profiles_tests::{Api, Partitions, Reply, World};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// The units that a partition takes in a second.
const UNITS: u32 = 1_000;
/// The time until a function that answers a request is ended.
const REQUEST_TIME: Duration = Duration::from_secs(29);
/// It answers this long before.
const MARGIN: Duration = Duration::from_millis(500);
/// Instances of a function at once. Each answers one request at a time.
const INSTANCES: usize = 64;

/// A world whose partitions are limited, and its time.
struct Limited {
    world: World,
    partitions: Partitions,
    began: Instant,
}

impl Limited {
    async fn to(units_a_second: u32) -> Self {
        let (world, partitions) = (World::new().await, Partitions::taking(units_a_second));
        world.wire.limit(&partitions);
        Self { world, partitions, began: Instant::now() }
    }

    fn clock(&self) -> impl Fn() -> Timestamp + Send + Sync + 'static {
        let (began, at_the_beginning) = (self.began, self.world.now());
        move || at_the_beginning.plus(Instant::now().duration_since(began))
    }

    /// Returns a new instance of a function behind the API.
    fn instance(&self) -> Api {
        self.instance_with(RetryPolicy::default(), Timeouts::INTERACTIVE)
    }

    /// Returns a new instance of the function that applies batches.
    fn worker(&self) -> Api {
        self.instance_with(RetryPolicy::BACKGROUND, Timeouts::BACKGROUND)
    }

    fn instance_with(&self, retry_policy: RetryPolicy, timeouts: Timeouts) -> Api {
        let (client, tables) = (self.world.client_of_function(timeouts), &self.world.tables);
        let accounts = Accounts::new(client.clone(), tables.accounts.clone());
        let storage = Storage::new(client, tables.clone(), retry_policy).telling_for(Duration::ZERO);
        Api::new(Context::new(storage, accounts, Clock::from_fn(self.clock())), self.world.secret.clone())
    }

    /// Sends these bodies to a path, by so many instances at once. Returns the answers, and the virtual time until the last one.
    async fn send(&self, instances: usize, path: &'static str, bodies: Vec<String>) -> (Vec<Reply>, Duration) {
        let bodies = Arc::new(Mutex::new(bodies.into_iter()));
        let mut all = JoinSet::new();
        for _ in 0..instances {
            let (api, bodies, clock) = (self.instance(), Arc::clone(&bodies), self.clock());
            all.spawn(async move {
                let mut replies = Vec::new();
                loop {
                    let Some(body) = bodies.lock().unwrap().next() else { return replies };
                    let deadline = Some(clock().plus(REQUEST_TIME));
                    let request = Request { deadline, ..api.with_secret(request("POST", path, body.as_bytes())) };
                    let reply = tokio::time::timeout(REQUEST_TIME - MARGIN, api.send(request)).await;
                    replies.push(reply.expect("an answer within the request's time"));
                }
            });
        }
        let began = Instant::now();
        tokio::time::pause();
        let replies = all.join_all().await.into_iter().flatten().collect();
        let took = began.elapsed();
        tokio::time::resume();
        (replies, took)
    }

    /// Prints figures, which a failed test shows, and `--nocapture`.
    fn report(&self, what: &str, took: Duration) {
        println!("{what}: {:.1} s of virtual time; {}", took.as_secs_f64(), self.partitions.report());
    }
}

/// Panics if a request was not answered with a 200.
fn all_succeeded(replies: &[Reply]) {
    let mut refused: Vec<_> = replies.iter().filter(|reply| reply.status != 200).map(|reply| reply.text.as_str()).collect();
    let count = refused.len();
    refused.dedup();
    assert!(refused.is_empty(), "{count} of {} were refused: {refused:?}", replies.len());
}
