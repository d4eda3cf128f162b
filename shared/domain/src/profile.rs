//! A stored profile.

use std::collections::BTreeMap;

use profiles_normalization::{Timestamp, Value};

use crate::{CompanyId, DeliveryId, PendingDelivery, ProfileId};

/// Properties that only the service itself sets.
pub const SYSTEM_PROPERTIES: [&str; 5] = ["created_at", "updated_at", "percent", "delivery_ids", "last_cleared_at"];

/// A profile as it is stored. Times are canonical text (`2029-04-07T12:18:00.000Z`).
#[derive(Clone, PartialEq)]
pub struct Profile {
    /// The profile's id.
    pub id: ProfileId,
    /// The time of its creation.
    pub created_at: String,
    /// The time of the last change of a property.
    pub updated_at: String,
    /// The customer's id, which never changes once it is set.
    pub uid: Option<String>,
    /// The company it is a member of.
    pub company_id: Option<CompanyId>,
    /// The deliveries that it lists, in their order. The time of some may be over.
    pub deliveries: Vec<PendingDelivery>,
    /// All other properties by name, among them `email` and `percent`.
    pub properties: BTreeMap<String, Value>,
}

impl Profile {
    /// The e-mail address, if the profile has one.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        match self.properties.get("email") {
            Some(Value::String(address)) => Some(address),
            _ => None,
        }
    }

    /// The deliveries that are pending, in their order.
    pub fn delivery_ids(&self, now: Timestamp) -> impl Iterator<Item = DeliveryId> {
        self.deliveries.iter().filter(move |delivery| !delivery.has_run_out(now)).map(|delivery| delivery.id)
    }
}

// Properties are private data and must not reach a log.
impl std::fmt::Debug for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Profile").field("id", &self.id).finish_non_exhaustive()
    }
}
