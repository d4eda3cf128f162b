//! A request to create or update a profile.

use std::collections::{BTreeMap, BTreeSet};

use profiles_normalization::Value;

use crate::{Identity, MembershipChange};

/// A change of a profile, checked and normalized.
#[derive(Clone, Default, PartialEq)]
pub struct Upsert {
    /// The profile's identifiers; not empty.
    pub identity: Identity,
    /// The change of its membership in a company.
    pub membership: MembershipChange,
    /// Whether the profile's address is taken away. Then `identity` has none.
    pub unsets_email: bool,
    /// The properties to set, by normalized name. The others do not change.
    pub properties: BTreeMap<String, Value>,
    /// The properties of which a value was cut.
    pub cut: BTreeSet<String>,
    /// The properties of the company of which a value was cut.
    pub cut_of_company: BTreeSet<String>,
}
