//! Which records belong to a user who is there: an index may name others, and so may an id.

use profiles_domain::{AccountId, Error, Id, ProfileId, Slot};

use super::Activities;
use crate::dynamo::item::{Item, Key};
use crate::dynamo::read_many::{Found, Wanted};
use crate::schema::attributes::{ALIAS_OF, GENERATION, ID, INHERITED};
use crate::schema::generation::{Generation, RecordKind};
use crate::schema::keys;
use crate::schema::pointer::{Pointers, pointed};

impl Activities<'_> {
    /// Reads the records at these keys, in these generations. Returns those that are there and belong to a profile, each with that profile.
    pub(super) async fn visible(&self, account: AccountId, located: Vec<(Generation, Key)>) -> Result<Vec<(Item, ProfileId)>, Error> {
        if located.is_empty() {
            return Ok(Vec::new());
        }
        let mut wanted = Wanted::default();
        located.iter().for_each(|(_, key)| wanted.add(&self.database.tables.activities, key.clone()));
        let records = self.database.get_many(wanted).await?;
        let slots = located.iter().map(|(generation, _)| generation.profile.slot());
        let holders = self.holders(account, slots, &[ID, GENERATION, INHERITED, ALIAS_OF]).await?;
        let mut visible = Vec::with_capacity(located.len());
        for (generation, key) in located {
            let holder = holders.of(generation.profile.slot());
            let record = records.get(&key);
            if let Some(profile) = holder.id().filter(|_| Generation::all(&holder).contains(&generation) && record.0.contains_key(ID)) {
                visible.push((record, profile));
            }
        }
        Ok(visible)
    }

    /// Reads the record that an id leads to, and the profile that it belongs to; `None` when there is none.
    pub(super) async fn of_id<Kind>(&self, account: AccountId, kind: RecordKind, id: Id<Kind>) -> Result<Option<(Item, ProfileId)>, Error> {
        let pointer = Pointers { database: self.database, account, kind }.get(id).await?;
        let Some(place) = pointed(&pointer) else { return Ok(None) };
        let mut visible = self.visible(account, vec![(place.generation, place.key(account))]).await?;
        Ok(visible.pop())
    }

    /// Reads the profile that a generation belongs to; `None` when its user is gone, or was cleared since.
    pub(super) async fn holder(&self, account: AccountId, generation: Generation) -> Result<Option<Item>, Error> {
        let item = self.holder_at(account, generation.profile.slot()).await?;
        Ok(Some(item).filter(|item| Generation::all(item).contains(&generation)))
    }

    /// Reads what is in a slot, or in that of the profile into which the one there was merged.
    pub(super) async fn holder_at(&self, account: AccountId, slot: Slot) -> Result<Item, Error> {
        let item = self.database.slot(account, slot).await?;
        match item.alias_of() {
            Some(survivor) => self.database.slot(account, survivor.slot()).await,
            None => Ok(item),
        }
    }

    /// Does the same for many slots, and reads only these attributes, `ALIAS_OF` among them.
    pub(super) async fn holders(
        &self,
        account: AccountId,
        slots: impl Iterator<Item = Slot>,
        attributes: &'static [&'static str],
    ) -> Result<Holders, Error> {
        Ok(Holders { account, found: self.database.slots_and_survivors(account, slots, attributes).await? })
    }
}

/// Profiles that were read by their slots.
pub(super) struct Holders {
    account: AccountId,
    found: Found,
}

impl Holders {
    /// What was in a slot, or in that of the profile into which the one there was merged.
    pub(super) fn of(&self, slot: Slot) -> Item {
        let at = |slot| self.found.get(&keys::slot(self.account, slot));
        let item = at(slot);
        item.alias_of().map(|survivor| at(survivor.slot())).unwrap_or(item)
    }
}
