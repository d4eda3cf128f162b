//! The API without Lambda: every route from one process, which applies accepted batches too.
//!
//! `connections` takes connections and lets them go, `requests` answers what comes on them by `profiles_api::dispatch`, `chunks` applies
//! batches, `schedule` looks for what others left, and `run` begins and ends it all.

mod body;
mod chunks;
mod connections;
mod ending;
mod probes;
mod requests;
mod run;
mod schedule;
mod settings;

pub use run::{ServerError, run};
pub use settings::Settings;
