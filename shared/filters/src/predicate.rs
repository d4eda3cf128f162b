//! The predicate: whether a record fits filters.

use profiles_normalization::Value;

use crate::tree::{ActivityFilter, Filters, PropertyFilter, Test};

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

/// How stored values are looked at. It is not a trait of the values, because those are another library's.
pub trait Stored {
    /// A stored value.
    type Value;

    /// What a value is.
    fn look(value: &Self::Value) -> Look<'_, Self::Value>;
}

/// A record that may fit.
pub trait Record: Stored {
    /// The property or field of this name, if the key is there.
    fn property(&self, name: &str) -> Option<&Self::Value>;

    /// The ids of its pending deliveries.
    fn delivery_ids(&self) -> Vec<String>;

    /// Whether its company, which may be none, fits the filter of this number.
    fn company_fits(&self, number: usize, filter: &PropertyFilter) -> bool;

    /// Whether what the user did fits the filter of this number.
    fn activity_fits(&self, number: usize, filter: &ActivityFilter) -> bool;
}

impl Filters {
    /// Whether a record fits.
    pub fn fit<R: Record>(&self, record: &R) -> bool {
        let _ = record;
        false
    }
}

impl PropertyFilter {
    /// Whether a record's property fits; the filters of a company are asked with the company as the record.
    pub fn fits<R: Record>(&self, record: &R) -> bool {
        let _ = record;
        false
    }

    /// Whether a record that is not there, such as the company of a profile that is in none, fits.
    pub fn fits_nothing(&self) -> bool {
        false
    }
}

impl Test {
    /// Whether a value fits; `None` if the key is not there.
    pub fn fits<S: Stored>(&self, value: Option<&S::Value>) -> bool {
        let _ = value;
        false
    }
}

/// Looks at normalized values.
pub struct Normalized;

impl Stored for Normalized {
    type Value = Value;

    fn look(_: &Value) -> Look<'_, Value> {
        Look::Null
    }
}
