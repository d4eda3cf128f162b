//! `profiles forget` as a user runs it, against a server that gets into trouble.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "what a test needs and does not get ends it")]

mod answers;
mod command;
mod doubts;
mod files;
mod resuming;
mod server;
mod streams;
#[path = "../support/mod.rs"]
mod support;
