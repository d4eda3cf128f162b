//! The values of filters of properties, normalized as what was stored was.

use std::borrow::Cow;

use profiles_domain::{Email, Error};
use profiles_normalization::unicode::{case_folded, composed};
use profiles_normalization::{MAX_HASH_DEPTH, MAX_VALUE_BYTES, Timestamp, Value, each_member, json, text, whole_digits};
use serde_json::value::RawValue;

use super::list;
use super::sent::{Sent, string};
use crate::tree::MAX_VALUES;

const ANY: &str = "a value, or `null`";
const COMPARABLE: &str = "a number, a time or a string";
const SCALAR: &str = "a string, a number or a boolean";
const SCALAR_OR_NULL: &str = "a string, a number, a boolean or `null`";
const VALUES: &str = "an array of values, or a text with commas between them";
const TOO_LONG: &str = "a value of at most 768 bytes";
const TOO_MANY: &str = "left out, because a list has at most 500 values";
const UNICODE: &str = "valid Unicode, but an escape in it is half of a surrogate pair";

/// The form in which values are stored.
#[derive(Clone, Copy)]
pub(super) enum Form<'n> {
    /// Normalized under this name.
    Property(&'n str),
    /// As text, whatever it looks like.
    Text,
    /// As an e-mail address.
    Email,
}

/// Reads a filter's `value`.
pub(super) struct Reader<'a> {
    pub(super) sent: &'a Sent<'a>,
    pub(super) form: Form<'a>,
    pub(super) now: Timestamp,
}

impl<'a> Reader<'a> {
    /// A value of any type.
    pub(super) fn any(&self) -> Result<Value, Error> {
        let raw = self.sent.get("value").ok_or_else(|| self.error(ANY))?;
        let path = self.path();
        match raw.get().as_bytes() {
            [b'[', ..] | [b'{', ..] => {
                check_size(&path, raw, 0, &mut 0)?;
                self.container(&path, raw)
            }
            _ => self.scalar(&path, raw),
        }
    }

    /// A number, a time or another string.
    pub(super) fn comparable(&self) -> Result<Value, Error> {
        match self.item_or(COMPARABLE)? {
            value @ (Value::Number(_) | Value::String(_)) => Ok(value),
            _ => Err(self.error(COMPARABLE)),
        }
    }

    /// A value that an array can have.
    pub(super) fn item(&self) -> Result<Value, Error> {
        self.item_or(SCALAR)
    }

    /// A part of a string, as it was sent.
    pub(super) fn fragment(&self) -> Result<String, Error> {
        let raw = self.sent.given("value").filter(|raw| is_scalar(raw)).ok_or_else(|| self.error(SCALAR))?;
        let fragment = sent_text(&self.path(), raw)?;
        let fragment = match self.form {
            Form::Email => Cow::Owned(lower_case(&fragment)),
            _ => fragment,
        };
        // Some letters are longer in lower case.
        if fragment.len() > MAX_VALUE_BYTES { Err(self.error(TOO_LONG)) } else { Ok(fragment.into_owned()) }
    }

    /// A part of a string, case-folded.
    pub(super) fn folded_fragment(&self) -> Result<String, Error> {
        Ok(case_folded(&self.fragment()?))
    }

    /// The values of an array, or of a text with commas between them. Of the text, blank parts are left out.
    pub(super) fn list(&self) -> Result<Vec<Value>, Error> {
        let raw = self.sent.given("value").ok_or_else(|| self.error(VALUES))?;
        let path = self.path();
        let mut values = Vec::new();
        match raw.get().as_bytes() {
            [b'[' | b'{', ..] => list::each(&path, raw.get(), VALUES, |index, raw| {
                let path = format!("{path}[{index}]");
                if index >= MAX_VALUES {
                    return Err(Error::invalid_field(path, TOO_MANY));
                }
                if !is_scalar(raw) {
                    return Err(Error::invalid_field(path, SCALAR_OR_NULL));
                }
                values.push(self.scalar(&path, raw)?);
                Ok(())
            })?,
            [b'"', ..] => {
                let sent = string(raw).ok_or_else(|| self.error(UNICODE))?;
                for part in sent.split(',').map(str::trim).filter(|part| !part.is_empty()) {
                    if values.len() >= MAX_VALUES {
                        return Err(self.error("a list of at most 500 values"));
                    }
                    if part.len() > MAX_VALUE_BYTES {
                        return Err(self.error(TOO_LONG));
                    }
                    values.push(self.of_text(Cow::Borrowed(part)));
                }
            }
            _ => values.push(self.scalar(&path, raw)?),
        }
        Ok(values)
    }

    fn item_or(&self, expected: &'static str) -> Result<Value, Error> {
        let raw = self.sent.given("value").filter(|raw| is_scalar(raw)).ok_or_else(|| self.error(expected))?;
        self.scalar(&self.path(), raw)
    }

    /// A value that is neither an array nor a hash.
    fn scalar(&self, path: &str, raw: &RawValue) -> Result<Value, Error> {
        let sent = sent_text(path, raw)?;
        match (raw.get().as_bytes(), self.form) {
            (b"null", _) => Ok(Value::Null),
            (b"true", _) => Ok(Value::Bool(true)),
            (b"false", _) => Ok(Value::Bool(false)),
            ([b'"', ..], _) => Ok(self.of_text(sent)),
            (_, Form::Property(_)) => self.normalized(path, raw),
            // The digits of a whole number; the text of another one, which is no identifier's.
            (_, Form::Text | Form::Email) => {
                Ok(Value::String(whole_digits(raw.get(), MAX_VALUE_BYTES).map_or_else(|_| sent.into_owned(), Cow::into_owned)))
            }
        }
    }

    fn of_text(&self, sent: Cow<'_, str>) -> Value {
        match self.form {
            Form::Property(name) => text(name, &sent, self.now, &mut Vec::new()),
            Form::Text => Value::String(sent.into_owned()),
            Form::Email => Value::String(match Email::new(&sent) {
                Ok(address) => address.as_str().to_owned(),
                Err(_) => lower_case(&sent),
            }),
        }
    }

    fn container(&self, path: &str, raw: &RawValue) -> Result<Value, Error> {
        match self.form {
            Form::Text | Form::Email if raw.get().starts_with('[') => {
                let mut items = Vec::new();
                list::each(path, raw.get(), ANY, |index, raw| {
                    items.push(if is_scalar(raw) { self.scalar(&format!("{path}[{index}]"), raw)? } else { Value::Null });
                    Ok(())
                })?;
                // An array holds no others.
                items.retain(|item| *item != Value::Null);
                Ok(Value::Array(items))
            }
            _ => self.normalized(path, raw),
        }
    }

    fn normalized(&self, path: &str, raw: &RawValue) -> Result<Value, Error> {
        let name = match self.form {
            Form::Property(name) => name,
            Form::Text | Form::Email => "",
        };
        json(name, raw, self.now, &mut Vec::new()).map_err(|_| Error::invalid_field(path, UNICODE))
    }

    fn path(&self) -> String {
        self.sent.path_of("value")
    }

    fn error(&self, expected: &'static str) -> Error {
        self.sent.error("value", expected)
    }
}

fn is_scalar(raw: &RawValue) -> bool {
    !raw.get().starts_with(['[', '{'])
}

/// The text of a value that is neither an array nor a hash.
fn sent_text<'a>(path: &str, raw: &'a RawValue) -> Result<Cow<'a, str>, Error> {
    let sent =
        if raw.get().starts_with('"') { string(raw).ok_or_else(|| Error::invalid_field(path, UNICODE))? } else { Cow::Borrowed(raw.get()) };
    if sent.len() > MAX_VALUE_BYTES { Err(Error::invalid_field(path, TOO_LONG)) } else { Ok(sent) }
}

/// A text as it is in an address.
fn lower_case(text: &str) -> String {
    composed(&composed(text.trim()).to_lowercase()).into_owned()
}

/// Checks that nothing in an array or hash would be cut, and that there are not too many values. `level` is the number of hashes around.
fn check_size(path: &str, raw: &RawValue, level: usize, count: &mut usize) -> Result<(), Error> {
    match raw.get().as_bytes() {
        [b'[', ..] => list::each(path, raw.get(), ANY, |index, raw| {
            let path = format!("{path}[{index}]");
            if is_scalar(raw) { check_scalar(&path, raw, count) } else { counted(&path, count) }
        }),
        [b'{', ..] if level < MAX_HASH_DEPTH => {
            let mut failure = None;
            let read = each_member(raw.get(), |_, raw| {
                check_size(path, raw, level + 1, count).map_err(|error| {
                    failure = Some(error);
                    list::stop()
                })
            });
            match (read, failure) {
                (Ok(()), _) => Ok(()),
                (Err(_), Some(error)) => Err(error),
                (Err(_), None) => Err(Error::invalid_field(path, UNICODE)),
            }
        }
        // Deeper hashes are stored as text.
        _ => check_scalar(path, raw, count),
    }
}

fn check_scalar(path: &str, raw: &RawValue, count: &mut usize) -> Result<(), Error> {
    counted(path, count)?;
    sent_text(path, raw).map(|_| ())
}

fn counted(path: &str, count: &mut usize) -> Result<(), Error> {
    *count += 1;
    if *count > MAX_VALUES { Err(Error::invalid_field(path, TOO_MANY)) } else { Ok(()) }
}
