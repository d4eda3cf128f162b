//! Parameters: what query and body name, in the order sent.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{Content, form};
use crate::error::Error;

/// One value, not read yet.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Parameter<'a> {
    /// JSON text.
    Json(&'a RawValue),
    /// A string out of a form or query.
    Text(&'a str),
}

impl Parameter<'_> {
    /// The string it is, if it is one.
    pub(crate) fn string(self) -> Option<String> {
        match self {
            Self::Json(raw) => serde_json::from_str(raw.get()).ok(),
            Self::Text(text) => Some(text.to_owned()),
        }
    }

    /// The whole number it is, in JSON also as a string, if it is one.
    pub(crate) fn number(self) -> Option<u32> {
        match self {
            Self::Json(raw) => raw.get().trim_matches('"').parse().ok(),
            Self::Text(text) => text.parse().ok(),
        }
    }
}

enum Owned<'a> {
    Json(&'a RawValue),
    Text(Cow<'a, str>),
}

/// Names and values of a query, a form or a JSON object, or of several of them, later ones winning.
#[derive(Default)]
pub(crate) struct Parameters<'a> {
    entries: Vec<(Cow<'a, str>, Owned<'a>)>,
    /// Where those begin that overrule the ones before them.
    overruling_from: usize,
}

impl<'a> Parameters<'a> {
    /// Those of a query string.
    pub(crate) fn of_query(query: &'a str) -> Result<Self, Error> {
        Self::of_form(query).ok_or(Error::NotAForm("query"))
    }

    /// Those of a body: JSON, whatever its type says, or a form. An empty body has none.
    pub(crate) fn of_body(content: &'a Content) -> Result<Self, Error> {
        let text = content.text.trim_ascii();
        if text.is_empty() {
            return Ok(Self::default());
        }
        if content.is_form && !text.starts_with(['{', '[', '"']) {
            return Self::of_form(text).ok_or(Error::NotAForm("form"));
        }
        if text.starts_with('{')
            && let Ok(entries) = profiles_normalization::entries(text)
        {
            return Ok(Self::of_members(entries));
        }
        // What is wrong with it: whether it is JSON at all, and an object, are two mistakes with two messages.
        let raw: &RawValue = serde_json::from_str(text)
            .map_err(|error| Error::NotJson(format!("it breaks off or goes wrong at line {} column {}", error.line(), error.column())))?;
        if !raw.get().starts_with('{') {
            return Err(Error::NotAnObject);
        }
        Self::of_object(raw.get())
    }

    /// Those of a JSON object's text.
    pub(crate) fn of_object(object: &'a str) -> Result<Self, Error> {
        let entries = profiles_normalization::entries(object)
            .map_err(|_| Error::NotJson("a name in it is not valid Unicode, or holds half of a surrogate pair".into()))?;
        Ok(Self::of_members(entries))
    }

    fn of_members(members: Vec<(Cow<'a, str>, &'a RawValue)>) -> Self {
        Self::from_entries(members.into_iter().map(|(name, raw)| (name, Owned::Json(raw))).collect())
    }

    fn of_form(text: &'a str) -> Option<Self> {
        Some(Self::from_entries(form::parse(text)?.into_iter().map(|(name, value)| (name, Owned::Text(value))).collect()))
    }

    /// These, and then `others`, which win.
    pub(crate) fn then(mut self, others: Self) -> Self {
        self.overruling_from = self.entries.len();
        self.entries.extend(others.entries);
        self
    }

    fn from_entries(entries: Vec<(Cow<'a, str>, Owned<'a>)>) -> Self {
        Self { entries, overruling_from: 0 }
    }

    /// All of them in two layers, of which the second overrules the first.
    pub(crate) fn layers(&self) -> impl Iterator<Item = impl Iterator<Item = (&str, Parameter<'_>)>> {
        let (overruled, overruling) = self.entries.split_at_checked(self.overruling_from).unwrap_or_default();
        [overruled, overruling].into_iter().map(Self::read)
    }

    /// All of them in the order sent.
    fn iter(&self) -> impl Iterator<Item = (&str, Parameter<'_>)> {
        Self::read(&self.entries)
    }

    fn read<'s>(entries: &'s [(Cow<'a, str>, Owned<'a>)]) -> impl Iterator<Item = (&'s str, Parameter<'s>)> {
        entries.iter().map(|(name, value)| {
            let value = match value {
                Owned::Json(raw) => Parameter::Json(raw),
                Owned::Text(text) => Parameter::Text(text),
            };
            (name.as_ref(), value)
        })
    }

    /// The last one of exactly this name.
    pub(crate) fn last(&self, name: &str) -> Option<Parameter<'_>> {
        self.iter().filter(|(known, _)| *known == name).last().map(|(_, value)| value)
    }

    /// The last one whose name normalizes to this.
    pub(crate) fn last_named(&self, name: &str) -> Option<Parameter<'_>> {
        let is_it = |sent: &str| profiles_normalization::name(sent).is_ok_and(|normalized| normalized == name);
        self.iter().filter(|(sent, _)| is_it(sent)).last().map(|(_, value)| value)
    }
}
