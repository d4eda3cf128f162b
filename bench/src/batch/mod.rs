//! Batches: accepting a full one, and applying one.

pub(crate) mod accepting;
pub(crate) mod applying;
pub(crate) mod bodies;
pub(crate) mod worker;

pub(crate) use accepting::{ACCEPT_ALONE, accept_alone};

/// The path of batches.
pub(crate) const PATH: &str = "/v3/observe/hooks/profiles/batch";
