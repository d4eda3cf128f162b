//! The kinds of records that are searched: profiles, and companies. Tables and keys have the same layout for both.

use profiles_domain::{Id, ObservedType, ProfileId, observed_type};

use crate::dynamo::item::Item;
use crate::dynamo::tables::Tables;
use crate::schema::attributes::{CREATED_AT, EMAIL, ID, LAST_CLEARED_AT, UID, UPDATED_AT};

/// The index of profiles by their uids.
const UID_INDEX: &str = "uid-index";
/// The index of profiles by their addresses.
const EMAIL_INDEX: &str = "email-index";

/// The id of a profile or company.
pub(super) type RecordId = Id<Item>;

/// A kind of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Profiles,
    Companies,
}

impl Kind {
    pub(super) fn table(self, tables: &Tables) -> &str {
        match self {
            Self::Profiles => &tables.profiles,
            Self::Companies => &tables.companies,
        }
    }

    /// The index by a field, sorted by it.
    pub(super) fn index_by(self, field: &str) -> Option<&'static str> {
        match (self, field) {
            (Self::Profiles, UID) => Some(UID_INDEX),
            (Self::Profiles, EMAIL) => Some(EMAIL_INDEX),
            _ => None,
        }
    }

    /// Whether a property of this name holds nothing but times and `null`.
    pub(super) fn is_always_time(self, name: &str) -> bool {
        match (self, name) {
            (_, CREATED_AT | UPDATED_AT) | (Self::Profiles, LAST_CLEARED_AT) => true,
            (Self::Profiles, name) => observed_type(name) == Some(ObservedType::Time),
            (Self::Companies, _) => false,
        }
    }

    /// What a page can lie between.
    pub(super) fn bound(self) -> &'static str {
        match self {
            Self::Profiles => "the id of a profile or a time",
            Self::Companies => "the id of a company or a time",
        }
    }
}

impl Item {
    /// The id of the profile or company that is here.
    pub(super) fn record_id(&self) -> Option<RecordId> {
        self.text(ID)?.parse().ok()
    }
}

/// The id of a record that is a profile.
pub(super) fn profile_id(id: RecordId) -> ProfileId {
    ProfileId::new(id.seconds(), id.slot())
}

/// The id of a profile as a record.
pub(super) fn record_id(id: ProfileId) -> RecordId {
    RecordId::new(id.seconds(), id.slot())
}
