//! Batches: from the body of a request to chunks, and from chunks to upserts.

mod chunks;
mod identify;
mod notes;
mod ordinal;
mod work;

pub(crate) use chunks::{Item, chunks};
pub(crate) use identify::identify;
pub(crate) use notes::{Note, Notes, What};
pub use work::{Event, Failures, work};
