//! Finding the profile that something is recorded of.

use profiles_domain::{AccountId, Error, Identity, Upsert};
use profiles_normalization::Timestamp;

use super::{Home, Records};
use crate::find::find;
use crate::item::Item;

/// A profile as it was read.
pub(super) struct Located {
    pub(super) item: Item,
    /// Where its records go.
    pub(super) home: Home,
}

impl Records<'_> {
    /// The profile that `identity` names.
    pub(super) async fn locate(&self, account: AccountId, identity: &Identity) -> Result<Located, Error> {
        let item = find(self.database, self.patience, account, identity).await?;
        let home = Home::own(&item).ok_or_else(|| Error::Defect("a found profile has no id".into()))?;
        Ok(Located { item, home })
    }

    /// The same; a user who is new is created, and one who is told apart by another uid or address gets it, by the rules of an upsert.
    pub(super) async fn locate_or_create(&self, account: AccountId, identity: &Identity, now: Timestamp) -> Result<Located, Error> {
        match self.locate(account, identity).await {
            Err(Error::ProfileNotFound(_) | Error::ProfilesDiffer(..)) => {}
            located => return located,
        }
        let upsert = Upsert { identity: identity.clone(), ..Upsert::default() };
        let id = self.storage.upsert(account, upsert, now).await?.id;
        self.locate(account, &Identity { id: Some(id), ..Identity::default() }).await
    }
}
