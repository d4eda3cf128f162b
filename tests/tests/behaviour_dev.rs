//! Development only.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "it/bad_input.rs"]
mod bad_input;
#[path = "it/examples.rs"]
mod examples;
#[path = "it/retrieve.rs"]
mod retrieve;
#[path = "it/accounts.rs"]
mod accounts;
#[path = "it/companies.rs"]
mod companies;
#[path = "it/fuzz.rs"]
mod fuzz;
#[path = "it/warnings.rs"]
mod warnings;
