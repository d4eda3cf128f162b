//! Recognizes numbers, booleans and times in strings, and cuts long strings.

use std::borrow::Cow;

use crate::{MAX_VALUE_BYTES, Number, Timestamp, date};

/// A value that a string was recognized as.
pub(crate) enum Meaning {
    Bool(bool),
    Number(Number),
    Time(Timestamp),
}

/// Recognizes a string, whatever blanks surround it. `None` if it is only a string.
pub(crate) fn meaning(sent: &str, now: Timestamp) -> Option<Meaning> {
    let text = sent.trim();
    // The shape is checked first, because nearly all strings are plain text and should cost no parsing.
    match text.as_bytes() {
        b"$now" => Some(Meaning::Time(now)),
        b"true" => Some(Meaning::Bool(true)),
        b"false" => Some(Meaning::Bool(false)),
        [b'+', days @ .., b'd'] => later(days, now).map(Meaning::Time),
        [b'-', ..] => Number::parse_string(text).map(Meaning::Number),
        [b'0'..=b'9', rest @ ..] => match rest {
            // A date, or a number such as `1.5e-3`.
            [_, _, _, b'-', ..] => date::internet(text).map(Meaning::Time).or_else(|| Number::parse_string(text).map(Meaning::Number)),
            [b' ' | b'\t', ..] | [_, b' ' | b'\t', ..] => date::mail(text).map(Meaning::Time),
            _ => Number::parse_string(text).map(Meaning::Number),
        },
        [_, _, _, b',', ..] => date::mail(text).map(Meaning::Time),
        _ => None,
    }
}

/// The time this number of days from now; `None` if the text is not 1 to 5 digits.
fn later(days: &[u8], now: Timestamp) -> Option<Timestamp> {
    if !(1..=5).contains(&days.len()) || !days.iter().all(u8::is_ascii_digit) {
        return None;
    }
    now.plus_days(days.iter().fold(0, |days, digit| days * 10 + u32::from(digit - b'0')))
}

/// The string as it is stored, and true if it was cut.
pub(crate) fn cut(sent: Cow<'_, str>) -> (String, bool) {
    if sent.len() <= MAX_VALUE_BYTES {
        return (sent.into_owned(), false);
    }
    let end = sent.floor_char_boundary(MAX_VALUE_BYTES);
    (sent.get(..end).unwrap_or_default().to_owned(), true)
}

/// A JSON text without the blanks between its tokens, and true if it was cut.
///
/// The text can have megabytes and be nested deeper than any stack: it is copied byte by byte, and only as far as it is kept.
pub(crate) fn compact(json: &str) -> (String, bool) {
    let mut out = String::with_capacity(json.len().min(MAX_VALUE_BYTES));
    let mut in_string = false;
    let mut escaped = false;
    for letter in json.chars() {
        if in_string {
            in_string = escaped || letter != '"';
            escaped = letter == '\\' && !escaped;
        } else if matches!(letter, ' ' | '\t' | '\n' | '\r') {
            continue;
        } else {
            in_string = letter == '"';
        }
        if out.len() + letter.len_utf8() > MAX_VALUE_BYTES {
            return (out, true);
        }
        out.push(letter);
    }
    (out, false)
}
