//! One request to create or update a profile.

use std::collections::BTreeMap;

use profiles_normalization::Value;

use crate::{Identity, MembershipChange};

/// What one item of the API's upsert asks for, checked and normalized.
#[derive(Clone, Default, PartialEq)]
pub struct Upsert {
    /// Which profile; not empty.
    pub identity: Identity,
    /// What becomes of its membership.
    pub membership: MembershipChange,
    /// What is set, by normalized name. Nothing else of the profile changes.
    pub properties: BTreeMap<String, Value>,
}
