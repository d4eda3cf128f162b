//! Values of properties.

use std::collections::BTreeMap;

use super::times::{self, Millis};
use super::{Warnings, names};
use crate::fuzz::decimal::Decimal;
use crate::fuzz::json::Json;

/// Bytes of a string at most.
pub(super) const LONGEST: usize = 768;

/// A stored value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(Decimal),
    Text(String),
    /// A number that DynamoDB cannot hold, as JSON text.
    TextOfNumber(Decimal),
    /// A hash of the fourth level, as JSON text.
    TextOfHash(Json),
    Array(Vec<Self>),
    Hash(BTreeMap<String, Self>),
}

/// Reads values, and collects the names that warnings have.
pub(crate) struct Reader<'a> {
    pub(crate) now: Millis,
    pub(crate) warnings: &'a mut Warnings,
}

impl Reader<'_> {
    /// Reads the value of the property of this normalized name. `path` is the name in warnings.
    pub(crate) fn read(&mut self, name: &str, path: &str, sent: &Json) -> Value {
        self.read_at(name, path, sent, 1)
    }

    fn read_at(&mut self, name: &str, path: &str, sent: &Json, level: u32) -> Value {
        match sent {
            Json::Array(items) => {
                let dropped = items.iter().any(|item| matches!(item, Json::Array(_) | Json::Object(_)));
                self.warn_if(dropped, path);
                let kept = items.iter().filter(|item| !matches!(item, Json::Null | Json::Array(_) | Json::Object(_)));
                Value::Array(kept.map(|item| self.scalar(name, path, item)).collect())
            }
            Json::Object(_) if level > 3 => {
                self.warn_if(true, path);
                Value::TextOfHash(sent.clone())
            }
            Json::Object(members) => {
                let mut hash: BTreeMap<String, (Json, bool)> = BTreeMap::new();
                for (sent_name, value) in members {
                    match names::normalized(sent_name) {
                        Some(name) => {
                            let earlier = hash.get(&name).cloned();
                            hash.insert(name.clone(), (value.clone(), earlier.is_some()));
                            if let Some((earlier, _)) = earlier {
                                self.overruled(&name, &format!("{path}.{name}"), &earlier, level + 1);
                            }
                        }
                        None => self.warn_if(true, &format!("{path}.{sent_name}")),
                    }
                }
                let read = |(name, (value, repeated)): (String, (Json, bool))| {
                    let path = format!("{path}.{name}");
                    self.warn_if(repeated, &path);
                    let value = self.read_at(&name, &path, &value, level + 1);
                    (name, value)
                };
                Value::Hash(hash.into_iter().map(read).collect())
            }
            scalar => self.scalar(name, path, scalar),
        }
    }

    /// Reads a value that another of the same name overrules. The contract does not say whether the answer warns of what is in it.
    fn overruled(&mut self, name: &str, path: &str, sent: &Json, level: u32) {
        let mut warnings = Warnings::default();
        Reader { now: self.now, warnings: &mut warnings }.read_at(name, path, sent, level);
        self.warnings.may.extend(warnings.must.into_iter().chain(warnings.may));
    }

    fn scalar(&mut self, name: &str, path: &str, sent: &Json) -> Value {
        match sent {
            Json::Null => Value::Null,
            Json::Bool(truth) => Value::Bool(*truth),
            Json::Number(text) => {
                let number = Decimal::parse(text).expect("JSON has only numbers of its own form");
                match unix_time(name, text) {
                    Some(time) => Value::Text(times::written(time)),
                    None if number.fits_dynamodb() => Value::Number(number),
                    None => Value::TextOfNumber(number),
                }
            }
            Json::Text(text) => self.text(name, path, text),
            Json::Half(_) | Json::Array(_) | Json::Object(_) => panic!("no scalar: {sent}"),
        }
    }

    fn text(&mut self, name: &str, path: &str, text: &str) -> Value {
        let inner = text.trim();
        if inner == "$now" {
            return Value::Text(times::written(self.now));
        }
        if let Some(days) = inner.strip_prefix('+').and_then(|rest| rest.strip_suffix('d')).filter(|days| (1..=5).contains(&days.len()))
            && days.bytes().all(|byte| byte.is_ascii_digit())
        {
            return Value::Text(times::written(times::days_after(self.now, days.parse().expect("five digits"))));
        }
        if let "true" | "false" = inner {
            return Value::Bool(inner == "true");
        }
        if let Some(time) = unix_time(name, inner).or_else(|| times::read(inner)) {
            return Value::Text(times::written(time));
        }
        let digits = inner.bytes().filter(u8::is_ascii_digit).count();
        let may_be_a_number = digits <= 15 && !names::is_of_a_version(name);
        if let Some(number) = Decimal::parse(inner).filter(|number| may_be_a_number && number.fits_dynamodb()) {
            self.warn_if(number.plain() != inner, path);
            return Value::Number(number);
        }
        self.warn_if(text.len() > LONGEST, path);
        Value::Text(cut(text).to_owned())
    }

    fn warn_if(&mut self, is_so: bool, path: &str) {
        if is_so {
            self.warnings.must.insert(path.to_owned());
        }
    }
}

/// Cuts a string to its limit, between two characters.
pub(super) fn cut(text: &str) -> &str {
    let end = (0..=LONGEST.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}

/// Reads a whole number under a name that speaks of a time.
fn unix_time(name: &str, text: &str) -> Option<Millis> {
    let is_plain = names::is_of_a_time(name) && text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
    text.parse().ok().filter(|_| is_plain).and_then(times::read_unix)
}
