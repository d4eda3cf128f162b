//! Reads filters as a client sends them.

use profiles_domain::Error;
use profiles_normalization::Timestamp;

use crate::tree::{Filters, GroupOp};

impl Filters {
    /// Reads filters from the JSON text of an array. `now` is the time of the request, from which days are counted.
    ///
    /// # Errors
    /// `InvalidField` that names the path (`filters[2].filters[0].op`) and what would do.
    pub fn parse(json: &str, op: GroupOp, now: Timestamp) -> Result<Self, Error> {
        let _ = (json, op, now);
        Err(Error::invalid_field("filters", "TODO"))
    }
}

/// Reads an operator of groups; `path` is the field's.
///
/// # Errors
/// `InvalidField` for any other word.
pub fn filters_op(path: &str, word: &str) -> Result<GroupOp, Error> {
    match word {
        "and" => Ok(GroupOp::And),
        "or" => Ok(GroupOp::Or),
        _ => Err(Error::invalid_field(path, "`and` or `or`")),
    }
}
