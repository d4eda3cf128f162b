//! Looking up the profiles that items name.

use profiles_domain::{Email, Error, Slot};

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
        let tables = &self.database.tables;
        let mut wanted = Wanted::default();
        let (mut slots, mut claims) = (Vec::new(), Vec::new());
        for identity in lists.iter().filter_map(|list| Some(&list.left.first()?.upsert.identity)) {
            match (identity.id, &identity.uid, &identity.email) {
                (Some(id), ..) => slots.push(self.slot_key(id.slot())),
                (None, Some(uid), _) => slots.push(self.slot_key(Slot::of_uid(self.source.account, uid.as_str()))),
                (None, None, Some(email)) => claims.push(self.claim_key(email)),
                (None, None, None) => {}
            }
        }
        slots.iter().for_each(|key| wanted.add(&tables.profiles, key.clone()));
        claims.iter().for_each(|key| wanted.add(&tables.identities, key.clone()));
        let mut found = self.database.get_many(wanted).await?;
        let mut wanted = Wanted::default();
        let targets = slots.iter().filter_map(|key| found.get(key).alias_of());
        let owners = claims.iter().filter_map(|key| found.get(key).id());
        targets.chain(owners).for_each(|id| wanted.add(&tables.profiles, self.slot_key(id.slot())));
        found.extend(self.database.get_many(wanted).await?);
        self.prefetch_companies(lists).await?;
        Ok(found)
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
        let (first, target) = match (identity.id, &identity.uid, &identity.email) {
            (Some(id), ..) => {
                let first = self.slot(id.slot(), known).await?;
                let target = first.merged_into(id).unwrap_or(id);
                (first, Some(target))
            }
            (None, Some(uid), _) => {
                let first = self.slot(Slot::of_uid(self.source.account, uid.as_str()), known).await?;
                let target = first.alias_of().or(first.id());
                (first, target)
            }
            (None, None, Some(email)) => {
                let first = self.item(&self.database.tables.identities, self.claim_key(email), known).await?;
                let target = first.id();
                (first, target)
            }
            (None, None, None) => return Err(Error::NoIdentifier.into()),
        };
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
