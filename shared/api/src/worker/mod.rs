//! Work that no client waits for.

mod chunk;
mod requeue;
mod stop;
mod sweep;
pub(crate) mod time_left;

pub use chunk::{Attempt, apply_ticket};
pub(crate) use chunk::{apply, noting_failure, span};
pub use requeue::{waiting, wake_late};
pub(crate) use stop::Until;
pub use sweep::{Swept, sweep};
