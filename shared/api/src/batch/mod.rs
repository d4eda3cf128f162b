//! Batches: from the body of a request to chunks, and from chunks to upserts.

pub(crate) mod chunks;
mod identify;
mod ordinal;
mod problems;

pub(crate) use chunks::{Item, chunks};
pub(crate) use identify::identify;
pub(crate) use problems::{Note, Notes, What};
