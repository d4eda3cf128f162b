//! The API over HTTP, served by `cargo lambda watch` as `make dev` serves it, and `make dev` itself.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod child_process;
mod csv;
mod dev;
mod documents;
mod event_sources;
mod events;
mod examples;
mod killed;
mod logs;
mod metrics;
mod processes;
mod readme;
mod requests;
mod routes;
mod served;
mod server;
