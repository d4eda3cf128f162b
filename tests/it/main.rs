//! The behaviour of the API and the worker, called in this process, on DynamoDB Local.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

mod accounts;
mod activities;
mod addresses;
mod alarms;
mod bad_input;
mod batch;
mod claims;
mod companies;
mod concurrency;
mod counts;
mod deletions;
mod examples;
mod explorer;
mod faults;
mod forms;
mod fuzz;
mod idempotency;
mod identity;
mod merge_null;
mod openapi;
mod paths;
mod properties;
mod races;
mod retrieve;
mod scale;
mod search;
mod throughput;
mod torn_addresses;
mod uids;
mod units;
mod unset_email;
mod values;
mod warnings;
