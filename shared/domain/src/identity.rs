//! The three identifiers of a profile: the service's id, the customer's uid, the e-mail address.

use std::fmt;

use crate::ProfileId;

/// Bytes of a uid at most.
pub const MAX_UID_BYTES: usize = 768;
/// Bytes of an e-mail address at most.
pub const MAX_EMAIL_BYTES: usize = 320;

/// The customer's own id of a user or company: 1 to 768 bytes, kept as sent.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Uid(String);

/// The error of a uid that is empty, or longer than 768 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUid {
    /// It is empty.
    #[error("it is empty")]
    Empty,
    /// It has more than 768 bytes. Cut, it might be another user's.
    #[error("it is longer than {MAX_UID_BYTES} bytes")]
    TooLong,
}

impl Uid {
    /// Checks the length. A uid is never cut.
    ///
    /// # Errors
    /// [`InvalidUid`] if it is empty or too long.
    pub fn new(text: impl Into<String>) -> Result<Self, InvalidUid> {
        let text = text.into();
        match text.len() {
            0 => Err(InvalidUid::Empty),
            1..=MAX_UID_BYTES => Ok(Self(text)),
            _ => Err(InvalidUid::TooLong),
        }
    }

    /// The uid as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An e-mail address, trimmed and in lower case.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

/// The error of a text that does not look like an e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not an e-mail address: something@something, without blanks, at most {MAX_EMAIL_BYTES} bytes")]
pub struct InvalidEmail;

impl Email {
    /// Normalizes an address to the spelling in which it is stored and looked up.
    ///
    /// # Errors
    /// [`InvalidEmail`] if it lacks either side of the `@`, holds a blank or control character, or is too long.
    pub fn new(text: &str) -> Result<Self, InvalidEmail> {
        let address = text.trim().to_lowercase();
        let parts = address.rsplit_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
        let blank = address.chars().any(|c| c.is_whitespace() || c.is_control());
        if !parts || blank || address.len() > MAX_EMAIL_BYTES {
            return Err(InvalidEmail);
        }
        Ok(Self(address))
    }

    /// The normalized address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

// A derived `Debug` could write them to a log.
impl fmt::Debug for Uid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Uid(…)")
    }
}
impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

/// The identifiers of one request. The id finds the profile, else the uid, else the address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The service's own id.
    pub id: Option<ProfileId>,
    /// The customer's id.
    pub uid: Option<Uid>,
    /// The e-mail address.
    pub email: Option<Email>,
}

impl Identity {
    /// True if there is no identifier.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.id.is_none() && self.uid.is_none() && self.email.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_trimmed_and_in_lower_case() {
        assert_eq!(Email::new("  Leon@CHMLN.co ").unwrap().as_str(), "leon@chmln.co");
    }

    #[test]
    fn what_does_not_look_like_an_address_is_refused() {
        for text in ["", "@", "leon", "leon@", "@chmln.co", "le on@chmln.co", "leon@chm ln.co", "leon@chmln.co\0", "a\u{a0}b@c"] {
            assert_eq!(Email::new(text), Err(InvalidEmail), "{text:?}");
        }
    }

    #[test]
    fn an_address_may_have_320_bytes_and_not_one_more() {
        let longest = format!("{}@b", "a".repeat(MAX_EMAIL_BYTES - 2));
        assert!(Email::new(&longest).is_ok());
        assert_eq!(Email::new(&format!("a{longest}")), Err(InvalidEmail));
    }

    #[test]
    fn a_uid_has_1_to_768_bytes() {
        assert_eq!(Uid::new(""), Err(InvalidUid::Empty));
        assert!(Uid::new("é".repeat(384)).is_ok());
        assert_eq!(Uid::new("a".repeat(769)), Err(InvalidUid::TooLong));
    }

    #[test]
    fn debug_output_hides_both() {
        let identity = Identity { uid: Uid::new("18821").ok(), email: Email::new("a@b").ok(), id: None };
        assert_eq!(format!("{identity:?}"), "Identity { id: None, uid: Some(Uid(…)), email: Some(Email(…)) }");
    }
}
