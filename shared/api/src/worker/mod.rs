//! Work in the background, for which no client waits: batches are applied, and interrupted clears and forgets finished.

mod chunk;
mod requeue;
mod stop;
mod sweep;
pub(crate) mod time_left;

pub use chunk::{Attempt, apply_ticket};
pub(crate) use chunk::{apply, recording_failure, span};
pub use requeue::{requeue_stale, untouched_for};
pub(crate) use stop::Stop;
pub use sweep::{Swept, sweep};
