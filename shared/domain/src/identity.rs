//! The three identifiers of a profile: the service's id, the customer's uid, the e-mail address.

use std::fmt;

use crate::{Email, Error, ProfileId, Uid};

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

/// The fields that were sent as identifiers and are none, and why. It holds no value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unusable(Vec<(&'static str, &'static str)>);

impl Unusable {
    /// Adds a field.
    pub fn add(&mut self, field: &'static str, reason: &'static str) {
        self.0.push((field, reason));
    }

    /// The end of a message that names them: a blank and their text in brackets; nothing if there are none.
    #[must_use]
    pub fn in_brackets(&self) -> String {
        if self.0.is_empty() { String::new() } else { format!(" ({self})") }
    }

    /// The error that nothing identifies anybody.
    #[must_use]
    pub fn into_error(self) -> Error {
        if self.0.is_empty() { Error::NoIdentifier } else { Error::NoUsableIdentifier(self) }
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (field, reason)) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}`{field}`: {reason}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_hides_both() {
        let identity = Identity { uid: Uid::new("18821").ok(), email: Email::new("a@b").ok(), id: None };
        assert_eq!(format!("{identity:?}"), "Identity { id: None, uid: Some(Uid(…)), email: Some(Email(…)) }");
    }
}
