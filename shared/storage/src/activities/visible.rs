//! Which records belong to a user who is there: an index may name others, and so may an id.

use profiles_domain::{AccountId, Error, Id, ProfileId};

use super::Activities;
use crate::dynamo::item::{Item, Key};
use crate::dynamo::read_many::{Found, Wanted};
use crate::schema::attributes::{ALIAS_ID, ALIAS_OF, GENERATION, ID, INHERITED};
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
        let mut holders = Wanted::only(&[ID, GENERATION, INHERITED, ALIAS_OF, ALIAS_ID]);
        for (generation, key) in &located {
            wanted.add(&self.database.tables.activities, key.clone());
            holders.add(&self.database.tables.profiles, keys::slot(account, generation.profile.slot()));
        }
        let records = self.database.get_many(wanted).await?;
        let holders = self.database.get_many(holders).await?;
        let mut survivors = Wanted::only(&[ID, GENERATION, INHERITED]);
        for (generation, _) in &located {
            if let Some(survivor) = at(&holders, account, generation.profile).alias_of() {
                survivors.add(&self.database.tables.profiles, keys::slot(account, survivor.slot()));
            }
        }
        let survivors = self.database.get_many(survivors).await?;
        let mut visible = Vec::with_capacity(located.len());
        for (generation, key) in located {
            let mut holder = at(&holders, account, generation.profile);
            if let Some(survivor) = holder.alias_of() {
                holder = at(&survivors, account, survivor);
            }
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

    /// Finds the profile that a generation belongs to; `None` when its user is gone, or was cleared since.
    pub(super) async fn holder(&self, account: AccountId, generation: Generation) -> Result<Option<ProfileId>, Error> {
        let mut item = self.database.slot(account, generation.profile.slot()).await?;
        if let Some(survivor) = item.alias_of() {
            item = self.database.slot(account, survivor.slot()).await?;
        }
        Ok(item.id().filter(|_| Generation::all(&item).contains(&generation)))
    }
}

pub(super) fn at(found: &Found, account: AccountId, profile: ProfileId) -> Item {
    found.get(&keys::slot(account, profile.slot()))
}
