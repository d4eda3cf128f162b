//! DynamoDB itself: its client, its calls and what they answer, items and values. Knows tables, and not what they mean.

pub(crate) mod client;
pub(crate) mod database;
pub(crate) mod item;
pub mod meter;
pub(crate) mod read_many;
pub(crate) mod retry;
pub(crate) mod size;
pub(crate) mod tables;
pub(crate) mod transaction;
mod unsent;
pub(crate) mod value;
mod write_many;
