//! Idempotency keys, with which a client may send the same request again.

use std::time::Duration;

use http::HeaderMap;
use profiles_storage::IdempotencyKey;

use crate::error::Error;
use crate::request::Parameters;
pub(super) use crate::request::hash_of;

const HEADER: &str = "idempotency-key";
/// Characters of a key.
const MAX_CHARACTERS: usize = 255;
/// The time for which a key is remembered.
const LASTS: Duration = Duration::from_hours(24);

/// Reads the key in the header. `body` hashes the part of the request that must be equal when it is sent again.
pub(super) fn in_header<'a>(headers: &HeaderMap, body: impl FnOnce() -> [u8; 32] + 'a) -> Result<Option<IdempotencyKey>, Error> {
    let Some(header) = headers.get(HEADER) else { return Ok(None) };
    let key = header.to_str().ok().map(str::trim).filter(|key| is_key(key));
    let expected = "a header of 1 to 255 ASCII characters";
    let key = key.ok_or_else(|| Error::invalid_field("Idempotency-Key", expected))?;
    Ok(Some(IdempotencyKey { key: key.to_owned(), body: body(), lasts: LASTS }))
}

/// Reads the key in the field `idempotency_key`.
pub(super) fn in_field(parameters: &Parameters<'_>) -> Result<Option<String>, Error> {
    const FIELD: &str = "idempotency_key";
    let Some(sent) = parameters.last_named(FIELD).filter(|sent| !sent.is_null()) else { return Ok(None) };
    let key = sent.string().filter(|key| is_key(key));
    Ok(Some(key.ok_or_else(|| Error::invalid_field(FIELD, "a string of 1 to 255 ASCII characters"))?))
}

fn is_key(key: &str) -> bool {
    key.is_ascii() && (1..=MAX_CHARACTERS).contains(&key.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_1_to_255_ascii_characters() {
        let read = |json: &str| in_field(&Parameters::of_object(json).ok().unwrap());
        let with = |key: &str| format!(r#"{{"idempotency_key":"{key}"}}"#);
        assert!(read("{}").unwrap().is_none() && read(r#"{"idempotency_key":null}"#).unwrap().is_none());
        assert!(read(&with(&"k".repeat(255))).unwrap().is_some());
        for wrong in [with(""), with("é"), with(&"k".repeat(256)), r#"{"idempotencyKey":5}"#.to_owned()] {
            assert!(read(&wrong).is_err(), "{wrong}");
        }
    }
}
