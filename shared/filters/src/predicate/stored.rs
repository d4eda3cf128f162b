//! How stored values are looked at, whatever library they are of.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use profiles_normalization::Value;

/// A look at a stored value.
pub enum Look<'a, V> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, in a spelling of JSON.
    Number(&'a str),
    /// A string.
    Text(&'a str),
    /// An array.
    Array(&'a [V]),
    /// A hash: its members by their names.
    Hash(&'a dyn Members<V>),
    /// Something that no property holds.
    Other,
}

/// The members of a hash.
pub trait Members<V> {
    /// The member of this name.
    fn member(&self, name: &str) -> Option<&V>;
    /// The number of members.
    fn count(&self) -> usize;
}

impl<V, S: BuildHasher> Members<V> for HashMap<String, V, S> {
    fn member(&self, name: &str) -> Option<&V> {
        self.get(name)
    }

    fn count(&self) -> usize {
        self.len()
    }
}

impl<V> Members<V> for BTreeMap<String, V> {
    fn member(&self, name: &str) -> Option<&V> {
        self.get(name)
    }

    fn count(&self) -> usize {
        self.len()
    }
}

/// How stored values are looked at. It is not a trait of the values, because those are another library's.
pub trait Stored {
    /// A stored value.
    type Value;

    /// What a value is.
    fn look(value: &Self::Value) -> Look<'_, Self::Value>;
}

/// Looks at normalized values.
pub struct Normalized;

impl Stored for Normalized {
    type Value = Value;

    fn look(value: &Value) -> Look<'_, Value> {
        match value {
            Value::Null => Look::Null,
            Value::Bool(bool) => Look::Bool(*bool),
            Value::Number(number) => Look::Number(number.as_str()),
            Value::String(text) => Look::Text(text),
            Value::Array(items) => Look::Array(items),
            Value::Hash(members) => Look::Hash(members),
        }
    }
}
