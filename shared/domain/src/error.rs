//! What can go wrong, in the domain's words.

use std::fmt;

use crate::{CompanyId, Email, InvalidUid, MAX_DELIVERIES, ProfileId, Uid};

/// An identifier together with its value, for messages to the client that sent it. `Debug` hides uid and address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identifier {
    /// Our id.
    Id(ProfileId),
    /// Something sent in this field that identifies nobody.
    Unusable(&'static str, String),
    /// The customer's id.
    Uid(Uid),
    /// The e-mail address.
    Email(Email),
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "id `{id}`"),
            Self::Unusable(field, text) => write!(f, "{field} `{text}`"),
            Self::Uid(uid) => write!(f, "uid `{}`", uid.as_str()),
            Self::Email(email) => write!(f, "email `{}`", email.as_str()),
        }
    }
}

/// Why an identifier cannot be given to a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Collision {
    /// The profile named by id has another uid, and a uid never changes.
    UidIsSet(Uid),
    /// The uid belongs to another profile.
    UidIsTaken(Uid),
    /// The address belongs to another profile.
    EmailIsTaken(Email),
    /// Another uid of the account has the same slot: about 1 account in 40 million with a million users each.
    SlotIsTaken(Uid),
    /// Another company of the account has the same slot.
    CompanySlotIsTaken(Uid),
}

impl fmt::Display for Collision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UidIsSet(uid) => write!(f, "the profile has another uid than `{}`, and a uid never changes", uid.as_str()),
            Self::UidIsTaken(uid) => write!(f, "the uid `{}` belongs to another profile", uid.as_str()),
            Self::EmailIsTaken(email) => write!(f, "the email `{}` belongs to another profile", email.as_str()),
            Self::SlotIsTaken(uid) => {
                write!(f, "the uid `{}` cannot be stored, since another uid of this account has the same hash", uid.as_str())
            }
            Self::CompanySlotIsTaken(uid) => {
                write!(f, "the company_uid `{}` cannot be stored, since another one of this account has the same hash", uid.as_str())
            }
        }
    }
}

/// Why a request could not be fulfilled. Nothing was stored unless a variant says otherwise.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No account has this secret.
    #[error("no or wrong account secret")]
    Unauthorized,
    /// No profile of the account has this identifier.
    #[error("no profile has the {0}")]
    ProfileNotFound(Identifier),
    /// The identifiers of one request name different profiles.
    #[error("no profile has both the {0} and the {1}")]
    ProfilesDiffer(Identifier, Identifier),
    /// An identifier belongs to another profile.
    #[error("{0}")]
    Conflict(Collision),
    /// No identifier was sent at all.
    #[error("No identifier found. Pass your User ID as the `uid` parameter or the Email address as the `email` parameter")]
    NoIdentifier,
    /// As many deliveries are pending for the profile as may be.
    #[error("{MAX_DELIVERIES} deliveries are pending for this profile already, delete one of them or wait until it was shown")]
    TooManyDeliveries,
    /// A key under which the same may be sent again was used for something else.
    #[error("the key was used with another body, send each request under a key of its own")]
    KeyIsTaken,
    /// A uid that cannot be one.
    #[error("`{field}` cannot be used: {reason}")]
    InvalidUid {
        /// The field it was sent as.
        field: &'static str,
        /// What is wrong with it.
        reason: InvalidUid,
    },
    /// A field has a type or value it cannot have.
    #[error("`{field}` must be {expected}")]
    InvalidField {
        /// The field's name.
        field: String,
        /// What to send instead.
        expected: &'static str,
    },
    /// Two fields name a company, and not the same one.
    #[error("`{0}` and `{1}` name different companies, send one of them")]
    CompaniesDiffer(&'static str, &'static str),
    /// No company of the account has this id.
    #[error("no company has the `company_id` `{0}`, send its `company_uid` to create it")]
    CompanyNotFound(CompanyId),
    /// The stored profile would be over DynamoDB's 400 KB.
    #[error("the profile would be larger than 400 KB, the most that can be stored; send fewer or smaller properties")]
    ItemTooLarge,
    /// The database throttles, cannot be reached, or other writers were quicker too often. Whether the write took place is not
    /// known; sending the same again is safe.
    #[error("the database did not answer in time")]
    Unavailable,
    /// The database refuses calls of this kind, whatever is in them: a permission, a key or a table is missing. Sending the same again is
    /// safe. The text is for the log, and holds no data of a request.
    #[error("denied: {0}")]
    Denied(String),
    /// Other writers were quicker at every attempt, or what is stored contradicts itself. Sending the same again is safe.
    #[error("the database did not answer in time")]
    Contended,
    /// A defect: something that a correct program never sees. The text is for the log, and holds no data of a request.
    #[error("defect: {0}")]
    Defect(String),
}

impl Error {
    /// The error that `field` is not what is expected there.
    #[must_use]
    pub fn invalid_field(field: impl Into<String>, expected: &'static str) -> Self {
        Self::InvalidField { field: field.into(), expected }
    }
}
