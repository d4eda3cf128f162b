//! Values as they are stored.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::Number;

/// Bytes of UTF-8 of a stored string at most: of a property, an item of an array or a value of a hash.
pub const MAX_VALUE_BYTES: usize = 768;

/// Levels of hashes that are stored as hashes; a property's own hash is the first.
pub const MAX_HASH_DEPTH: usize = 3;

/// A normalized value.
///
/// Timestamps are strings in the form that [`crate::Timestamp`] writes. A value serializes as JSON, a number with all its
/// digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// JSON's `null`, which is stored like any other value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, exactly as sent.
    Number(Number),
    /// A string of at most [`MAX_VALUE_BYTES`]; also every timestamp.
    String(String),
    /// Booleans, numbers and strings only, in the order sent.
    Array(Vec<Value>),
    /// Values by their normalized names; at most [`MAX_HASH_DEPTH`] levels in all.
    Hash(BTreeMap<String, Value>),
}

impl Value {
    /// The value as JSON text.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Names are strings, and every number is JSON, so that this cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}
