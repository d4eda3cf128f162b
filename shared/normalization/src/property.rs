//! Normalizes properties: the names and values of whole objects, and single values.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Error;
use serde_json::value::RawValue;

use crate::object::{each_item, each_member};
use crate::string::{self, Meaning};
use crate::warning::{Place, cut_to, within};
use crate::{MAX_HASH_DEPTH, Number, Timestamp, Value, Warning, name};

/// Unix seconds of the years 1973 to 2099.
pub const UNIX_SECONDS: std::ops::Range<i64> = 94_694_400..4_102_444_800;
/// The same years in Unix milliseconds.
pub const UNIX_MILLIS: std::ops::Range<i64> = UNIX_SECONDS.start * 1_000..UNIX_SECONDS.end * 1_000;
/// Names, or last words of names, of properties whose integers are times.
const TIME_WORDS: [&str; 5] = ["at", "time", "timestamp", "date", "on"];
/// Names of properties whose integers are times.
const TIME_NAMES: [&str; 2] = ["created", "updated"];

/// Normalizes a property's value from its JSON text.
///
/// `name` is the property's normalized name, `now` the time of the request. A warning is added for everything that is
/// cut, dropped or replaced.
///
/// # Errors
/// If a string has escapes that are not a character, such as half of a surrogate pair.
pub fn json(name: &str, raw: &RawValue, now: Timestamp, warnings: &mut Vec<Warning>) -> Result<Value, Error> {
    Pass { now, warnings }.value(&Place { name, parent: None }, raw, 1)
}

/// Normalizes a property's value that is a string outside of JSON: from a form or a query.
///
/// The arguments are those of [`json`].
pub fn text(name: &str, sent: &str, now: Timestamp, warnings: &mut Vec<Warning>) -> Value {
    Pass { now, warnings }.string(&Place { name, parent: None }, Cow::Borrowed(sent))
}

/// Normalizes all members of a JSON object, names and values. Of names that become the same, the last one wins.
///
/// `now` is the time of the request. A warning is added for everything that is cut, dropped or replaced.
///
/// # Errors
/// If the text is not a JSON object, or a string has escapes that are not a character.
pub fn properties(object: &str, now: Timestamp, warnings: &mut Vec<Warning>) -> Result<BTreeMap<String, Value>, Error> {
    Pass { now, warnings }.members(None, object, 1)
}

/// A pass over a value and everything inside it.
struct Pass<'w> {
    now: Timestamp,
    warnings: &'w mut Vec<Warning>,
}

impl Pass<'_> {
    /// Normalizes a value. `level` is the level that a hash would have here.
    fn value(&mut self, place: &Place<'_>, raw: &RawValue, level: usize) -> Result<Value, Error> {
        match raw.get().as_bytes() {
            [b'[', ..] => self.array(place, raw),
            [b'{', ..] if level > MAX_HASH_DEPTH => Ok(self.hash_as_text(place, raw)),
            [b'{', ..] => Ok(Value::Hash(self.members(Some(place), raw.get(), level + 1)?)),
            _ => {
                let (value, change) = self.scalar(place, raw)?;
                self.warn_of(change, place, &value);
                Ok(value)
            }
        }
    }

    fn string(&mut self, place: &Place<'_>, sent: Cow<'_, str>) -> Value {
        let (value, change) = self.recognized(place, sent);
        self.warn_of(change, place, &value);
        value
    }

    fn warn_of(&mut self, change: Change, place: &Place<'_>, value: &Value) {
        match (change, value) {
            (Change::Cut, _) => self.warnings.push(place.warning(cut_to())),
            (Change::Respelled, Value::Number(number)) => self.warnings.push(place.read_as(number)),
            _ => {}
        }
    }

    /// Normalizes the members of a hash. `level` is the level that hashes among them would have.
    fn members(&mut self, parent: Option<&Place<'_>>, object: &str, level: usize) -> Result<BTreeMap<String, Value>, Error> {
        let mut found = BTreeMap::new();
        // One warning for each name, even if it is repeated many times.
        let mut repeated = BTreeSet::new();
        each_member(object, |sent, raw| {
            match name(&sent) {
                Ok(name) => {
                    let value = self.value(&Place { name: &name, parent }, raw, level)?;
                    if found.contains_key(&name) && repeated.insert(name.clone()) {
                        self.warnings.push(within(parent, Warning::repeated(&name)));
                    }
                    found.insert(name, value);
                }
                Err(reason) => self.warnings.push(within(parent, Warning::dropped(&sent, reason))),
            }
            Ok(())
        })?;
        Ok(found)
    }

    fn hash_as_text(&mut self, place: &Place<'_>, raw: &RawValue) -> Value {
        let (text, was_cut) = string::compact(raw.get());
        let also_cut = if was_cut { format!(", {}", cut_to()) } else { String::new() };
        let message = format!("hashes go {MAX_HASH_DEPTH} levels deep: stored as JSON text{also_cut}");
        self.warnings.push(place.warning(message));
        Value::String(text)
    }

    /// Normalizes an array. Each warning is given once for the whole array, which can have millions of items.
    fn array(&mut self, place: &Place<'_>, raw: &RawValue) -> Result<Value, Error> {
        let mut items = Vec::new();
        let mut dropped = 0_usize;
        let mut cut = 0_usize;
        let mut respelled = 0_usize;
        each_item(raw.get(), |item| {
            match item.get().as_bytes() {
                b"null" => {}
                [b'[' | b'{', ..] => dropped += 1,
                _ => {
                    let (value, change) = self.scalar(place, item)?;
                    cut += usize::from(change == Change::Cut);
                    respelled += usize::from(change == Change::Respelled);
                    items.push(value);
                }
            }
            Ok(())
        })?;
        if dropped > 0 {
            self.warnings.push(place.warning(format!("an array holds no hashes or arrays: {dropped} dropped")));
        }
        if cut > 0 {
            self.warnings.push(place.warning(format!("{cut} items {}", cut_to())));
        }
        if respelled > 0 {
            self.warnings.push(place.warning(format!("{respelled} items read as numbers, which are written otherwise")));
        }
        Ok(Value::Array(items))
    }

    /// Normalizes a value that is neither a hash nor an array.
    fn scalar(&self, place: &Place<'_>, raw: &RawValue) -> Result<(Value, Change), Error> {
        let json = raw.get();
        Ok(match json.as_bytes() {
            b"null" => (Value::Null, Change::None),
            b"true" => (Value::Bool(true), Change::None),
            b"false" => (Value::Bool(false), Change::None),
            [b'"', ..] => self.recognized(place, unquoted(json)?),
            _ => match Number::parse(json) {
                Some(number) => (number_or_time(place, number), Change::None),
                None => kept(Cow::Borrowed(json)),
            },
        })
    }

    fn recognized(&self, place: &Place<'_>, sent: Cow<'_, str>) -> (Value, Change) {
        match string::meaning(&sent, self.now) {
            Some(Meaning::Bool(bool)) => (Value::Bool(bool), Change::None),
            Some(Meaning::Number(_)) if is_version(place.name) => kept(sent),
            Some(Meaning::Number(number)) => {
                let is_respelled = number.as_str() != sent.trim();
                let value = number_or_time(place, number);
                let change = if is_respelled && matches!(value, Value::Number(_)) { Change::Respelled } else { Change::None };
                (value, change)
            }
            Some(Meaning::Time(time)) => (Value::String(time.text()), Change::None),
            None => kept(sent),
        }
    }
}

/// What became of a scalar value, as far as the client should know of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    None,
    /// It was cut.
    Cut,
    /// It was a string and is a number, which is written otherwise: whoever meant a text has lost a part of it.
    Respelled,
}

fn kept(sent: Cow<'_, str>) -> (Value, Change) {
    let (text, was_cut) = string::cut(sent);
    (Value::String(text), if was_cut { Change::Cut } else { Change::None })
}

/// The content of a JSON string, borrowed if it has no escapes.
fn unquoted(json: &str) -> Result<Cow<'_, str>, Error> {
    // A `RawValue` is valid JSON: without a backslash, the content is the text itself.
    match json.strip_prefix('"').and_then(|json| json.strip_suffix('"')) {
        Some(content) if !content.as_bytes().contains(&b'\\') => Ok(Cow::Borrowed(content)),
        _ => serde_json::from_str(json).map(Cow::Owned),
    }
}

fn number_or_time(place: &Place<'_>, number: Number) -> Value {
    match number.as_i64().filter(|_| is_time(place.name)).and_then(unix_time) {
        Some(time) => Value::String(time.text()),
        None => Value::Number(number),
    }
}

/// The time that an integer is in Unix seconds of the years 1973 to 2099, or in milliseconds of the same years; `None` if it is neither.
pub fn unix_time(integer: i64) -> Option<Timestamp> {
    if UNIX_SECONDS.contains(&integer) {
        Timestamp::from_unix_millis(integer * 1_000)
    } else if UNIX_MILLIS.contains(&integer) {
        Timestamp::from_unix_millis(integer)
    } else {
        None
    }
}

/// True if a name speaks of a time, so that an integer is one. Elsewhere the guess would destroy numbers.
fn is_time(name: &str) -> bool {
    let last_word = name.rsplit('_').next().unwrap_or(name);
    TIME_WORDS.contains(&last_word) || TIME_NAMES.contains(&name)
}

/// True if a name speaks of a version, so that a string is none of the numbers it looks like: 1.10 comes after 1.9.
fn is_version(name: &str) -> bool {
    name.ends_with("version") && !name.ends_with("conversion")
}
