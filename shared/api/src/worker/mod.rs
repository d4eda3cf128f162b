//! Work in the background, for which no client waits: batches are applied, and what was left unfinished is found and continued.

mod chunk;
mod portions;
mod requeue;
mod sweep;
pub(crate) mod time_left;
mod turn;

pub use chunk::{Attempt, apply_ticket};
pub(crate) use chunk::{apply_in_turn, span};
pub use requeue::untouched_for;
pub use sweep::{Swept, sweep};
pub(crate) use turn::{LONGEST_ATTEMPT, Turn};
