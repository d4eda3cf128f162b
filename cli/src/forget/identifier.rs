//! Reads an identifier from a cell of the CSV.

use clap::ValueEnum;
use profiles_domain::{Email, Uid};
use sha2::{Digest, Sha256};

/// The kind of identifier in the column, by which the API looks up the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    /// The company's own ids of its users, as sent to the API, including blanks
    Uid,
    /// E-mail addresses, in upper or lower case
    Email,
}

/// The meaning of a cell.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Empty, or only blanks.
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

    /// Reads a cell as the API does: a uid stays as it is, an address is trimmed and in lower case.
    pub(crate) fn read(self, cell: &[u8]) -> Cell {
        let Ok(text) = str::from_utf8(cell) else {
            return Cell::Unusable("it is not UTF-8, save the CSV as UTF-8".to_owned());
        };
        if text.trim().is_empty() {
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
        for uid in ["18821", " 18821", "Ünï ", "a,b\n\"c\""] {
            assert_eq!(By::Uid.read(uid.as_bytes()), Cell::Names(uid.to_owned()));
        }
        assert_eq!(By::Uid.read(&[b'x'; 768]), Cell::Names("x".repeat(768)));
        assert!(matches!(By::Uid.read(&[b'x'; 769]), Cell::Unusable(_)));
        assert!(matches!(By::Uid.read(b"caf\xe9"), Cell::Unusable(_)));
    }

    #[test]
    fn an_address_is_trimmed_and_in_lower_case() {
        assert_eq!(By::Email.read(b" Leon@Chmln.CO "), Cell::Names("leon@chmln.co".to_owned()));
        assert!(matches!(By::Email.read(b"18821"), Cell::Unusable(_)));
    }

    #[test]
    fn blanks_name_nobody() {
        for by in [By::Uid, By::Email] {
            for cell in ["", " ", "\t\r\n", "\u{a0}"] {
                assert_eq!(by.read(cell.as_bytes()), Cell::Blank, "{cell:?}");
            }
        }
    }
}
