//! Names and values of an expression, within DynamoDB's limits.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::part::{Part, Shape};

/// Bytes of a condition. DynamoDB allows 4,096, of which the bounds of a search take some.
const MAX_BYTES: usize = 3_900;
/// Operators and functions of a condition. DynamoDB allows 300.
const MAX_OPERATORS: usize = 285;
/// Bytes of all names and values. DynamoDB allows 2 MB, the request's other values included.
const MAX_PLACEHOLDER_BYTES: usize = 1_000_000;
/// Names in a path. DynamoDB allows 32, and no hash is that deep.
const MAX_NAMES: usize = 16;

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
    placeholder_bytes: usize,
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
        let names: Result<Vec<_>, _> = names.iter().map(|name| self.name(name)).collect();
        Ok(names?.join("."))
    }

    fn name(&mut self, name: &str) -> Result<String, OverLimits> {
        let index = self.names.iter().position(|known| known == name).unwrap_or(self.names.len());
        if index == self.names.len() {
            self.use_placeholder(name.len())?;
            self.names.push(name.to_owned());
        }
        Ok(format!("#f{index}"))
    }

    /// The name that stands for a value.
    pub(super) fn value(&mut self, value: AttributeValue) -> Result<String, OverLimits> {
        let index = self.values.iter().position(|known| *known == value).unwrap_or(self.values.len());
        if index == self.values.len() {
            self.use_placeholder(size(&value))?;
            self.values.push(value);
        }
        Ok(format!(":f{index}"))
    }

    /// A condition that takes this many operators, besides one that combines it with others.
    pub(super) fn condition(&mut self, text: String, shape: Shape, operators: usize) -> Result<Part, OverLimits> {
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
        if self.used.bytes > MAX_BYTES || self.used.operators > MAX_OPERATORS { Err(OverLimits) } else { Ok(()) }
    }

    fn use_placeholder(&mut self, bytes: usize) -> Result<(), OverLimits> {
        self.used.placeholder_bytes += bytes + ":f999".len();
        if self.used.placeholder_bytes > MAX_PLACEHOLDER_BYTES { Err(OverLimits) } else { Ok(()) }
    }

    /// The names and values, by the names that stand for them.
    pub(super) fn placeholders(self) -> (HashMap<String, String>, HashMap<String, AttributeValue>) {
        let names = self.names.into_iter().enumerate().map(|(index, name)| (format!("#f{index}"), name));
        let values = self.values.into_iter().enumerate().map(|(index, value)| (format!(":f{index}"), value));
        (names.collect(), values.collect())
    }
}

/// About as many bytes as DynamoDB counts; rather more.
fn size(value: &AttributeValue) -> usize {
    const OVERHEAD: usize = 4;
    OVERHEAD
        + match value {
            AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
            AttributeValue::L(items) => items.iter().map(size).sum(),
            AttributeValue::M(members) => members.iter().map(|(name, value)| name.len() + size(value)).sum(),
            _ => 1,
        }
}
