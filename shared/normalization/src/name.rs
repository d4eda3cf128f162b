//! Names of properties, events and tags.

use std::borrow::Cow;

use crate::unicode::{composed, is_mark};

/// Bytes of UTF-8 of a name at most, after normalization.
pub const MAX_NAME_BYTES: usize = 255;

/// The reason why a name cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// It has no letter or digit.
    #[error("the name has no letter or digit")]
    Empty,
    /// It has more than [`MAX_NAME_BYTES`] after normalization.
    #[error("the name is longer than {MAX_NAME_BYTES} bytes")]
    TooLong,
}

/// Normalizes a name: words in lower case, joined by single underscores (`userRole` and `User role` are
/// `user_role`).
///
/// # Errors
/// [`NameError`] if nothing is left, or more than [`MAX_NAME_BYTES`].
pub fn name(sent: &str) -> Result<String, NameError> {
    if is_normal_ascii(sent) {
        return fit(sent.to_owned());
    }
    if sent.is_ascii() { ascii(sent) } else { unicode(sent) }
}

/// True if a name is in its final form, as most are: this check costs less than normalizing.
fn is_normal_ascii(sent: &str) -> bool {
    let mut gap = true;
    for byte in sent.bytes() {
        gap = match byte {
            b'a'..=b'z' | b'0'..=b'9' => false,
            b'_' if !gap => true,
            _ => return false,
        };
    }
    !gap
}

fn fit(name: String) -> Result<String, NameError> {
    match name.len() {
        0 => Err(NameError::Empty),
        1..=MAX_NAME_BYTES => Ok(name),
        _ => Err(NameError::TooLong),
    }
}

/// Does the same as [`unicode`] in one pass, for letters that need no tables.
fn ascii(sent: &str) -> Result<String, NameError> {
    let mut out = String::with_capacity(sent.len().min(MAX_NAME_BYTES) + 8);
    let mut gap = false;
    let mut before = b'_';
    let mut bytes = sent.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte.is_ascii_alphanumeric() {
            let begins_word = byte.is_ascii_uppercase()
                && (before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_ascii_uppercase() && bytes.peek().is_some_and(u8::is_ascii_lowercase)));
            if (gap || begins_word) && !out.is_empty() {
                out.push('_');
            }
            gap = false;
            out.push(char::from(byte.to_ascii_lowercase()));
            if out.len() > MAX_NAME_BYTES {
                return Err(NameError::TooLong);
            }
        } else {
            gap = true;
        }
        before = byte;
    }
    fit(out)
}

fn unicode(sent: &str) -> Result<String, NameError> {
    // The whole string at once, not letter by letter: a sigma's lower case depends on its position.
    let lower = split_words(&composed(sent)).to_lowercase();
    let safe = separate(&lower);
    // Lower case can compose where upper case could not, as in Greek letters with an iota below.
    let recomposed = match composed(&safe) {
        Cow::Borrowed(_) => None,
        Cow::Owned(recomposed) => Some(recomposed),
    };
    fit(recomposed.unwrap_or(safe))
}

/// True for a letter whose lower case differs from it. Letters that are always upper case, such as the mathematical ones, must
/// not divide words, or a second pass would find word borders that the first one could not see.
fn is_capital(letter: char) -> bool {
    let mut lower = letter.to_lowercase();
    lower.next() != Some(letter)
}

/// Puts `_` where a word begins. Marks belong to the letter before them, and neither begin nor end a word.
fn split_words(composed: &str) -> String {
    let mut out = String::with_capacity(composed.len() + 8);
    let mut before = '_';
    let mut letters = composed.chars();
    while let Some(letter) = letters.next() {
        if is_mark(letter) {
            out.push(letter);
            continue;
        }
        if is_capital(letter) {
            let begins_word = if is_capital(before) {
                letters.clone().find(|after| !is_mark(*after)).is_some_and(char::is_lowercase)
            } else {
                before.is_lowercase() || before.is_numeric()
            };
            if begins_word {
                out.push('_');
            }
        }
        out.push(letter);
        before = letter;
    }
    out
}

fn separate(lower: &str) -> String {
    let mut out = String::with_capacity(lower.len());
    // A mark at the beginning follows nothing, like one after a gap.
    let mut gap = true;
    for letter in lower.chars() {
        if is_mark(letter) {
            if !gap {
                out.push(letter);
            }
        } else if letter.is_alphanumeric() {
            if gap && !out.is_empty() {
                out.push('_');
            }
            gap = false;
            out.push(letter);
        } else {
            gap = true;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_short_way_for_ascii_agrees_with_the_long_one(sent in "[ -~]{0,300}") {
            prop_assert_eq!(ascii(&sent), unicode(&sent));
            if is_normal_ascii(&sent) {
                prop_assert_eq!(ascii(&sent), fit(sent));
            }
        }
    }
}
