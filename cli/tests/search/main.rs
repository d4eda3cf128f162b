//! `profiles search`, `count` and `export` as a user runs them, against a server that gets into trouble.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "what a test needs and does not get ends it")]

mod answers;
mod command;
mod documents;
mod exports;
mod filters;
mod output;
mod resuming;
mod server;
#[path = "../support/mod.rs"]
mod support;
