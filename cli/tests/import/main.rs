//! `profiles import` as a user runs it, against a server that gets into trouble.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "what a test needs and does not get ends it")]

mod answers;
mod cells;
mod command;
mod documents;
mod files;
mod mappings;
mod results;
mod resuming;
mod server;
#[path = "../support/mod.rs"]
mod support;
