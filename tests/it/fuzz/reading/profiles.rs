//! What an account holds.

use std::collections::{BTreeMap, BTreeSet};

use super::times::Millis;
use super::values::Value;
use crate::fuzz::json::Json;

/// The place of a profile or company in its list.
pub(crate) type Place = usize;

/// Everything of an account. What is gone leaves an empty place.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) profiles: Vec<Option<Profile>>,
    pub(crate) companies: Vec<Company>,
    /// The ids of profiles that were merged into others, with these.
    pub(crate) aliases: BTreeMap<String, Place>,
    /// The names of forgotten users, and when they were forgotten. For a while, items of batches that have one are ignored.
    pub(crate) forgotten: BTreeMap<String, Millis>,
    /// Webhooks by their ids.
    pub(crate) webhooks: BTreeSet<String>,
}

/// A user. Ids, `percent` and the like are not known before they were answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Profile {
    pub(crate) id: Option<String>,
    pub(crate) uid: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) created_at: Millis,
    pub(crate) cleared_at: Option<Millis>,
    pub(crate) percent: Option<Json>,
    pub(crate) properties: BTreeMap<String, Value>,
    pub(crate) company: Option<Place>,
    /// Pending deliveries in their order. `None` where the contract does not say it.
    pub(crate) deliveries: Vec<String>,
    pub(crate) former_addresses: BTreeSet<String>,
    /// The uid with which it began.
    pub(crate) first_uid: Option<String>,
}

/// A company.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Company {
    pub(crate) id: Option<String>,
    pub(crate) uid: String,
    pub(crate) properties: BTreeMap<String, Value>,
}

impl State {
    pub(crate) fn profile(&mut self, place: Place) -> &mut Profile {
        self.profiles[place].as_mut().expect("a profile that is there")
    }

    pub(crate) fn there(&self) -> impl Iterator<Item = (Place, &Profile)> {
        self.profiles.iter().enumerate().filter_map(|(place, profile)| Some((place, profile.as_ref()?)))
    }

    pub(crate) fn by_uid(&self, uid: &str) -> Option<Place> {
        self.there().find(|(_, profile)| profile.uid.as_deref() == Some(uid)).map(|(place, _)| place)
    }

    pub(crate) fn by_email(&self, email: &str) -> Option<Place> {
        self.there().find(|(_, profile)| profile.email.as_deref() == Some(email)).map(|(place, _)| place)
    }

    /// Finds a profile by its id, or by that of one that was merged into it.
    pub(crate) fn by_id(&self, id: &str) -> Option<Place> {
        let own = self.there().find(|(_, profile)| profile.id.as_deref() == Some(id)).map(|(place, _)| place);
        own.or_else(|| self.aliases.get(id).copied().filter(|place| self.profiles[*place].is_some()))
    }
}
