//! A filter as it was sent: its members, by their names.

use std::borrow::Cow;

use profiles_domain::Error;
use profiles_normalization::each_member;
use serde_json::value::RawValue;

/// The members that mean something in a filter of any kind. All others are ignored.
const NAMES: [&str; 10] = ["kind", "prop", "op", "value", "filters", "filters_op", "mod", "range", "cond", "int"];

/// A filter's members. Of several of one name, there is the last.
pub(super) struct Sent<'a> {
    path: &'a str,
    members: [Option<&'a RawValue>; NAMES.len()],
}

impl<'a> Sent<'a> {
    /// Takes a filter apart; `path` is its own.
    ///
    /// # Errors
    /// If it is no object.
    pub(super) fn read(path: &'a str, raw: &'a RawValue) -> Result<Self, Error> {
        let mut members = [None; NAMES.len()];
        let read = each_member(raw.get(), |name, raw| {
            if let Some((_, member)) = NAMES.iter().zip(&mut members).find(|(known, _)| **known == name) {
                *member = Some(raw);
            }
            Ok(())
        });
        match read {
            Ok(()) => Ok(Self { path, members }),
            Err(_) => Err(Error::invalid_field(path, "a filter: an object with `kind`, `prop`, `op` and `value`")),
        }
    }

    /// A member, also if it is `null`.
    pub(super) fn get(&self, name: &str) -> Option<&'a RawValue> {
        NAMES.iter().zip(self.members).find(|(known, _)| **known == name).and_then(|(_, member)| member)
    }

    /// A member that is not `null`.
    pub(super) fn given(&self, name: &str) -> Option<&'a RawValue> {
        self.get(name).filter(|raw| raw.get() != "null")
    }

    /// A member that is one of a few words; `None` if it is `null` or not there.
    ///
    /// # Errors
    /// If it is no string.
    pub(super) fn word(&self, name: &str, expected: &'static str) -> Result<Option<Cow<'a, str>>, Error> {
        let Some(raw) = self.given(name) else { return Ok(None) };
        string(raw).map(Some).ok_or_else(|| self.error(name, expected))
    }

    /// Checks that no member is given but these, and `kind`.
    ///
    /// # Errors
    /// If another one is.
    pub(super) fn has_only(&self, names: &[&str], expected: &'static str) -> Result<(), Error> {
        match NAMES.iter().find(|name| **name != "kind" && !names.contains(name) && self.given(name).is_some()) {
            Some(name) => Err(self.error(name, expected)),
            None => Ok(()),
        }
    }

    /// The path of a member.
    pub(super) fn path_of(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    /// The error that a member is not what is expected there.
    pub(super) fn error(&self, name: &str, expected: &'static str) -> Error {
        Error::invalid_field(self.path_of(name), expected)
    }
}

/// The content of a JSON string, borrowed if it has no escapes. `None` if it is no string, or has escapes that are no character.
pub(super) fn string(raw: &RawValue) -> Option<Cow<'_, str>> {
    let quoted = raw.get();
    // Valid JSON without a backslash is the text itself.
    match quoted.strip_prefix('"')?.strip_suffix('"') {
        Some(content) if !content.contains('\\') => Some(Cow::Borrowed(content)),
        _ => serde_json::from_str(quoted).ok().map(Cow::Owned),
    }
}
