//! The content of a slot or a claim.
//!
//! A slot holds nothing, a profile, an alias, or the tombstone of a forgotten profile.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use profiles_domain::{DeletionId, Error, Profile, ProfileId, Slot};
use profiles_normalization::Timestamp;

use super::applied_log::AppliedLog;
use super::attributes::{
    ALIAS_ID, ALIAS_OF, APPLIED, COMPANY_ID, CREATED_AT, DELETION, DELIVERY_IDS, EMAIL, FENCED_AT, FORGOTTEN_AT, ID, INHERITED, LAST,
    LAST_DELIVERY, REV, SK, UID, UPDATED_AT, is_public,
};
use super::former_addresses;
use super::generation::Generation;
use crate::dynamo::item::{Attributes, Item};
use crate::dynamo::value::{from_attribute, number, text};

impl Item {
    fn profile_id(&self, name: &str) -> Option<ProfileId> {
        self.text(name)?.parse().ok()
    }

    /// The id of the profile that is here; in a claim, the id of the one that holds the address.
    pub(crate) fn id(&self) -> Option<ProfileId> {
        self.profile_id(ID)
    }

    /// Whether it was read from this slot, and not from a claim or another slot.
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

    /// The profile that this alias points to.
    pub(crate) fn alias_of(&self) -> Option<ProfileId> {
        self.profile_id(ALIAS_OF)
    }

    /// The id of the profile that was here before it was merged.
    pub(crate) fn alias_id(&self) -> Option<ProfileId> {
        self.profile_id(ALIAS_ID)
    }

    /// Whether it is the profile of this id, and has this address.
    pub(crate) fn has_address(&self, id: ProfileId, email: &str) -> bool {
        self.id() == Some(id) && self.email() == Some(email)
    }

    /// The profile into which that of this id was merged, if this is what is in its slot.
    pub(crate) fn merged_into(&self, id: ProfileId) -> Option<ProfileId> {
        self.alias_of().filter(|_| self.alias_id() == Some(id))
    }

    /// Whether it is a tombstone: a profile was here and was forgotten, and no other took its place.
    pub(crate) fn is_tombstone(&self) -> bool {
        !self.is_live() && self.0.contains_key(FORGOTTEN_AT)
    }

    /// Whether nobody is or was here. There may be a revision, which keeps out whoever saw the slot before.
    pub(crate) fn is_vacant(&self) -> bool {
        !self.is_live() && self.alias_of().is_none() && !self.is_tombstone()
    }

    /// The time at which a profile here was last forgotten, also one that had released the claim before that.
    pub(crate) fn forgotten_at(&self) -> Option<Timestamp> {
        let fenced_at = self.text(FENCED_AT).filter(|_| !self.is_live());
        [self.text(FORGOTTEN_AT), fenced_at].into_iter().flatten().filter_map(Timestamp::parse_canonical).max()
    }

    /// The deletion that put the tombstone here.
    pub(crate) fn deletion(&self) -> Option<DeletionId> {
        self.text(DELETION)?.parse().ok().filter(|_| !self.is_live())
    }

    /// The time, in Unix seconds, in the id of the last profile that was here before the present one.
    pub(crate) fn last(&self) -> Option<u32> {
        self.number(LAST)
    }

    /// The latest time, in Unix seconds, in an id of this slot, of a former profile or of a delivery.
    pub(crate) fn last_given(&self) -> Option<u32> {
        self.last().max(self.number(LAST_DELIVERY))
    }

    /// The applied log of the profile; in a claim, those of the profiles that released it.
    pub(crate) fn applied_log(&self) -> AppliedLog {
        match self.set(APPLIED) {
            [] => self.text(APPLIED).and_then(|text| text.parse().ok()).unwrap_or_default(),
            of_several => of_several.iter().filter_map(|text| text.parse().ok()).collect(),
        }
    }

    /// The time at which the profile or company last changed.
    pub(crate) fn updated_at(&self) -> Option<Timestamp> {
        self.text(UPDATED_AT).and_then(Timestamp::parse_canonical)
    }

    /// The time of a change that is made now. It is later than the last change and the last tombstone here, even when those were made by a
    /// clock that is ahead.
    pub(crate) fn next_update(&self, now: Timestamp) -> Timestamp {
        let last = self.updated_at().max(self.forgotten_at());
        last.filter(|last| *last > now).map_or(now, |last| last.plus(Duration::from_millis(1)))
    }

    /// The number of writes to this slot; `None` when there was none.
    pub(crate) fn revision(&self) -> Option<u64> {
        self.number(REV)
    }

    /// The revision after one more write to this slot.
    pub(crate) fn next_revision(&self) -> u64 {
        self.revision().unwrap_or(0).saturating_add(1)
    }

    /// Converts the item into the profile that it holds.
    ///
    /// # Errors
    /// `Defect` when a part of a profile is missing, which no write leaves out.
    pub(crate) fn into_profile(mut self) -> Result<Profile, Error> {
        let id = self.id().ok_or_else(|| Error::Defect("a stored profile has no id".into()))?;
        let deliveries = self.deliveries();
        let company_id = self.text(COMPANY_ID).and_then(|id| id.parse().ok());
        let mut take = |name: &str| match self.0.remove(name) {
            Some(AttributeValue::S(text)) => Some(text),
            _ => None,
        };
        let (created_at, updated_at, uid) = (take(CREATED_AT), take(UPDATED_AT), take(UID));
        let properties = self
            .0
            .into_iter()
            .filter(|(name, _)| is_public(name) && !matches!(name.as_str(), ID | COMPANY_ID | DELIVERY_IDS))
            .map(|(name, value)| (name, from_attribute(value)))
            .collect();
        Ok(Profile {
            id,
            created_at: created_at.unwrap_or_default(),
            updated_at: updated_at.unwrap_or_default(),
            uid,
            company_id,
            deliveries,
            properties,
        })
    }
}

/// Merges `twin` into the profile `seen`. Where both have a property, the value of `seen` stays. A property that is `null` counts as none. The
/// time is that of the last change of either, so that a late attempt of what changed the twin is too early for the profile that stays.
pub(crate) fn merged(seen: &Item, twin: &Item) -> Item {
    let mut both = seen.clone();
    for (name, value) in twin.0.iter().filter(|(name, _)| is_public(name) && name.as_str() != EMAIL) {
        if both.0.get(name).is_none_or(AttributeValue::is_null) {
            both.0.insert(name.clone(), value.clone());
        }
    }
    if let Some(at) = seen.updated_at().max(twin.updated_at()) {
        both.0.insert(UPDATED_AT.to_owned(), text(at));
    }
    if twin.0.contains_key(APPLIED) {
        both.0.insert(APPLIED.to_owned(), text(seen.applied_log().merged_with(&twin.applied_log())));
    }
    former_addresses::merge(&mut both.0, twin);
    let generations = Generation::inherited(seen).chain(Generation::inherited(twin)).chain(Generation::current(twin));
    let generations: BTreeSet<_> = generations.map(|generation| generation.to_string()).collect();
    if !generations.is_empty() {
        both.0.insert(INHERITED.to_owned(), AttributeValue::Ss(generations.into_iter().collect()));
    }
    let deliveries: Vec<_> = [seen, twin].iter().flat_map(|profile| profile.list(DELIVERY_IDS)).map(text).collect();
    if !deliveries.is_empty() {
        both.0.insert(DELIVERY_IDS.to_owned(), AttributeValue::L(deliveries));
    }
    both
}

/// Returns the alias that replaces what was seen in a slot. The revision goes on counting, and a tombstone that is in it stays.
pub(crate) fn alias(seen: &Item, target: ProfileId) -> Item {
    let mut new: Attributes = [FORGOTTEN_AT, LAST, LAST_DELIVERY]
        .iter()
        .filter_map(|name| seen.0.get_key_value(*name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if let Some(id) = seen.id() {
        new.insert(LAST.to_owned(), number(id.seconds()));
        new.insert(ALIAS_ID.to_owned(), text(id));
    }
    new.insert(ALIAS_OF.to_owned(), text(target));
    new.insert(REV.to_owned(), number(seen.next_revision()));
    Item(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(attributes: &[(&str, &str)]) -> Item {
        Item(attributes.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect())
    }

    #[test]
    fn a_merge_keeps_the_values_of_the_profile_that_stays() {
        let both = merged(
            &item(&[("plan", "gold")]),
            &item(&[("plan", "free"), ("role", "admin"), (EMAIL, "a@b"), (REV, "7"), (super::super::attributes::ALIASES, "x")]),
        );
        assert_eq!(both, item(&[("plan", "gold"), ("role", "admin")]));
    }

    #[test]
    fn a_merge_takes_the_other_value_in_place_of_null_and_of_nothing_else() {
        let own = [
            ("null", AttributeValue::Null(true)),
            ("both", AttributeValue::Null(true)),
            ("false", AttributeValue::Bool(false)),
            ("zero", number(0_u64)),
            ("empty", text("")),
            ("list", AttributeValue::L(Vec::new())),
            ("hash", AttributeValue::M(Attributes::new())),
            ("inside", AttributeValue::M([("null".to_owned(), AttributeValue::Null(true))].into())),
        ];
        let own = Item(own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
        let mut twin = item(&[("null", "theirs"), ("false", "theirs"), ("zero", "theirs"), ("empty", "theirs"), ("inside", "theirs")]);
        twin.0.extend(["both", "list", "hash", "absent"].map(|name| (name.to_owned(), AttributeValue::Null(true))));
        let mut expected = own.clone();
        expected.0.insert("null".to_owned(), text("theirs"));
        expected.0.insert("absent".to_owned(), AttributeValue::Null(true));
        assert_eq!(merged(&own, &twin), expected);
    }

    #[test]
    fn a_merge_is_later_than_the_last_change_of_either() {
        let (early, late) = (item(&[(UPDATED_AT, "2029-04-07T12:18:00.000Z")]), item(&[(UPDATED_AT, "2029-04-07T12:19:00.000Z")]));
        for (seen, twin) in [(&early, &late), (&late, &early)] {
            let next = merged(seen, twin).next_update(early.updated_at().unwrap());
            assert_eq!(next.to_string(), "2029-04-07T12:19:00.001Z");
        }
    }

    #[test]
    fn a_claim_that_somebody_holds_is_fenced_only_when_it_is_released() {
        let id = "0000000100000000000000ff";
        let (early, late) = ("2029-04-07T12:18:00.000Z", "2029-04-07T12:19:00.000Z");
        for (attributes, expected) in [
            (vec![(FENCED_AT, late)], Some(late)),
            (vec![(FENCED_AT, late), (ID, id)], None),
            (vec![(FENCED_AT, late), (FORGOTTEN_AT, early)], Some(late)),
            (vec![(FENCED_AT, early), (FORGOTTEN_AT, late)], Some(late)),
            (vec![(FENCED_AT, late), (FORGOTTEN_AT, early), (ID, id)], Some(early)),
        ] {
            assert_eq!(item(&attributes).forgotten_at(), expected.and_then(Timestamp::parse_canonical), "{attributes:?}");
        }
    }

    #[test]
    fn an_alias_keeps_nothing_private() {
        let id = "0000000100000000000000ff";
        let alias = alias(&item(&[(ID, id), (UID, "u"), (EMAIL, "a@b"), ("plan", "gold")]), ProfileId::new(2, Slot::from_random(1)));
        let mut names: Vec<_> = alias.0.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, [ALIAS_ID, ALIAS_OF, LAST, REV]);
        assert_eq!(alias.text(ALIAS_ID), Some(id));
    }
}
