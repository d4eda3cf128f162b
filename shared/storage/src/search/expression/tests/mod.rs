//! Translations are asked of DynamoDB Local, and compared with the predicate.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "what a test needs and does not get ends it")]

mod alone;
mod limits;
mod table;
mod trees;
mod values;
