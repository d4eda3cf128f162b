//! Names and values of an expression, within DynamoDB's limits.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::part::{Part, Shape};

/// Bytes of a condition. DynamoDB allows 4,096, of which the bounds of a search take some.
const MAX_BYTES: usize = 3_900;
/// Operators and functions of a condition. DynamoDB allows 300.
const MAX_OPERATORS: usize = 285;
/// Bytes of all names and values, each as often as it stands in the condition. DynamoDB allows 1 MiB, as it counts.
const MAX_EXPANDED_BYTES: usize = 800_000;
/// Names in a path. DynamoDB allows 32, and no hash is that deep.
const MAX_NAMES: usize = 16;

/// What a name begins with that stands for an attribute.
const NAME: &str = "#f";
/// What a name begins with that stands for a value.
const VALUE: &str = ":f";

/// Something does not fit into an expression.
pub(super) struct OverLimits;

/// The names and values so far, and how much of the limits is used.
#[derive(Default)]
pub(super) struct Writer {
    names: Vec<String>,
    values: Vec<AttributeValue>,
    used: Used,
}

#[derive(Clone, Copy, Default)]
struct Used {
    bytes: usize,
    operators: usize,
    expanded_bytes: usize,
}

/// A state of a writer to which it can go back.
pub(super) struct Mark {
    names: usize,
    values: usize,
    used: Used,
}

impl Writer {
    pub(super) fn mark(&self) -> Mark {
        Mark { names: self.names.len(), values: self.values.len(), used: self.used }
    }

    /// Forgets what was written since. DynamoDB refuses names and values that its expressions do not use.
    pub(super) fn back_to(&mut self, mark: Mark) {
        self.names.truncate(mark.names);
        self.values.truncate(mark.values);
        self.used = mark.used;
    }

    /// The path of these names.
    pub(super) fn path(&mut self, names: &[String]) -> Result<String, OverLimits> {
        if names.len() > MAX_NAMES {
            return Err(OverLimits);
        }
        let names: Vec<_> = names.iter().map(|name| format!("{NAME}{}", place(&mut self.names, name.clone()))).collect();
        Ok(names.join("."))
    }

    /// What stands for a value.
    pub(super) fn value(&mut self, value: AttributeValue) -> String {
        format!("{VALUE}{}", place(&mut self.values, value))
    }

    /// A condition that takes this many operators, besides one that combines it with others.
    pub(super) fn condition(&mut self, text: String, shape: Shape, operators: usize) -> Result<Part, OverLimits> {
        self.used.expanded_bytes += self.expanded_bytes(&text);
        self.take(text.len() + " AND ()".len(), operators + 1)?;
        Ok(Part::exact(text, shape))
    }

    /// The negation of a condition.
    pub(super) fn negated(&mut self, part: Part) -> Result<Part, OverLimits> {
        self.take("NOT ()".len(), 1)?;
        Ok(part.not())
    }

    fn take(&mut self, bytes: usize, operators: usize) -> Result<(), OverLimits> {
        self.used.bytes += bytes;
        self.used.operators += operators;
        let Used { bytes, operators, expanded_bytes } = self.used;
        let is_over = bytes > MAX_BYTES || operators > MAX_OPERATORS || expanded_bytes > MAX_EXPANDED_BYTES;
        if is_over { Err(OverLimits) } else { Ok(()) }
    }

    /// The bytes of the names and values in a condition.
    fn expanded_bytes(&self, condition: &str) -> usize {
        let words = condition.split(|character: char| !character.is_ascii_alphanumeric() && !matches!(character, '#' | ':'));
        words
            .map(|word| match (word.strip_prefix(NAME), word.strip_prefix(VALUE)) {
                (Some(place), _) => place.parse().ok().and_then(|place: usize| self.names.get(place)).map_or(0, String::len),
                (_, Some(place)) => place.parse().ok().and_then(|place: usize| self.values.get(place)).map_or(0, size),
                _ => 0,
            })
            .sum()
    }

    /// The names and values, by the names that stand for them.
    pub(super) fn placeholders(self) -> (HashMap<String, String>, HashMap<String, AttributeValue>) {
        let names = self.names.into_iter().enumerate().map(|(index, name)| (format!("{NAME}{index}"), name));
        let values = self.values.into_iter().enumerate().map(|(index, value)| (format!("{VALUE}{index}"), value));
        (names.collect(), values.collect())
    }
}

/// The place of something in a list, into which it is put if it is not there.
fn place<T: PartialEq>(list: &mut Vec<T>, wanted: T) -> usize {
    let place = list.iter().position(|known| *known == wanted).unwrap_or(list.len());
    if place == list.len() {
        list.push(wanted);
    }
    place
}

/// About as many bytes as DynamoDB counts; rather more.
fn size(value: &AttributeValue) -> usize {
    const OVERHEAD: usize = 4;
    OVERHEAD
        + match value {
            AttributeValue::S(text) => text.len(),
            // At most 38 digits, two in a byte, and two bytes more.
            AttributeValue::N(_) => 21,
            AttributeValue::L(items) => items.iter().map(size).sum(),
            AttributeValue::M(members) => members.iter().map(|(name, value)| name.len() + size(value)).sum(),
            _ => 1,
        }
}
