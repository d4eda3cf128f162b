//! Companies, of which profiles can be members.

use std::collections::{BTreeMap, BTreeSet};

use profiles_normalization::Value;

use crate::{AccountId, CompanyId, Slot, Uid};

/// A company as it is stored.
#[derive(Clone, PartialEq)]
pub struct Company {
    /// The company's id.
    pub id: CompanyId,
    /// The time of its creation, as canonical text.
    pub created_at: String,
    /// The time of the last change of a property, as canonical text.
    pub updated_at: String,
    /// The customer's id.
    pub uid: String,
    /// All other properties by name.
    pub properties: BTreeMap<String, Value>,
}

/// What becomes of the members of a company that is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cascade {
    /// They stay, and are members of no company.
    Nobody,
    /// They are forgotten.
    Profiles,
}

/// The identifier by which a request names a company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompanyName {
    /// The service's own id; the company must exist.
    Id(CompanyId),
    /// The customer's id; the company is created if it is new.
    Uid(Uid),
}

impl CompanyName {
    /// The company's slot, which is the same for its id and its uid.
    #[must_use]
    pub fn slot(&self, account: AccountId) -> Slot {
        match self {
            Self::Id(id) => id.slot(),
            Self::Uid(uid) => Slot::of_uid(account, uid.as_str()),
        }
    }
}

/// A request to create or update a company, checked and normalized.
#[derive(Clone, PartialEq)]
pub struct CompanyUpsert {
    /// The company.
    pub name: CompanyName,
    /// The properties to set, by normalized name. The others do not change.
    pub properties: BTreeMap<String, Value>,
    /// The properties of which a value was cut.
    pub cut: BTreeSet<String>,
}

/// The change of a profile's membership in a company.
#[derive(Clone, PartialEq, Default)]
pub enum MembershipChange {
    /// No change.
    #[default]
    Keep,
    /// The profile leaves its company.
    End,
    /// The profile becomes a member of this company, and the company gets these properties.
    Join(CompanyName, BTreeMap<String, Value>),
}
