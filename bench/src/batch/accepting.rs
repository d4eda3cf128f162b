//! What it takes to accept a full batch: the processor's time beside that of reading the same bytes as JSON, requests and units.

use aws_sdk_dynamodb::Client;
use http::StatusCode;
use indicatif::ProgressBar;

use super::bodies::{Body, Kind};
use super::units;
use crate::instance::Instance;
use crate::local::Local;
use crate::parrot::Parrot;
use crate::recorder::{Notes, Recorder};
use crate::statistics::Spread;
use crate::{again, cpu};

/// In each, everything gets its turn once.
pub(super) const ROUNDS: u64 = 15;

/// Where batches are sent.
pub(super) const PATH: &str = "/v3/observe/hooks/profiles/batch";

/// What accepting took.
pub(super) struct Accepting {
    pub(super) requests: u32,
    /// Write units of the chunks.
    pub(super) chunk_units: f64,
    /// Write units of the transaction.
    pub(super) commit_units: f64,
    /// A round each.
    pub(super) rounds: Vec<Times>,
}

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

impl Accepting {
    /// Of one time, or of a ratio of two.
    pub(super) fn median(&self, of: impl Fn(Times) -> f64) -> Spread {
        Spread::of(self.rounds.iter().copied().map(of))
    }
}

/// Accepts the body in turns with what it is compared with.
pub(super) async fn measure(local: &Local, body: &Body, bar: &ProgressBar) -> Accepting {
    let notes = recorded(local, body).await;
    let [commit] = notes.transactions.as_slice() else { panic!("a batch is accepted by one transaction") };
    let (requests, chunk_units, commit_units) = (notes.requests(), notes.write_units, units::of(commit));

    let client = local.client_on(Parrot::default());
    let instance = Instance::new(client.clone(), &local.secret);
    // The first asks the database, and warms up.
    accept(&instance, body).await;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let tree = tree(body);
        let handler = accept(&instance, body).await;
        let calls = calls(&client, &notes).await;
        rounds.push(Times { tree, handler, calls });
        bar.inc(1);
    }
    Accepting { requests, chunk_units, commit_units, rounds }
}

/// What goes to the database, by an instance that knows the secret already.
async fn recorded(local: &Local, body: &Body) -> Notes {
    let recorder = Recorder::default();
    let instance = Instance::new(local.recorded_by(&recorder), &local.secret);
    accept(&instance, &Body::about(Kind::Short, &[], "")).await;
    recorder.take();
    accept(&instance, body).await;
    recorder.take()
}

async fn accept(instance: &Instance, body: &Body) -> f64 {
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
