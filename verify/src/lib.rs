//! An acceptance test of a deployment: `make verify`.

pub mod guide;
