//! JSON as it is written: numbers as their text, members in their order, also those that repeat a name.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use serde_json::value::RawValue;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    /// A string of this text and half of a surrogate pair. JSON can spell it, but no Unicode text can hold it.
    Half(String),
    Array(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Json {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Parses an answer of the API, or JSON text in one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let raw: &RawValue = serde_json::from_str(text).ok()?;
        let text = raw.get();
        Some(match text.as_bytes().first()? {
            b'n' => Self::Null,
            b't' => Self::Bool(true),
            b'f' => Self::Bool(false),
            b'"' => Self::Text(serde_json::from_str(text).ok()?),
            b'[' => {
                let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
                Self::Array(items.into_iter().map(|item| Self::parse(item.get())).collect::<Option<_>>()?)
            }
            b'{' => {
                let members: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text).ok()?;
                let members = members.into_iter().map(|(name, raw)| Some((name, Self::parse(raw.get())?)));
                Self::Object(members.collect::<Option<_>>()?)
            }
            _ => Self::Number(text.to_owned()),
        })
    }

    /// Returns the last member of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().rfind(|(known, _)| known == name).map(|(_, value)| value),
            _ => None,
        }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::Array(items) => items,
            _ => &[],
        }
    }

    /// Returns whether half of a surrogate pair is anywhere in it.
    pub(crate) fn is_broken(&self) -> bool {
        match self {
            Self::Half(_) => true,
            Self::Array(items) => items.iter().any(Self::is_broken),
            Self::Object(members) => members.iter().any(|(_, value)| value.is_broken()),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => false,
        }
    }

    /// Writes it. `escape` says of each character if it is written as an escape, which means the same.
    pub(crate) fn spelled(&self, escape: &mut dyn FnMut() -> bool) -> String {
        let mut out = String::new();
        self.write(&mut out, escape);
        out
    }

    fn write(&self, out: &mut String, escape: &mut dyn FnMut() -> bool) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
            Self::Number(text) => out.push_str(text),
            Self::Text(text) => write_text(text, "", out, escape),
            Self::Half(text) => write_text(text, "\\ud83d", out, escape),
            Self::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    item.write(out, escape);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    write_text(name, "", out, escape);
                    out.push(':');
                    value.write(out, escape);
                }
                out.push('}');
            }
        }
    }
}

fn write_text(text: &str, end: &str, out: &mut String, escape: &mut dyn FnMut() -> bool) {
    out.push('"');
    for char in text.chars() {
        if char == '"' || char == '\\' || char.is_control() || escape() {
            for unit in char.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}").expect("a string takes all");
            }
        } else {
            out.push(char);
        }
    }
    out.push_str(end);
    out.push('"');
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spelled(&mut || false))
    }
}
