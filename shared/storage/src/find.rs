//! Finding profiles: always by strongly consistent reads of primary keys, never by an index.

use std::collections::HashMap;

use profiles_domain::{AccountId, Email, Error, Identifier, Identity, Profile, ProfileId, Slot, Uid};

use crate::dynamo::database::Database;
use crate::dynamo::item::Item;
use crate::dynamo::read_many::{Found, Wanted};
use crate::schema::keys;

/// Finds the profile that all identifiers in `identity` name: by its id, else by its uid, else by its address.
pub(crate) async fn find(database: &Database, account: AccountId, identity: &Identity) -> Result<Item, Error> {
    let finder = Finder { database, account };
    let (item, by) = match identity {
        Identity { id: Some(id), .. } => (finder.by_id(*id).await?, Identifier::Id(*id)),
        Identity { uid: Some(uid), .. } => (finder.by_uid(uid).await?, Identifier::Uid(uid.clone())),
        Identity { email: Some(email), .. } => (finder.by_email(email).await?, Identifier::Email(email.clone())),
        Identity { .. } => return Err(Error::NoIdentifier),
    };
    let Some(item) = item else { return Err(Error::ProfileNotFound(by)) };
    if let Some(uid) = identity.uid.as_ref().filter(|uid| item.uid() != Some(uid.as_str())) {
        return Err(Error::ProfilesDiffer(by, Identifier::Uid(uid.clone())));
    }
    if let Some(email) = identity.email.as_ref().filter(|email| item.email() != Some(email.as_str())) {
        return Err(Error::ProfilesDiffer(by, Identifier::Email(email.clone())));
    }
    Ok(item)
}

/// Reads profiles by their ids, many in a request. Those that are not there are left out.
pub(crate) async fn many(database: &Database, account: AccountId, ids: &[ProfileId]) -> Result<HashMap<ProfileId, Profile>, Error> {
    let mut wanted = Wanted::default();
    for id in ids {
        wanted.add(&database.tables.profiles, keys::slot(account, id.slot()));
    }
    let found = database.get_many(wanted).await?;
    let at = |id: &ProfileId| Some(found.get(&keys::slot(account, id.slot()))).filter(|item| item.id() == Some(*id));
    ids.iter().filter_map(|id| Some((*id, at(id)?.into_profile()))).map(|(id, profile)| Ok((id, profile?))).collect()
}

impl Database {
    /// Reads slots of an account's profiles, and of the aliases in them the slots of the profiles into which those were merged. Reads only
    /// these attributes, `ALIAS_OF` among them; all, if there are none.
    pub(crate) async fn slots_and_survivors(
        &self,
        account: AccountId,
        slots: impl Iterator<Item = Slot>,
        attributes: &[&str],
    ) -> Result<Found, Error> {
        let table = &self.tables.profiles;
        let mut wanted = Wanted::only(attributes);
        slots.for_each(|slot| wanted.add(table, keys::slot(account, slot)));
        let mut found = self.get_many(wanted).await?;
        let mut survivors = Wanted::only(attributes);
        found.items().filter_map(Item::alias_of).for_each(|survivor| survivors.add(table, keys::slot(account, survivor.slot())));
        found.extend(self.get_many(survivors).await?);
        Ok(found)
    }

    /// Reads a slot of an account's profiles.
    pub(crate) async fn slot(&self, account: AccountId, slot: Slot) -> Result<Item, Error> {
        self.get(&self.tables.profiles, keys::slot(account, slot)).await
    }

    /// Reads the claim to an address in an account.
    pub(crate) async fn claim(&self, account: AccountId, email: &Email) -> Result<Item, Error> {
        self.get(&self.tables.identities, keys::claim(account, email.as_str())).await
    }
}

struct Finder<'a> {
    database: &'a Database,
    account: AccountId,
}

impl Finder<'_> {
    async fn slot(&self, slot: Slot) -> Result<Item, Error> {
        self.database.slot(self.account, slot).await
    }

    /// Reads the profile `id`, if it is the one in its slot.
    async fn at(&self, id: ProfileId) -> Result<Option<Item>, Error> {
        Ok(Some(self.slot(id.slot()).await?).filter(|item| item.id() == Some(id)))
    }

    async fn by_id(&self, id: ProfileId) -> Result<Option<Item>, Error> {
        let item = self.slot(id.slot()).await?;
        match item.merged_into(id) {
            Some(survivor) => self.at(survivor).await,
            None => Ok(Some(item).filter(|item| item.id() == Some(id))),
        }
    }

    async fn by_uid(&self, uid: &Uid) -> Result<Option<Item>, Error> {
        let item = self.slot(Slot::of_uid(self.account, uid.as_str())).await?;
        let item = match item.alias_of() {
            // An alias of a profile that is gone is left while that is being forgotten.
            Some(target) => self.at(target).await?,
            None => Some(item),
        };
        Ok(item.filter(|item| item.is_live() && item.uid() == Some(uid.as_str())))
    }

    async fn by_email(&self, email: &Email) -> Result<Option<Item>, Error> {
        let claim = self.database.claim(self.account, email).await?;
        let Some(owner) = claim.id() else { return Ok(None) };
        let mut item = self.slot(owner.slot()).await?;
        // The claim may have moved on since it was read. Then the address was free in between, or it went to the profile into which this one
        // was merged.
        if let Some(survivor) = item.merged_into(owner) {
            item = self.slot(survivor.slot()).await?;
        }
        Ok(Some(item).filter(|item| item.is_live() && item.email() == Some(email.as_str())))
    }
}
