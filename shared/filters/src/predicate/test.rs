//! The tests of single values.

use std::cmp::Ordering;

use profiles_normalization::unicode::case_folded;
use profiles_normalization::{MAX_VALUE_BYTES, Number, Timestamp, Value, compare_numbers, unix_time};

use super::stored::{Look, Stored};
use crate::tree::Test;

impl Test {
    /// Whether a value fits; `None` if the key is not there.
    pub fn fits<S: Stored>(&self, value: Option<&S::Value>) -> bool {
        let look = value.map(S::look);
        match self {
            Self::Exists { negated } => look.is_some() != *negated,
            Self::Equal { value, negated } => look.is_some_and(|look| equals::<S>(&look, value)) != *negated,
            Self::Compare(comparison, with) => look.and_then(|look| order::<S>(&look, with)).is_some_and(|order| comparison.holds(order)),
            Self::Age(window) => look.and_then(|look| time_of::<S>(&look)).is_some_and(|time| window.holds(time)),
            Self::Contains { text, any_case, negated } => {
                let Some(Look::Text(stored)) = look else { return *negated };
                let contains = if *any_case { contains_in_any_case(stored, text) } else { stored.contains(text) };
                contains != *negated
            }
            Self::OneOf { values, negated } => look.is_some_and(|look| is_one_of::<S>(&look, values)) != *negated,
            Self::Has { value, negated } => {
                matches!(look, Some(Look::Array(items)) if items.iter().any(|item| equals::<S>(&S::look(item), value))) != *negated
            }
            Self::StartsWith(text) => matches!(look, Some(Look::Text(stored)) if stored.starts_with(text.as_str())),
        }
    }
}

fn equals<S: Stored>(stored: &Look<'_, S::Value>, value: &Value) -> bool {
    match (stored, value) {
        (Look::Null, Value::Null) => true,
        (Look::Bool(stored), Value::Bool(bool)) => stored == bool,
        (Look::Number(stored), Value::Number(number)) => compare_numbers(stored, number.as_str()) == Some(Ordering::Equal),
        (Look::Text(stored), Value::String(text)) => stored == text,
        (Look::Array(stored), Value::Array(items)) => {
            stored.len() == items.len() && stored.iter().zip(items).all(|(stored, item)| equals::<S>(&S::look(stored), item))
        }
        (Look::Hash(stored), Value::Hash(members)) => {
            stored.count() == members.len()
                && members.iter().all(|(name, value)| stored.member(name).is_some_and(|stored| equals::<S>(&S::look(stored), value)))
        }
        _ => false,
    }
}

fn is_one_of<S: Stored>(stored: &Look<'_, S::Value>, values: &[Value]) -> bool {
    match stored {
        // Brought into the one spelling of the values once, and not compared by digits with each of hundreds.
        Look::Number(stored) => Number::parse(stored).map(Value::Number).is_some_and(|stored| values.contains(&stored)),
        stored => values.iter().any(|value| equals::<S>(stored, value)),
    }
}

/// The order of a stored value to another; `None` if they are of different types, or have no order.
fn order<S: Stored>(stored: &Look<'_, S::Value>, value: &Value) -> Option<Ordering> {
    match (stored, value) {
        (Look::Number(stored), Value::Number(number)) => compare_numbers(stored, number.as_str()),
        // The texts of times sort like the times.
        (Look::Text(stored), Value::String(text)) if is_time(stored) == is_time(text) => Some((*stored).cmp(text.as_str())),
        _ => None,
    }
}

/// The time that a stored value is, or may be as a number.
fn time_of<S: Stored>(stored: &Look<'_, S::Value>) -> Option<Timestamp> {
    match stored {
        Look::Text(text) => Timestamp::parse_canonical(text),
        Look::Number(number) => unix_time(number.parse().ok().or_else(|| Number::parse(number)?.as_i64())?),
        _ => None,
    }
}

fn is_time(text: &str) -> bool {
    Timestamp::parse_canonical(text).is_some()
}

/// Whether a text contains another one, which is case-folded, whatever the case.
fn contains_in_any_case(text: &str, folded: &str) -> bool {
    let mut buffer = [0; MAX_VALUE_BYTES];
    match buffer.get_mut(..text.len()) {
        // Most texts, without an allocation.
        Some(buffer) if text.is_ascii() => {
            buffer.copy_from_slice(text.as_bytes());
            buffer.make_ascii_lowercase();
            std::str::from_utf8(buffer).is_ok_and(|text| text.contains(folded))
        }
        _ => case_folded(text).contains(folded),
    }
}
