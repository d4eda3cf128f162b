//! The tests' library.
//!
//! [`World`] is a database of its own for each test, with the template's tables and an account. [`Api`] is a client of the API. [`Wire`]
//! counts calls to the database, and gives them faults. [`Held`] lets the calls of one task pass one by one.
//! [`Partitions`] take only so many units a second, in virtual time; [`Limited`] is a world with such partitions, and [`scale`] is traffic on it.
//! [`Lag`] makes indexes and eventually consistent reads late.
//! [`invariants`] and [`activities`] check what is stored; [`check_answer`] holds every answer against `openapi.yaml`; [`logs`] checks every
//! log line for private data.

// Tests may panic: this library serves no requests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

pub mod activities;
pub mod api;
pub mod backup;
#[cfg(feature = "contract")]
pub mod contract;
pub mod events;
pub mod gate;
pub mod heads;
pub mod invariants;
pub mod lag;
pub mod limited;
pub mod logs;
pub mod partitions;
pub mod paths;
pub mod permissions;
pub mod scale;
pub mod spelling;
pub mod stream;
pub mod wire;
pub mod world;

use http::HeaderMap;
use profiles_api::routes::Route;
use serde_json::Value;

pub use api::{Api, Reply};
pub use gate::{Arrival, Held};
pub use lag::{Lag, Lagging};
pub use limited::Limited;
pub use partitions::Partitions;
pub use wire::{Call, Fault, Wire};
pub use world::World;

/// Checks that an answer to a request of this route, or of none, is as `openapi.yaml` says. Benchmarks, which are built without the feature
/// `contract`, check nothing.
///
/// # Errors
/// A text that says in what it differs.
#[cfg_attr(not(feature = "contract"), expect(unused_variables, reason = "only tests ask"))]
pub fn check_answer(route: Option<Route>, status: u16, headers: &HeaderMap, body: &Value) -> Result<(), String> {
    #[cfg(feature = "contract")]
    contract::contract().check(route, status, headers, body)?;
    Ok(())
}

/// The size of a test: the first of these, or the second with `SIZES=full`, as in `make test-long`. DynamoDB Local takes milliseconds for each
/// request, and most of the time of all tests.
#[must_use]
pub fn size(part: usize, full: usize) -> usize {
    if is_full() { full } else { part }
}

/// Whether tests run in their full size.
#[must_use]
pub fn is_full() -> bool {
    match std::env::var("SIZES") {
        Ok(sizes) if sizes == "full" => true,
        Ok(sizes) => panic!("SIZES is `full` or not set, and not {sizes}"),
        Err(_) => false,
    }
}

/// Reads a file of the project, by its path in it.
#[must_use]
pub fn project_file(path: &str) -> String {
    let project = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the project's directory");
    std::fs::read_to_string(project.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
