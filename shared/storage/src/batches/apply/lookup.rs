//! Looking up the profiles that items name.

use profiles_domain::{Email, Error, Identity, ProfileId, Slot};

use super::Work;
use super::profile::List;
use super::steps::Step;
use crate::dynamo::item::{Item, Key};
use crate::dynamo::read_many::{Found, Wanted};
use crate::schema::keys;
use crate::upsert::Abort;

/// The place that a step's identifiers lead to.
pub(super) struct Place {
    /// The slot or claim to begin at.
    pub(super) first: Item,
    /// The profile; empty or a tombstone when there is none.
    pub(super) profile: Item,
}

impl Work<'_> {
    pub(super) fn slot_key(&self, slot: Slot) -> Key {
        keys::slot(self.source.account, slot)
    }

    fn claim_key(&self, email: &Email) -> Key {
        keys::claim(self.source.account, email.as_str())
    }

    /// Reads the slot or claim that the rest of each list begins at, and the profile it leads to.
    pub(super) async fn read(&self, lists: &[List<'_>]) -> Result<Found, Error> {
        let firsts: Vec<_> = lists.iter().filter_map(List::next).filter_map(|next| Some((next, self.first(next)?))).collect();
        let mut wanted = Wanted::default();
        firsts.iter().for_each(|(_, (table, key))| wanted.add(table, key.clone()));
        let mut found = self.database.get_many(wanted).await?;
        let mut wanted = Wanted::default();
        for (next, (_, first)) in &firsts {
            let target = found.at(first).and_then(|first| target(next, first)).map(|target| self.slot_key(target.slot()));
            if let Some(key) = target.filter(|key| key != first) {
                wanted.add(&self.database.tables.profiles, key);
            }
        }
        found.extend(self.database.get_many(wanted).await?);
        self.prefetch_companies(lists).await?;
        Ok(found)
    }

    /// The id of the profile that the rest of a list leads to, by what was read.
    pub(super) fn leads_to(&self, list: &List<'_>, found: &Found) -> Option<ProfileId> {
        let next = list.next()?;
        target(next, found.at(&self.first(next)?.1)?)
    }

    /// The table and key of the slot or claim that an identity begins at.
    fn first(&self, identity: &Identity) -> Option<(&str, Key)> {
        let tables = &self.database.tables;
        match (identity.id, &identity.uid, &identity.email) {
            (Some(id), ..) => Some((tables.profiles.as_str(), self.slot_key(id.slot()))),
            (None, Some(uid), _) => Some((tables.profiles.as_str(), self.slot_key(Slot::of_uid(self.source.account, uid.as_str())))),
            (None, None, Some(email)) => Some((tables.identities.as_str(), self.claim_key(email))),
            (None, None, None) => None,
        }
    }

    async fn slot(&self, slot: Slot, known: Option<&Found>) -> Result<Item, Error> {
        self.item(&self.database.tables.profiles, self.slot_key(slot), known).await
    }

    /// Returns an item from what was read before, or reads it if that is out of date.
    async fn item(&self, table: &str, key: Key, known: Option<&Found>) -> Result<Item, Error> {
        match known {
            Some(known) => Ok(known.get(&key)),
            None => self.database.get(table, key).await,
        }
    }

    /// Finds the profile that the step's identifiers lead to.
    pub(super) async fn find(&self, step: &Step<'_>, known: Option<&Found>) -> Result<Place, Abort> {
        let identity = &step.identity;
        let (table, key) = self.first(identity).ok_or(Error::NoIdentifier)?;
        let first = self.item(table, key, known).await?;
        let target = target(identity, &first);
        let profile = match target {
            Some(target) if first.is_at(target.slot()) => first.clone(),
            Some(target) => self.slot(target.slot(), known).await?,
            None => Item::default(),
        };
        // A tombstone counts, because its time decides whether the item is applied. Another profile does not, nor one that is named by a claim
        // but has not the address.
        let address = identity.email.as_ref().filter(|_| identity.id.is_none() && identity.uid.is_none());
        let has_address = address.is_none_or(|address| profile.email() == Some(address.as_str()));
        let is_other = profile.is_live() && !(profile.id() == target && has_address);
        Ok(Place { first, profile: if is_other { Item::default() } else { profile } })
    }
}

/// The id of the profile that an identity leads to by the slot or claim that it begins at.
fn target(identity: &Identity, first: &Item) -> Option<ProfileId> {
    match (identity.id, &identity.uid) {
        (Some(id), _) => first.merged_into(id).or(Some(id)),
        (None, Some(_)) => first.alias_of().or(first.id()),
        (None, None) => first.id(),
    }
}
