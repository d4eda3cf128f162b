//! The endpoints of companies.

pub(super) mod delete;
mod lookup;
pub(super) mod members;
pub(super) mod retrieve;
pub(super) mod search;
pub(super) mod upsert;
