//! Parameters: the names and values of query and body, in the order sent.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::brackets::{Nested, nest};
use super::{Content, form};
use crate::error::Error;

/// A value that is not parsed yet.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Parameter<'a> {
    /// JSON text.
    Json(&'a RawValue),
    /// A string from a form or query.
    Text(&'a str),
}

impl Parameter<'_> {
    /// True for JSON's `null`.
    pub(crate) fn is_null(self) -> bool {
        matches!(self, Self::Json(raw) if raw.get() == "null")
    }

    /// The value as a string, if it is one.
    pub(crate) fn string(self) -> Option<String> {
        match self {
            Self::Json(raw) => serde_json::from_str(raw.get()).ok(),
            Self::Text(text) => Some(text.to_owned()),
        }
    }

    /// The value as a whole number, if it is one. In JSON it may also be a string of digits.
    pub(crate) fn number(self) -> Option<u32> {
        match self {
            Self::Json(raw) => raw.get().trim_matches('"').parse().ok(),
            Self::Text(text) => text.parse().ok(),
        }
    }
}

enum Owned<'a> {
    Json(&'a RawValue),
    /// Made of names with brackets.
    Made(Box<RawValue>),
    Text(Cow<'a, str>),
}

/// Names and values of a query, a form or a JSON object, or of several of them. Later values win.
#[derive(Default)]
pub(crate) struct Parameters<'a> {
    entries: Vec<(Cow<'a, str>, Owned<'a>)>,
    /// The index of the first entry that overrules the entries before this index.
    overruling_from: usize,
    /// The first mistake in the brackets of names.
    mistake: Option<Error>,
}

impl<'a> Parameters<'a> {
    /// Parses a query string.
    pub(crate) fn of_query(query: &'a str) -> Result<Self, Error> {
        Self::of_form(query).ok_or(Error::NotAForm("query"))
    }

    /// Parses a body: JSON, whatever its media type, or a form. An empty body has no parameters.
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
        // Find the mistake: not JSON and not an object have different messages.
        let raw: &RawValue = serde_json::from_str(text)
            .map_err(|error| Error::NotJson(format!("it breaks off or goes wrong at line {} column {}", error.line(), error.column())))?;
        if !raw.get().starts_with('{') {
            return Err(Error::NotAnObject);
        }
        Self::of_object(raw.get())
    }

    /// Parses the text of a JSON object.
    pub(crate) fn of_object(object: &'a str) -> Result<Self, Error> {
        let entries = profiles_normalization::entries(object)
            .map_err(|_| Error::NotJson("a name in it is not valid Unicode, or holds half of a surrogate pair".into()))?;
        Ok(Self::of_members(entries))
    }

    fn of_members(members: Vec<(Cow<'a, str>, &'a RawValue)>) -> Self {
        Self::from_entries(members.into_iter().map(|(name, raw)| (name, Owned::Json(raw))).collect())
    }

    fn of_form(text: &'a str) -> Option<Self> {
        let (nested, mistake) = nest(form::parse(text)?);
        let entries = nested.into_iter().filter_map(|(name, value)| {
            let value = match value {
                Nested::Text(text) => Owned::Text(text),
                Nested::Node(object) => Owned::Made(object.json()?),
            };
            Some((name, value))
        });
        Some(Self { mistake, ..Self::from_entries(entries.collect()) })
    }

    /// Appends `others`, which overrule these.
    pub(crate) fn then(mut self, others: Self) -> Self {
        self.overruling_from = self.entries.len();
        self.entries.extend(others.entries);
        self.mistake = self.mistake.or(others.mistake);
        self
    }

    /// Returns these, if all brackets in names fit. The secret is looked for before, so that a client without one learns nothing of this.
    pub(crate) fn checked(mut self) -> Result<Self, Error> {
        self.mistake.take().map_or(Ok(self), Err)
    }

    fn from_entries(entries: Vec<(Cow<'a, str>, Owned<'a>)>) -> Self {
        Self { entries, overruling_from: 0, mistake: None }
    }

    /// All parameters in two layers; the second overrules the first.
    pub(crate) fn layers(&self) -> impl Iterator<Item = impl Iterator<Item = (&str, Parameter<'_>)>> {
        let (overruled, overruling) = self.entries.split_at_checked(self.overruling_from).unwrap_or_default();
        [overruled, overruling].into_iter().map(Self::read)
    }

    /// All parameters in the order sent.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Parameter<'_>)> {
        Self::read(&self.entries)
    }

    fn read<'s>(entries: &'s [(Cow<'a, str>, Owned<'a>)]) -> impl Iterator<Item = (&'s str, Parameter<'s>)> {
        entries.iter().map(|(name, value)| {
            let value = match value {
                Owned::Json(raw) => Parameter::Json(raw),
                Owned::Made(raw) => Parameter::Json(raw),
                Owned::Text(text) => Parameter::Text(text),
            };
            (name.as_ref(), value)
        })
    }

    /// The last parameter of exactly this name.
    pub(crate) fn last(&self, name: &str) -> Option<Parameter<'_>> {
        self.iter().filter(|(known, _)| *known == name).last().map(|(_, value)| value)
    }

    /// The last parameter whose name normalizes to this one.
    pub(crate) fn last_named(&self, name: &str) -> Option<Parameter<'_>> {
        let is_it = |sent: &str| profiles_normalization::name(sent).is_ok_and(|normalized| normalized == name);
        self.iter().filter(|(sent, _)| is_it(sent)).last().map(|(_, value)| value)
    }
}
