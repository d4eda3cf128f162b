//! The customer's own ids.

use std::fmt;

use crate::blank::without_blank_ends;

/// Bytes of a uid at most.
pub const MAX_UID_BYTES: usize = 768;
/// What programs write for a value that is missing, in any case. As a uid, it would make one user of everybody who has none.
const STANDS_FOR_NOTHING: [&str; 8] = ["undefined", "null", "none", "nil", "nan", "[object object]", "true", "false"];

/// The customer's own id of a user or company: 1 to 768 bytes, kept as sent.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Uid(String);

/// The reason why a text is no uid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidUid {
    /// It is empty.
    Empty,
    /// It has only blanks and invisible characters.
    Blank,
    /// It is one of the words that programs write for a missing value.
    Missing,
    /// It has a control character, such as a line break.
    Control,
    /// It has more than 768 bytes. Cut, it might be another user's.
    TooLong,
}

impl Uid {
    /// Checks a uid. It is never changed.
    ///
    /// # Errors
    /// [`InvalidUid`] if it is none.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidUid> {
        let text = text.into();
        let seen = without_blank_ends(&text);
        if text.is_empty() {
            Err(InvalidUid::Empty)
        } else if seen.is_empty() {
            Err(InvalidUid::Blank)
        } else if STANDS_FOR_NOTHING.iter().any(|word| seen.eq_ignore_ascii_case(word)) {
            Err(InvalidUid::Missing)
        } else if text.chars().any(char::is_control) {
            Err(InvalidUid::Control)
        } else if text.len() > MAX_UID_BYTES {
            Err(InvalidUid::TooLong)
        } else {
            Ok(Self(text))
        }
    }

    /// The uid of a stored item. It was checked when it was stored, perhaps by other rules.
    #[must_use]
    pub fn of_stored(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The uid as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl InvalidUid {
    /// The reason in English.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Empty => "it is empty",
            Self::Blank => "it is blank",
            Self::Missing => "it stands for a missing value",
            Self::Control => "it has a control character, such as a line break",
            Self::TooLong => "it is longer than 768 bytes",
        }
    }

    /// True if the text was not meant to identify anybody.
    #[must_use]
    pub fn identifies_nobody(self) -> bool {
        matches!(self, Self::Empty | Self::Blank | Self::Missing)
    }
}

impl fmt::Display for InvalidUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl std::error::Error for InvalidUid {}

// A derived `Debug` could write it to a log.
impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Uid(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_uid_has_1_to_768_bytes() {
        assert_eq!(Uid::new(""), Err(InvalidUid::Empty));
        assert!(Uid::new("é".repeat(384)).is_ok());
        assert_eq!(Uid::new("a".repeat(769)), Err(InvalidUid::TooLong));
        assert_eq!(InvalidUid::TooLong.reason(), format!("it is longer than {MAX_UID_BYTES} bytes"));
    }

    #[test]
    fn what_stands_for_nothing_is_no_uid() {
        for text in [
            "undefined",
            "null",
            "NULL",
            "Null",
            "None",
            "none",
            "nil",
            "NaN",
            "nan",
            "NAN",
            "[object Object]",
            "[object object]",
            "true",
            "True",
            "FALSE",
            " null",
            "undefined ",
            "\u{feff}null",
            "nil\n",
        ] {
            assert_eq!(Uid::new(text), Err(InvalidUid::Missing), "{text:?}");
        }
        for text in ["nullx", "a null", "none@x", "nil-1", "[object]", "undefined-18821", "0", "-", "N/A", "nobody", "truе"] {
            assert_eq!(Uid::new(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn blanks_are_no_uid() {
        for text in [" ", "\t", "\n", "\u{a0}\u{3000}", "\u{200b}", "\u{feff}", "\u{ad}\u{202a}", "\u{3164}", " \u{2066}\r\n"] {
            assert_eq!(Uid::new(text), Err(InvalidUid::Blank), "{text:?}");
        }
    }

    #[test]
    fn a_control_character_is_in_no_uid() {
        for text in ["a\nb", "18821\n", "\0", "\u{7f}x", "a\tb", "a\u{85}b", "\u{1b}[0m"] {
            assert_eq!(Uid::new(text), Err(InvalidUid::Control), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_uid_is_kept_as_it_is(text: String) {
            if let Ok(uid) = Uid::new(text.as_str()) {
                prop_assert_eq!(uid.as_str(), text);
            }
        }
    }
}
