//! Values as they are stored.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::Number;

/// The longest string that is stored, as a property, an item of an array or a value of a hash, in bytes of UTF-8.
pub const MAX_VALUE_BYTES: usize = 768;

/// How many levels of hashes are stored as such; a property's own hash is the first.
pub const MAX_HASH_DEPTH: usize = 3;

/// A normalized value.
///
/// Timestamps are strings in the one form that [`crate::Timestamp`] writes. It serializes as the JSON it stands for,
/// numbers with all their digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// JSON's `null`, which is stored like any other value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, exactly as large as it was sent.
    Number(Number),
    /// A string of at most [`MAX_VALUE_BYTES`]; also every timestamp.
    String(String),
    /// Booleans, numbers and strings, nothing else, in the order sent.
    Array(Vec<Value>),
    /// Values by their normalized names; at most [`MAX_HASH_DEPTH`] levels in all.
    Hash(BTreeMap<String, Value>),
}
