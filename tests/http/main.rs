//! The real binaries: the functions over HTTP as `make dev` serves them, `make dev` itself, the server, and the admin command.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod child_process;
mod company_examples;
mod consistency;
mod csv;
mod dev;
mod documents;
mod event_sources;
mod events;
mod examples;
mod kill_and_recover;
mod local_api;
mod log_bytes;
mod logs;
mod metrics;
mod paths;
mod read_request;
mod routes;
mod runtime_api;
mod server;
mod verify;
