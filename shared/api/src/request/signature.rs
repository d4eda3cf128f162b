//! The signature of a webhook, which proves that the sender has the account's signing secret, and that it was sent just now.

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use profiles_normalization::Timestamp;
use sha2::Sha256;

use super::{Parameters, read_time};

const HEADER: &str = "x-chameleon-signature";
/// Bytes of an HMAC-SHA-256.
const BYTES: usize = 32;
/// Milliseconds by which a webhook's time may differ from the clock, so that a captured webhook cannot be replayed later.
const TOLERANCE: i64 = 5 * 60 * 1000;

/// True if the body, byte for byte as sent, is signed with this secret, and was sent just now.
pub(crate) fn is_signed(secret: &str, headers: &HeaderMap, raw_body: &[u8], parameters: &Parameters<'_>, now: Timestamp) -> bool {
    let Some(signature) = headers.get(HEADER).and_then(|header| header.to_str().ok()).and_then(|text| from_hex(text.trim())) else {
        return false;
    };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return false };
    mac.update(raw_body);
    // A comparison in constant time.
    mac.verify_slice(&signature).is_ok() && is_recent(parameters, now)
}

fn is_recent(parameters: &Parameters<'_>, now: Timestamp) -> bool {
    let sent_at = parameters.last("sent_at").and_then(|sent| read_time("sent_at", sent, now).ok()?);
    sent_at.is_some_and(|sent_at| (-TOLERANCE..=TOLERANCE).contains(&(now.unix_millis() - sent_at.unix_millis())))
}

fn from_hex(text: &str) -> Option<[u8; BYTES]> {
    if text.len() != 2 * BYTES || !text.is_ascii() {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = [0; BYTES];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let &[high, low] = pair else { return None };
        *byte = digit(high)? << 4 | digit(low)?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"id":"w1","sent_at":"2029-04-07T12:18:00Z"}"#;
    /// `printf '%s' "$BODY" | openssl dgst -sha256 -hmac key`
    const SIGNATURE: &str = "fb61744a6459a77d84ec0a0927894f64fe850e563ad00df3725ced67d9d587cf";
    const NOW: i64 = 1_870_258_680_000;

    fn check(secret: &str, signature: &str, body: &str, now: i64) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, signature.parse().unwrap());
        let parameters = Parameters::of_object(body).unwrap_or_default();
        is_signed(secret, &headers, body.as_bytes(), &parameters, Timestamp::from_unix_millis(now).unwrap())
    }

    #[test]
    fn the_signature_of_these_very_bytes_is_taken_in_either_case() {
        assert!(check("key", SIGNATURE, BODY, NOW));
        assert!(check("key", &SIGNATURE.to_uppercase(), BODY, NOW));
    }

    #[test]
    fn any_other_signature_secret_or_body_is_not() {
        assert!(!check("other", SIGNATURE, BODY, NOW));
        assert!(!check("key", SIGNATURE, &BODY.replace("w1", "w2"), NOW));
        let last_changed = format!("{}0", SIGNATURE.get(..63).unwrap());
        for signature in ["", "0", SIGNATURE.get(1..).unwrap(), &format!("{SIGNATURE}00"), &last_changed, &"0".repeat(64), &"+f".repeat(32)]
        {
            assert!(!check("key", signature, BODY, NOW), "{signature}");
        }
        assert!(!is_signed("key", &HeaderMap::new(), BODY.as_bytes(), &Parameters::of_object(BODY).ok().unwrap(), Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn it_was_sent_within_five_minutes_before_or_after() {
        for (distance, taken) in [(0, true), (TOLERANCE, true), (-TOLERANCE, true), (TOLERANCE + 1, false), (-TOLERANCE - 1, false)] {
            assert_eq!(check("key", SIGNATURE, BODY, NOW + distance), taken, "{distance}");
        }
    }
}
