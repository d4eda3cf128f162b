//! One item as it is stored.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

/// Partition key.
pub(crate) const PK: &str = "PK";
/// Sort key.
pub(crate) const SK: &str = "SK";

/// Attributes by their names, or the values of an expression by theirs.
pub(crate) type Attributes = HashMap<String, AttributeValue>;

/// A primary key, as attributes.
pub(crate) type Key = Attributes;

/// An item's attributes; empty where nothing is stored.
#[derive(Clone, Default, PartialEq)]
#[cfg_attr(test, derive(Debug))]
pub(crate) struct Item(pub(crate) HashMap<String, AttributeValue>);

impl Item {
    /// Its size in bytes, about.
    pub(crate) fn size(&self) -> usize {
        self.0.iter().map(|(name, value)| name.len() + size(value)).sum()
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(AttributeValue::S(text)) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        match self.0.get(name) {
            Some(AttributeValue::N(text)) => text.parse().ok(),
            _ => None,
        }
    }

    pub(crate) fn bytes(&self, name: &str) -> Option<&[u8]> {
        match self.0.get(name) {
            Some(AttributeValue::B(blob)) => Some(blob.as_ref()),
            _ => None,
        }
    }

    /// The members of a set of strings; none when it isn't there.
    pub(crate) fn set(&self, name: &str) -> &[String] {
        match self.0.get(name) {
            Some(AttributeValue::Ss(texts)) => texts,
            _ => &[],
        }
    }

    /// The strings in a list; none when it isn't there.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        match self.0.get(name) {
            Some(AttributeValue::L(values)) => values.iter().filter_map(|value| value.as_s().ok().map(String::as_str)).collect(),
            _ => Vec::new(),
        }
    }

    /// The numbers in a list; none when it isn't there.
    pub(crate) fn list_of_numbers(&self, name: &str) -> Vec<u32> {
        match self.0.get(name) {
            Some(AttributeValue::L(values)) => values.iter().filter_map(|value| value.as_n().ok()?.parse().ok()).collect(),
            _ => Vec::new(),
        }
    }
}

fn size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
        AttributeValue::Ss(texts) | AttributeValue::Ns(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::L(items) => items.iter().map(size).sum(),
        AttributeValue::M(members) => members.iter().map(|(name, value)| name.len() + size(value)).sum(),
        _ => 1,
    }
}
