//! dev
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]
#[path = "../it/fuzz/mod.rs"]
mod fuzz;
