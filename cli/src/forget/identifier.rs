//! Reads an identifier from a cell of the CSV.

use clap::ValueEnum;
use profiles_domain::{Email, Uid, is_blank};
use sha2::{Digest, Sha256};

/// The kind of identifier in the column, by which the API looks up the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    /// The company's own ids of its users, as sent to the API, including blanks
    Uid,
    /// E-mail addresses, in any spelling that the API takes
    Email,
}

/// The meaning of a cell.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Empty, or only blanks and invisible characters.
    Blank,
    /// An identifier, in the spelling that the API stores.
    Names(String),
    /// No user of the API can have this identifier, for this reason.
    Unusable(String),
}

impl By {
    /// Returns the name of the API's parameter, and of the column in the result.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Uid => "uid",
            Self::Email => "email",
        }
    }

    /// Reads a cell as the API does: a uid stays as it is, an address gets the form in which the API stores it.
    pub(crate) fn read(self, cell: &[u8]) -> Cell {
        let Ok(text) = str::from_utf8(cell) else {
            return Cell::Unusable("it is not UTF-8, save the CSV as UTF-8".to_owned());
        };
        if is_blank(text) {
            return Cell::Blank;
        }
        let name = match self {
            Self::Uid => Uid::new(text).map(|uid| uid.as_str().to_owned()).map_err(|error| error.to_string()),
            Self::Email => Email::new(text).map(|email| email.as_str().to_owned()).map_err(|error| error.to_string()),
        };
        name.map_or_else(Cell::Unusable, Cell::Names)
    }
}

/// A hash of an identifier, so that all of a file's identifiers fit into memory. In practice no two are equal.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint([u8; 16]);

impl Fingerprint {
    /// Hashes an identifier in the API's spelling.
    pub(crate) fn of(name: &str) -> Self {
        let mut short = [0; 16];
        for (to, from) in short.iter_mut().zip(Sha256::digest(name)) {
            *to = from;
        }
        Self(short)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uid_is_taken_as_it_is() {
        for uid in ["18821", " 18821", "Ünï ", "a,b \"c\"", "18821.0", "null-1"] {
            assert_eq!(By::Uid.read(uid.as_bytes()), Cell::Names(uid.to_owned()));
        }
        assert_eq!(By::Uid.read(&[b'x'; 768]), Cell::Names("x".repeat(768)));
        assert!(matches!(By::Uid.read(&[b'x'; 769]), Cell::Unusable(_)));
        assert!(matches!(By::Uid.read(b"caf\xe9"), Cell::Unusable(_)));
    }

    #[test]
    fn what_is_no_uid_for_the_api_is_none_here() {
        for uid in ["undefined", "NULL", "None", "nan", "[object Object]", " nil ", "True", "a\nb", "a\tb", "\0"] {
            assert!(matches!(By::Uid.read(uid.as_bytes()), Cell::Unusable(_)), "{uid:?}");
        }
    }

    #[test]
    fn an_address_has_one_form_however_it_is_written() {
        for (written, address) in [
            (
                &["leon@chmln.co", " Leon@Chmln.CO ", "leon@chmln.co.", "\u{feff}leon@chmln.co", "leon@chmln.co\u{200b}"][..],
                "leon@chmln.co",
            ),
            (&["kim@münchen.example", "kim@xn--mnchen-3ya.example", "KIM@MU\u{308}NCHEN.example"], "kim@münchen.example"),
            (&["josé@x.co", "jose\u{301}@x.co", "JOSÉ@x.co"], "josé@x.co"),
        ] {
            for text in written {
                assert_eq!(By::Email.read(text.as_bytes()), Cell::Names(address.to_owned()), "{text:?}");
            }
        }
        for text in ["18821", "ki\u{200b}m@x.co", "kim@xn--a", "a b@c"] {
            assert!(matches!(By::Email.read(text.as_bytes()), Cell::Unusable(_)), "{text:?}");
        }
    }

    #[test]
    fn blanks_name_nobody() {
        for by in [By::Uid, By::Email] {
            for cell in ["", " ", "\t\r\n", "\u{a0}", "\u{feff}", "\u{200b} "] {
                assert_eq!(by.read(cell.as_bytes()), Cell::Blank, "{cell:?}");
            }
        }
    }
}
