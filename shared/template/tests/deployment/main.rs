//! What a deployment makes of the template: names, the processor of the functions, and the permissions of whoever deploys it.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "what a test needs and does not get ends it")]

mod deployer;
mod limits;
mod names;
mod processor;
#[path = "../translated/mod.rs"]
mod translated;
