//! Filters: which profiles a search finds.
//!
//! [`Filters::parse`] reads what a client sends, and [`Filters::fit`] tells whether a record fits. Nothing here reads a database: the caller
//! says how a record is looked at ([`Record`]), and what is known of its company and its activities.

mod parse;
mod predicate;
mod tree;

pub use parse::filters_op;
pub use predicate::{Look, Members, Normalized, Record, Stored};
pub use tree::{
    Activity, ActivityFilter, Comparison, Field, Filter, Filters, Group, GroupOp, MAX_FILTERS, MAX_LEVELS, MAX_VALUES, PropertyFilter,
    Test, Window,
};
