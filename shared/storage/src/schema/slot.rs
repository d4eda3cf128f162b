//! What a slot or a claim holds.
//!
//! A slot holds nothing, a profile, an alias, or the mark of a forgotten profile.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::{DeletionId, Error, Profile, ProfileId, Slot};
use profiles_normalization::Timestamp;

use super::applied_log::Traces;
use super::attributes::{
    ALIAS_ID, ALIAS_OF, APPLIED, COMPANY_ID, CREATED_AT, DELETION, EMAIL, FORGOTTEN_AT, ID, LAST, LAST_DELIVERY, REV, SK, UID, UPDATED_AT,
    is_public,
};
use crate::dynamo::item::Item;
use crate::dynamo::value::from_attribute;

impl Item {
    fn profile_id(&self, name: &str) -> Option<ProfileId> {
        self.text(name)?.parse().ok()
    }

    /// The id of the profile that is here; in a claim, of the profile that holds the address.
    pub(crate) fn id(&self) -> Option<ProfileId> {
        self.profile_id(ID)
    }

    /// Whether it was read from this slot, rather than from a claim or another one.
    pub(crate) fn is_at(&self, slot: Slot) -> bool {
        self.text(SK).is_some_and(|here| here == slot.to_string())
    }

    /// Whether a profile is here.
    pub(crate) fn is_live(&self) -> bool {
        self.0.contains_key(ID)
    }

    pub(crate) fn uid(&self) -> Option<&str> {
        self.text(UID)
    }

    pub(crate) fn email(&self) -> Option<&str> {
        self.text(EMAIL)
    }

    /// The profile that this alias leads to.
    pub(crate) fn alias_of(&self) -> Option<ProfileId> {
        self.profile_id(ALIAS_OF)
    }

    /// The id of the profile that this alias was, before it was merged.
    pub(crate) fn alias_id(&self) -> Option<ProfileId> {
        self.profile_id(ALIAS_ID)
    }

    /// Whether a profile was here and was forgotten, and none took its place.
    pub(crate) fn is_mark(&self) -> bool {
        !self.is_live() && self.0.contains_key(FORGOTTEN_AT)
    }

    /// When who was here was last forgotten.
    pub(crate) fn forgotten_at(&self) -> Option<Timestamp> {
        self.text(FORGOTTEN_AT).and_then(Timestamp::parse_canonical)
    }

    /// The deletion by which the profile was forgotten that was here.
    pub(crate) fn deletion(&self) -> Option<DeletionId> {
        self.text(DELETION)?.parse().ok().filter(|_| !self.is_live())
    }

    /// The time in the last id that this slot gave, before the present one.
    pub(crate) fn last(&self) -> Option<u32> {
        self.number(LAST)
    }

    /// The time in the last id that this slot gave, of a profile or a delivery.
    pub(crate) fn last_given(&self) -> Option<u32> {
        self.last().max(self.number(LAST_DELIVERY))
    }

    /// What batches left that were written into the profile; in a claim, into those who released it.
    pub(crate) fn traces(&self) -> Traces {
        match self.set(APPLIED) {
            [] => self.text(APPLIED).and_then(|text| text.parse().ok()).unwrap_or_default(),
            of_several => of_several.iter().filter_map(|text| text.parse().ok()).collect(),
        }
    }

    /// When a property of the profile or company last changed.
    pub(crate) fn updated_at(&self) -> Option<Timestamp> {
        self.text(UPDATED_AT).and_then(Timestamp::parse_canonical)
    }

    /// The time of a change that is made now: where the last one was made later, by another clock, still later than that. Who was here
    /// before and was forgotten counts, too.
    pub(crate) fn next_update(&self, now: Timestamp) -> Timestamp {
        let last = self.updated_at().max(self.forgotten_at());
        last.filter(|last| *last > now).map_or(now, |last| last.plus(Duration::from_millis(1)))
    }

    /// How often this slot was written; none when it never was.
    pub(crate) fn revision(&self) -> Option<u64> {
        self.number(REV)
    }

    /// The profile that is here.
    ///
    /// # Errors
    /// `Defect` when the item is not a whole profile, which nothing here ever writes.
    pub(crate) fn into_profile(mut self) -> Result<Profile, Error> {
        let id = self.id().ok_or_else(|| Error::Defect("a stored profile has no id".into()))?;
        let company_id = self.text(COMPANY_ID).and_then(|id| id.parse().ok());
        let mut take = |name: &str| match self.0.remove(name) {
            Some(AttributeValue::S(text)) => Some(text),
            _ => None,
        };
        let (created_at, updated_at, uid) = (take(CREATED_AT), take(UPDATED_AT), take(UID));
        let properties = self
            .0
            .into_iter()
            .filter(|(name, _)| is_public(name) && !matches!(name.as_str(), ID | COMPANY_ID))
            .map(|(name, value)| (name, from_attribute(value)))
            .collect();
        Ok(Profile {
            id,
            created_at: created_at.unwrap_or_default(),
            updated_at: updated_at.unwrap_or_default(),
            uid,
            company_id,
            properties,
        })
    }
}
