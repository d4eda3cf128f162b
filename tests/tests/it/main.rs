//! Everything that crosses crates, on DynamoDB Local, in one binary.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod concurrency;
mod counts;
mod faults;
mod identity;
mod interleaving;
