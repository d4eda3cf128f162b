//! Makes random requests about a few users, whose spellings and values are at the edges of the contract. A seed makes the same ones again.

mod forms;
mod names;
mod numbers;
mod requests;
mod times;
mod users;
mod values;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::json::Json;

pub(super) use requests::session;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Upsert,
    Batch,
    Retrieve,
    Event,
    Webhook,
    Deliver,
    Cancel,
    Clear,
    Forget,
}

/// A request's body.
#[derive(Clone, Debug)]
pub(super) enum Body {
    Nothing,
    Json(Vec<(String, Json)>),
    Form(Vec<(String, String)>),
}

/// A request. A text such as `{profile 3}` stands for an id that was answered before; see `ids`.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) kind: Kind,
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Body,
    /// The time since the request before, in milliseconds.
    pub(super) pause: u32,
    /// Decides how JSON and forms are spelled, where it means the same.
    pub(super) spelling: u64,
}

/// Random choices.
pub(super) struct Dice(StdRng);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    /// Returns a number below this.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0.random_range(0..end)
    }

    /// Returns true once in so many times.
    pub(super) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub(super) fn pick<T: Clone>(&mut self, choice: &[T]) -> T {
        choice[self.below(choice.len())].clone()
    }

    pub(super) fn seed(&mut self) -> u64 {
        self.0.random()
    }
}
