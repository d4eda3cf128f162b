//! The domain's errors.

use std::fmt;

use crate::{CompanyId, Email, InvalidUid, ProfileId, Uid, Unusable};

/// An identifier together with its value, for messages to the client that sent it. `Debug` hides uid and address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identifier {
    /// The service's own id.
    Id(ProfileId),
    /// The service's own id of a company.
    CompanyId(CompanyId),
    /// A value in this field that cannot be an identifier.
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
            Self::CompanyId(id) => write!(f, "id `{id}`"),
            Self::Unusable(field, text) => write!(f, "{field} `{text}`"),
            Self::Uid(uid) => write!(f, "uid `{}`", uid.as_str()),
            Self::Email(email) => write!(f, "email `{}`", email.as_str()),
        }
    }
}

/// The reason why an identifier cannot be given to a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Collision {
    /// The profile named by id has another uid, and a uid never changes.
    UidIsSet(Uid),
    /// The uid belongs to another profile.
    UidIsTaken(Uid),
    /// The address belongs to another profile.
    EmailIsTaken(Email),
    /// Another uid of the account has the same slot. With a million users each, this happens in about 1 of 40 million accounts.
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

/// The reason why a request could not be fulfilled. Nothing was stored, unless a variant says otherwise.
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
    /// What was sent as an identifier is none.
    #[error("{error}{}", .0.in_brackets(), error = Self::NoIdentifier)]
    NoUsableIdentifier(Unusable),
    /// No identifier of a company was sent, or only what is none.
    #[error("No identifier found. Pass your Company ID as the `uid` parameter{}", .0.in_brackets())]
    NoCompanyIdentifier(Unusable),
    /// The profile would have more pending deliveries than this.
    #[error(
        "{0} is the most pending deliveries of this profile: delete one, wait until one was shown, or put this one first with \
         `delivery_ids_at_limit` `drop`"
    )]
    TooManyDeliveries(usize),
    /// The delivery was shown, so it is no longer changed or withdrawn.
    #[error("this delivery was shown already, so it can no longer be changed or deleted")]
    DeliveryWasShown,
    /// The idempotency key was used for another request.
    #[error("the key was used with another body, send each request under a key of its own")]
    KeyIsTaken,
    /// A uid is too long, or has a control character.
    #[error("`{field}` cannot be used: {reason}")]
    InvalidUid {
        /// The field of the uid.
        field: &'static str,
        /// The reason.
        reason: InvalidUid,
    },
    /// A field has a wrong type or value.
    #[error("`{field}` must be {expected}")]
    InvalidField {
        /// The field's name.
        field: String,
        /// A description of what to send instead.
        expected: &'static str,
    },
    /// Two fields name different companies.
    #[error("`{0}` and `{1}` name different companies, send one of them")]
    CompaniesDiffer(&'static str, &'static str),
    /// No company of the account has the id by which a profile names it.
    #[error("no company has the `company_id` `{0}`, send its `company_uid` to create it")]
    CompanyNotFound(CompanyId),
    /// No company of the account has this identifier.
    #[error("no company has the {0}")]
    NoCompany(Identifier),
    /// The stored company would be larger than DynamoDB's 400 KB.
    #[error("the company would be larger than 400 KB, the most that can be stored; send fewer or smaller properties")]
    CompanyTooLarge,
    /// The stored profile would be larger than DynamoDB's 400 KB.
    #[error("the profile would be larger than 400 KB, the most that can be stored; send fewer or smaller properties")]
    ItemTooLarge,
    /// As many searches, or counts, of the account are under way as may be at once.
    #[error("{limit} {what} of this account is the most at once, please retry")]
    TooManySearches {
        /// `searches` or `count`.
        what: &'static str,
        /// The most at once.
        limit: u32,
    },
    /// A search or count cannot be finished in the time of a request.
    #[error("this cannot be finished in the time of a request; send filters that fewer users fit, or export the table")]
    SearchTooLong,
    /// The database throttles or cannot be reached, or other writers were quicker too often. It is not known if the write took place;
    /// sending the same request again is safe.
    #[error("the database did not answer in time")]
    Unavailable,
    /// The database denies all calls of this kind: a permission, a key or a table is missing. Sending the same request again is safe. The
    /// text is for the log, and holds no data of a request.
    #[error("denied: {0}")]
    Denied(String),
    /// Other writers were quicker at every attempt, or the stored data contradicts itself. Sending the same request again is safe.
    #[error("the database did not answer in time")]
    Contended,
    /// A defect, which a correct program never meets. The text is for the log, and holds no data of a request.
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
