//! Development only.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "it/bad_input.rs"]
mod bad_input;
#[path = "it/examples.rs"]
mod examples;
#[path = "it/retrieve.rs"]
mod retrieve;
