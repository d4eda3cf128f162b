//! Conditions on an item's revision: nobody changed it since it was seen.

use aws_sdk_dynamodb::types::builders::PutBuilder;

use super::attributes::{PK, REV};
use crate::dynamo::item::{Attributes, Item};
use crate::dynamo::value::number;

/// The condition that an item is as it was seen, and its values. One that is left without a revision counts as absent.
pub(crate) fn unchanged(seen: &Item) -> (String, Option<Attributes>) {
    match seen.revision() {
        Some(revision) => as_of(revision),
        None => (format!("attribute_not_exists({REV})"), None),
    }
}

/// Adds the condition that a record is as it was seen, or is not there if none was seen.
pub(crate) fn if_unchanged(put: PutBuilder, seen: &Item) -> PutBuilder {
    let (condition, values) = match seen.revision() {
        Some(revision) => as_of(revision),
        None => (format!("attribute_not_exists({PK})"), None),
    };
    put.condition_expression(condition).set_expression_attribute_values(values)
}

fn as_of(revision: u64) -> (String, Option<Attributes>) {
    (format!("{REV} = :seen"), Some(Attributes::from([(":seen".to_owned(), number(revision))])))
}
