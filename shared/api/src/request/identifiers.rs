//! Reads `id`, `uid` and `email`. They are not properties and are never normalized as such.

use std::borrow::Cow;

use profiles_domain::{Email, Error, Id, Identifier, InvalidEmail, InvalidUid, MAX_MODEL_ID_BYTES, MAX_UID_BYTES, Uid, is_blank};
use profiles_normalization::{NotAWholeNumber, whole_digits};

use super::Parameter;

/// An identifier that was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parsed<T> {
    /// Nothing, `null` or an empty string.
    Absent,
    /// A text that identifies nobody, for this reason: it is blank, or stands for a missing value.
    Nobody(&'static str),
    /// A value that cannot be an identifier, for this reason.
    Invalid(&'static str),
    /// An identifier.
    Valid(T),
}

impl<T> Parsed<T> {
    /// The identifier, if it is one.
    pub(crate) fn valid(self) -> Option<T> {
        match self {
            Self::Valid(identifier) => Some(identifier),
            Self::Absent | Self::Nobody(_) | Self::Invalid(_) => None,
        }
    }
}

/// A value's kind, as far as it matters for identifiers.
enum Kind<'a> {
    Nothing,
    Text(Cow<'a, str>),
    Number(&'a str),
    Other,
}

fn kind<'a>(field: &str, sent: Parameter<'a>) -> Result<Kind<'a>, Error> {
    let raw = match sent {
        Parameter::Text("") => return Ok(Kind::Nothing),
        Parameter::Text(text) => return Ok(Kind::Text(Cow::Borrowed(text))),
        Parameter::Json(raw) => raw.get(),
    };
    Ok(match raw.as_bytes().first() {
        Some(b'n') => Kind::Nothing,
        Some(b'"') => match string(raw).ok_or_else(|| half_a_pair(field))? {
            text if text.is_empty() => Kind::Nothing,
            text => Kind::Text(text),
        },
        Some(b'-' | b'0'..=b'9') => Kind::Number(raw),
        _ => Kind::Other,
    })
}

/// The string in JSON text, borrowed where nothing in it is escaped.
fn string(raw: &str) -> Option<Cow<'_, str>> {
    #[derive(serde::Deserialize)]
    struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);
    // Most have no escape, and are the text between the quotation marks.
    match raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')) {
        Some(plain) if !plain.as_bytes().contains(&b'\\') => return Some(Cow::Borrowed(plain)),
        _ => {}
    }
    serde_json::from_str::<Borrowed<'_>>(raw).ok().map(|borrowed| borrowed.0)
}

/// The error of half a surrogate pair, which valid JSON text may hold, but no string can.
pub(crate) fn half_a_pair(field: &str) -> Error {
    Error::invalid_field(field, "valid Unicode, but an escape in it is half of a surrogate pair")
}

/// Reads the uid of a user or company in `field`: a string, or a whole number of any length, which is kept as its digits.
///
/// # Errors
/// `InvalidUid` if it is too long, or has control characters: changed, it might be the uid of another user.
pub(crate) fn read_uid(field: &'static str, sent: Parameter<'_>) -> Result<Parsed<Uid>, Error> {
    let text = match kind(field, sent)? {
        Kind::Nothing => return Ok(Parsed::Absent),
        Kind::Other => return Ok(Parsed::Invalid("a uid is a string or an integer")),
        Kind::Number(number) => match whole_digits(number, MAX_UID_BYTES) {
            Ok(digits) => digits,
            Err(NotAWholeNumber::Fraction) => {
                return Ok(Parsed::Invalid("a uid is a string or an integer, and this number has a fraction"));
            }
            Err(NotAWholeNumber::TooLong) => return Err(Error::InvalidUid { field, reason: InvalidUid::TooLong }),
        },
        Kind::Text(text) => text,
    };
    match Uid::new(text) {
        Ok(uid) => Ok(Parsed::Valid(uid)),
        Err(reason) if reason.identifies_nobody() => Ok(Parsed::Nobody(reason.reason())),
        Err(reason) => Err(Error::InvalidUid { field, reason }),
    }
}

/// Reads the address in `email`.
///
/// # Errors
/// If it is a string that is not valid Unicode.
pub(crate) fn read_email(sent: Parameter<'_>) -> Result<Parsed<Email>, Error> {
    Ok(match kind("email", sent)? {
        Kind::Nothing => Parsed::Absent,
        Kind::Text(text) if is_blank(&text) => Parsed::Absent,
        Kind::Text(text) => Email::new(&text).map_or_else(|reason| Parsed::Invalid(reason.reason()), Parsed::Valid),
        Kind::Number(_) | Kind::Other => Parsed::Invalid(InvalidEmail::Form.reason()),
    })
}

/// The value of `email` in an upsert that takes the address away.
const UNSET: &str = "$unset";

/// Whether the value of `email` takes the address away. Only an upsert can do that; elsewhere it is no address.
pub(crate) fn unsets_email(sent: Parameter<'_>) -> bool {
    matches!(kind("email", sent), Ok(Kind::Text(text)) if text.trim() == UNSET)
}

/// Reads the service's own id in `field`.
///
/// # Errors
/// `not_found` for a string that cannot be an id, and `InvalidField` for anything but a string.
pub(crate) fn read_id<Of>(field: &str, sent: Parameter<'_>, not_found: impl FnOnce(Identifier) -> Error) -> Result<Parsed<Id<Of>>, Error> {
    match kind(field, sent)? {
        Kind::Nothing => Ok(Parsed::Absent),
        Kind::Text(text) => match text.parse() {
            Ok(id) => Ok(Parsed::Valid(id)),
            Err(_) => Err(not_found(Identifier::Unusable("id", text.into_owned()))),
        },
        Kind::Number(_) | Kind::Other => Err(Error::invalid_field(field, "a string of 24 hex digits")),
    }
}

/// Reads the id of a tour or survey in `field`: a string, or a whole number, which is kept as its digits.
///
/// # Errors
/// If it is anything else, or too long.
pub(crate) fn read_model_id(field: &str, sent: Option<Parameter<'_>>) -> Result<String, Error> {
    let invalid = || Error::invalid_field(field, "a string of 1 to 255 bytes, the id of a tour or Microsurvey");
    let text = match kind(field, sent.ok_or_else(invalid)?)? {
        Kind::Number(number) => whole_digits(number, MAX_MODEL_ID_BYTES).map_err(|_| invalid())?.into_owned(),
        Kind::Text(text) => text.into_owned(),
        Kind::Nothing | Kind::Other => return Err(invalid()),
    };
    if text.len() > MAX_MODEL_ID_BYTES { Err(invalid()) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::value::RawValue;

    fn uid_of(json: &str) -> Result<Parsed<Uid>, Error> {
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        read_uid("uid", Parameter::Json(raw))
    }

    #[test]
    fn a_whole_number_and_its_digits_are_one_uid() {
        let digits = "123456789012345678901234567890123456789012345678901234567890";
        for (number, text) in [
            ("18821", "18821"),
            ("-7", "-7"),
            ("-0", "0"),
            (digits, digits),
            ("18821.0", "18821"),
            ("18821.000", "18821"),
            ("1e3", "1000"),
            ("1.8821E+4", "18821"),
            ("-7.0", "-7"),
            ("9007199254740993.0", "9007199254740993"),
        ] {
            assert_eq!(uid_of(number), Ok(Parsed::Valid(Uid::new(text).unwrap())));
            assert_eq!(uid_of(&format!("\"{text}\"")), Ok(Parsed::Valid(Uid::new(text).unwrap())));
        }
        // A text is not a number.
        assert_eq!(uid_of("\"18821.0\""), Ok(Parsed::Valid(Uid::new("18821.0").unwrap())));
    }

    #[test]
    fn what_is_no_string_or_integer_identifies_nobody() {
        for json in ["true", "false", "[]", "{}", "1.5", "-0.5", "1e-3"] {
            assert!(matches!(uid_of(json), Ok(Parsed::Invalid(_))), "{json}");
        }
        for json in ["null", "\"\""] {
            assert_eq!(uid_of(json), Ok(Parsed::Absent), "{json}");
        }
        for json in ["\" \"", "\"undefined\"", "\"NaN\"", "\"[object Object]\"", "\"\\u200b\"", "\"\\n\""] {
            assert!(matches!(uid_of(json), Ok(Parsed::Nobody(_))), "{json}");
        }
    }

    #[test]
    fn a_uid_that_would_have_to_be_changed_is_refused() {
        for (json, expected) in [
            ("\"a\\nb\"".to_owned(), InvalidUid::Control),
            ("\"\\u0000\"".to_owned(), InvalidUid::Control),
            (format!("\"{}\"", "a".repeat(769)), InvalidUid::TooLong),
            ("9".repeat(769), InvalidUid::TooLong),
            ("1e768".to_owned(), InvalidUid::TooLong),
            ("1e999999999999999999999".to_owned(), InvalidUid::TooLong),
        ] {
            assert_eq!(uid_of(&json), Err(Error::InvalidUid { field: "uid", reason: expected }), "{json}");
        }
        assert!(matches!(uid_of("1e767"), Ok(Parsed::Valid(uid)) if uid.as_str().len() == 768));
    }

    #[test]
    fn half_a_surrogate_pair_is_refused() {
        assert!(matches!(uid_of(r#""\ud83d""#), Err(Error::InvalidField { .. })));
        assert_eq!(uid_of(r#""\ud83d\ude00""#), Ok(Parsed::Valid(Uid::new("😀").unwrap())));
    }
}
