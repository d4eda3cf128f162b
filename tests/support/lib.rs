//! What the tests share: a database of their own, a client of the API, and a wire on which calls are counted, held and broken.

// Tests may stop at the first surprise; nothing here serves a request.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

pub mod activities;
pub mod api;
pub mod backup;
pub mod events;
pub mod gate;
pub mod invariants;
pub mod logs;
mod permissions;
pub mod readme;
pub mod stream;
pub mod wire;
pub mod world;

pub use api::{Api, Reply};
pub use gate::Held;
pub use wire::{Call, Fault, Wire};
pub use world::World;
