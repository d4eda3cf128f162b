//! The processor's time to accept a batch, beside that of reading the same bytes as JSON.

use aws_sdk_dynamodb::Client;
use http::StatusCode;
use indicatif::ProgressBar;

use crate::batch::PATH;
use crate::batch::bodies::Body;
use crate::instance::Instance;
use crate::local::Local;
use crate::parrot::Parrot;
use crate::recorder::Notes;
use crate::{again, cpu};

/// In each, everything gets its turn once.
pub(super) const ROUNDS: u64 = 15;

/// Seconds of the processor, for the same body.
#[derive(Clone, Copy)]
pub(super) struct Times {
    /// For reading the bytes as a tree.
    pub(super) tree: f64,
    /// For the handler, with answers that are there at once.
    pub(super) handler: f64,
    /// For its calls to the database alone, ready-made: writing them as JSON, signing them.
    pub(super) calls: f64,
}

impl Times {
    /// For all that isn't a call to the database.
    pub(super) fn own(self) -> f64 {
        self.handler - self.calls
    }
}

/// Accepts the body in turns with what it is compared with. The calls are those that were noted when it was accepted before.
pub(super) async fn measure(local: &Local, body: &Body, notes: &Notes, bar: &ProgressBar) -> Vec<Times> {
    let client = local.client_on(Parrot::default());
    let instance = Instance::new(client.clone(), &local.secret);
    // The first asks the database, and warms up.
    accept(&instance, body).await;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let tree = tree(body);
        let handler = accept(&instance, body).await;
        let calls = calls(&client, notes).await;
        rounds.push(Times { tree, handler, calls });
        bar.inc(1);
    }
    rounds
}

pub(super) async fn accept(instance: &Instance, body: &Body) -> f64 {
    let request = instance.request("POST", PATH, String::new(), body.text.as_str());
    let began = cpu::time();
    let response = profiles_api::batch(&instance.context, request).await;
    let took = cpu::time() - began;
    assert_eq!(response.status(), StatusCode::ACCEPTED, "{}", response.body());
    took.as_secs_f64()
}

/// Only the reading counts: what was read is dropped later.
fn tree(body: &Body) -> f64 {
    let began = cpu::time();
    let tree: serde_json::Value = serde_json::from_slice(body.text.as_bytes()).expect("JSON");
    let took = cpu::time() - began;
    assert!(tree.is_object());
    took.as_secs_f64()
}

async fn calls(client: &Client, notes: &Notes) -> f64 {
    let (bunches, transactions) = (notes.bunches.clone(), notes.transactions.clone());
    let began = cpu::time();
    for bunch in bunches {
        again::write(client, bunch).await;
    }
    for transaction in transactions {
        again::transact(client, transaction).await;
    }
    (cpu::time() - began).as_secs_f64()
}
