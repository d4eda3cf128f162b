//! A world whose partitions take a limited number of units a second, in virtual time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use profiles_api::{Clock, Context, Request};
use profiles_normalization::Timestamp;
use profiles_storage::accounts::Accounts;
use profiles_storage::{RetryPolicy, Storage, Timeouts};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::api::request;
use crate::{Api, Partitions, Reply, World};

/// The time until a function that answers a request is ended.
const REQUEST_TIME: Duration = Duration::from_secs(29);
/// It answers this long before.
const MARGIN: Duration = Duration::from_millis(500);

/// How tokio's clock is paused, and goes on. Only tests and benchmarks have these functions of tokio's.
#[derive(Clone, Copy)]
pub struct VirtualTime {
    /// `tokio::time::pause`.
    pub pause: fn(),
    /// `tokio::time::resume`.
    pub resume: fn(),
}

/// A world whose partitions are limited, and its time.
pub struct Limited {
    /// The world.
    pub world: World,
    /// Its partitions.
    pub partitions: Partitions,
    time: VirtualTime,
    began: Instant,
}

impl Limited {
    /// Limits a world by these partitions.
    #[must_use]
    pub fn new(world: World, partitions: Partitions, time: VirtualTime) -> Self {
        world.wire.limit(&partitions);
        Self { world, partitions, time, began: Instant::now() }
    }

    /// Returns the clock of the functions, by tokio's time.
    pub fn clock(&self) -> impl Fn() -> Timestamp + Send + Sync + 'static {
        let (began, at_the_beginning) = (self.began, self.world.now());
        move || at_the_beginning.plus(Instant::now().duration_since(began))
    }

    /// Returns a new instance of a function behind the API.
    #[must_use]
    pub fn instance(&self) -> Api {
        self.instance_with(RetryPolicy::default(), Timeouts::INTERACTIVE)
    }

    /// Returns a new instance of the function that applies batches.
    #[must_use]
    pub fn worker(&self) -> Api {
        self.instance_with(RetryPolicy::BACKGROUND, Timeouts::BACKGROUND)
    }

    fn instance_with(&self, retry_policy: RetryPolicy, timeouts: Timeouts) -> Api {
        let (client, tables) = (self.world.client_of_function(timeouts), &self.world.tables);
        let accounts = Accounts::new(client.clone(), tables.accounts.clone());
        let storage = Storage::new(client, tables.clone(), retry_policy).telling_for(Duration::ZERO);
        Api::new(Context::new(storage, accounts, Clock::from_fn(self.clock())), self.world.secret.clone())
    }

    /// Sends a body to a path, by an instance that has the time of a request for it.
    ///
    /// # Panics
    /// If it is not answered in that time.
    pub async fn post(api: &Api, clock: impl Fn() -> Timestamp, path: &str, body: &str) -> Reply {
        let deadline = Some(clock().plus(REQUEST_TIME));
        let request = Request { deadline, ..api.with_secret(request("POST", path, body.as_bytes())) };
        let reply = tokio::time::timeout(REQUEST_TIME - MARGIN, api.send(request)).await;
        reply.expect("an answer within the request's time")
    }

    /// Sends these bodies to a path, by so many instances at once. Returns the answers, and the virtual time until the last one.
    pub async fn send(&self, instances: usize, path: &'static str, bodies: Vec<String>) -> (Vec<Reply>, Duration) {
        let bodies = Arc::new(Mutex::new(bodies.into_iter()));
        let mut all = JoinSet::new();
        for _ in 0..instances {
            let (api, bodies, clock) = (self.instance(), Arc::clone(&bodies), self.clock());
            all.spawn(async move {
                let mut replies = Vec::new();
                loop {
                    let Some(body) = bodies.lock().unwrap().next() else { return replies };
                    replies.push(Self::post(&api, &clock, path, &body).await);
                }
            });
        }
        let (replies, took) = self.in_virtual_time(all.join_all()).await;
        (replies.into_iter().flatten().collect(), took)
    }

    /// Does some work while time is virtual. Returns how much of it passed.
    pub async fn in_virtual_time<T>(&self, work: impl Future<Output = T>) -> (T, Duration) {
        let began = Instant::now();
        (self.time.pause)();
        let result = work.await;
        let took = began.elapsed();
        (self.time.resume)();
        (result, took)
    }

    /// Prints figures, which a failed test shows, and `--nocapture`.
    pub fn report(&self, what: &str, took: Duration) {
        println!("{what}: {:.1} s of virtual time; {}", took.as_secs_f64(), self.partitions.report());
    }
}
