//! The endpoints of companies.

pub(super) mod batch;
pub(super) mod delete;
pub(super) mod members;
pub(super) mod retrieve;
pub(super) mod search;
pub(super) mod upsert;
