//! Batches: accepting a full one, and applying one.

pub(crate) mod accepting;
pub(crate) mod applying;
pub(crate) mod bodies;
pub(crate) mod worker;

pub(crate) use accepting::{ACCEPT_ALONE, accept_alone};
