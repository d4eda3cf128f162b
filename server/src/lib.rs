//! The API without Lambda: one process that serves every route, and applies accepted batches.
//!
//! `connections` accepts and closes connections, `requests` serves their requests by `profiles_api::dispatch`, `worker` applies the chunks
//! of batches, `schedule` takes over the work of processes that are gone, and `run` starts and stops it all.

mod body;
mod connections;
mod probes;
mod requests;
mod run;
mod schedule;
mod settings;
mod shutdown;
mod worker;

pub use run::{ServerError, run};
pub use settings::Settings;
