//! Companies, as far as profiles need them: to be a member of one, and to show it.

use std::collections::BTreeMap;

use profiles_normalization::Value;

use crate::{AccountId, CompanyId, Slot, Uid};

/// A company as it is stored.
#[derive(Clone, PartialEq)]
pub struct Company {
    /// The company's id.
    pub id: CompanyId,
    /// When it came into being, as canonical text.
    pub created_at: String,
    /// When a property last changed, as canonical text.
    pub updated_at: String,
    /// The customer's id of it.
    pub uid: String,
    /// Everything else by name.
    pub properties: BTreeMap<String, Value>,
}

/// How a request names a company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompanyName {
    /// By our id; it must exist.
    Id(CompanyId),
    /// By the customer's id; it comes into being if it is new.
    Uid(Uid),
}

impl CompanyName {
    /// Where the company lives, which is the same for its id and its uid.
    #[must_use]
    pub fn slot(&self, account: AccountId) -> Slot {
        match self {
            Self::Id(id) => id.slot(),
            Self::Uid(uid) => Slot::of_uid(account, uid.as_str()),
        }
    }
}

/// What a request says of a profile's membership.
#[derive(Clone, PartialEq, Default)]
pub enum MembershipChange {
    /// Nothing.
    #[default]
    Keep,
    /// The profile is a member of no company from now on.
    End,
    /// The profile is a member of this company from now on, and the company gets these properties.
    Join(CompanyName, BTreeMap<String, Value>),
}
