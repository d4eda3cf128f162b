//! Finding one profile: always by strongly consistent reads of primary keys, never by an index.

use profiles_domain::{AccountId, Email, Error, Identifier, Identity, ProfileId, Slot, Uid};

use crate::dynamo::database::Database;
use crate::dynamo::item::Item;
use crate::dynamo::retry::{Attempts, Patience};
use crate::schema::keys;

/// Finds the profile that all of `identity` names: by its id, else by its uid, else by its address.
pub(crate) async fn find(database: &Database, patience: Patience, account: AccountId, identity: &Identity) -> Result<Item, Error> {
    let finder = Finder { database, patience, account };
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

impl Database {
    /// What a slot of an account's profiles holds.
    pub(crate) async fn slot(&self, account: AccountId, slot: Slot) -> Result<Item, Error> {
        self.get(&self.tables.profiles, keys::slot(account, slot)).await
    }

    /// Who holds an address in an account.
    pub(crate) async fn claim(&self, account: AccountId, email: &Email) -> Result<Item, Error> {
        self.get(&self.tables.identities, keys::claim(account, email.as_str())).await
    }
}

struct Finder<'a> {
    database: &'a Database,
    patience: Patience,
    account: AccountId,
}

impl Finder<'_> {
    async fn slot(&self, slot: Slot) -> Result<Item, Error> {
        self.database.slot(self.account, slot).await
    }

    /// The profile `id`, if it is the one in its slot.
    async fn at(&self, id: ProfileId) -> Result<Option<Item>, Error> {
        Ok(Some(self.slot(id.slot()).await?).filter(|item| item.id() == Some(id)))
    }

    async fn by_id(&self, id: ProfileId) -> Result<Option<Item>, Error> {
        let item = self.slot(id.slot()).await?;
        match item.alias_of() {
            Some(survivor) if item.alias_id() == Some(id) => self.at(survivor).await,
            _ => Ok(Some(item).filter(|item| item.id() == Some(id))),
        }
    }

    async fn by_uid(&self, uid: &Uid) -> Result<Option<Item>, Error> {
        let item = self.slot(Slot::of_uid(self.account, uid.as_str())).await?;
        let item = match item.alias_of() {
            // An alias that leads to nobody is left of one who is being forgotten.
            Some(target) => self.at(target).await?,
            None => Some(item),
        };
        Ok(item.filter(|item| item.is_live() && item.uid() == Some(uid.as_str())))
    }

    async fn by_email(&self, email: &Email) -> Result<Option<Item>, Error> {
        let mut attempts = Attempts::new(self.patience);
        loop {
            attempts.next().await?;
            let claim = self.database.claim(self.account, email).await?;
            let Some(owner) = claim.id() else { return Ok(None) };
            let item = self.slot(owner.slot()).await?;
            if item.id() == Some(owner) && item.email() == Some(email.as_str()) {
                return Ok(Some(item));
            }
            if item.is_mark() {
                // Its owner is being forgotten.
                return Ok(None);
            }
            // The address moved on between the two reads: ask again who has it.
        }
    }
}
