//! Batches: from the body of a request to chunks, and from chunks to upserts.

mod chunks;
mod identify;
mod notes;
mod ordinal;
mod until;
mod work;

pub(crate) use chunks::{Item, chunks};
pub(crate) use identify::identify;
pub(crate) use notes::{Note, Notes, What};
pub use work::{Attempt, Event, Failures, apply_ticket, waiting, wake_late, work};
