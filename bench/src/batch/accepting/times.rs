//! The processor's time to accept a batch, compared with that of reading the same bytes as JSON.

use aws_sdk_dynamodb::Client;
use http::StatusCode;

use crate::batch::bodies::{Body, PATH};
use crate::canned::CannedClient;
use crate::instance::Instance;
use crate::local::Local;
use crate::recorder::Recorded;
use crate::{cpu, progress, replay_calls};

/// The processor's seconds, for the same body.
#[derive(Clone, Copy)]
pub(super) struct Times {
    /// For reading the bytes as a tree.
    pub(super) tree: f64,
    /// For the handler, with responses of the database that are there at once.
    pub(super) handler: f64,
    /// For its calls to the database alone, ready-made: writing them as JSON, signing them.
    pub(super) calls: f64,
}

impl Times {
    /// Returns the seconds for all but the calls to the database.
    pub(super) fn own(self) -> f64 {
        self.handler - self.calls
    }
}

/// Accepts the body in turns with reading it, and with the calls that were recorded when it was accepted before.
pub(super) async fn measure(local: &Local, body: &Body, name: &str, recorded: &Recorded, rounds: u64) -> Vec<Times> {
    let bar = progress::bar(&format!("accepting items with {name}, in turns with reading them (10 seconds)"), rounds);
    let client = local.client_on(CannedClient::default());
    let instance = Instance::new(client.clone(), &local.secret);
    // The first asks the database, and warms up.
    accept(&instance, body).await;
    let mut times = Vec::new();
    for _ in 0..rounds {
        let tree = tree(body);
        let handler = accept(&instance, body).await;
        let calls = calls(&client, recorded).await;
        times.push(Times { tree, handler, calls });
        bar.inc(1);
    }
    bar.finish_and_clear();
    times
}

/// Accepts the body, and returns the processor's seconds.
pub(super) async fn accept(instance: &Instance, body: &Body) -> f64 {
    let request = instance.request("POST", PATH, String::new(), body.text.as_str());
    let began = cpu::time();
    let response = profiles_api::batch(&instance.context, request).await;
    let took = cpu::time() - began;
    assert_eq!(response.status(), StatusCode::ACCEPTED, "{}", response.body());
    took.as_secs_f64()
}

/// Reads the body as a tree. Dropping it does not count.
fn tree(body: &Body) -> f64 {
    let began = cpu::time();
    let tree: serde_json::Value = serde_json::from_slice(body.text.as_bytes()).expect("JSON");
    let took = cpu::time() - began;
    assert!(tree.is_object());
    took.as_secs_f64()
}

/// Makes the recorded calls again.
async fn calls(client: &Client, recorded: &Recorded) -> f64 {
    let (batch_writes, transactions) = (recorded.batch_writes.clone(), recorded.transactions.clone());
    let began = cpu::time();
    for items in batch_writes {
        replay_calls::write_many(client, items).await;
    }
    for transaction in transactions {
        replay_calls::transact(client, transaction).await;
    }
    (cpu::time() - began).as_secs_f64()
}
