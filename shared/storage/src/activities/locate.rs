//! Finding the profile that an activity belongs to.

use profiles_domain::{AccountId, Error, Identity};

use super::Activities;
use crate::dynamo::item::Item;
use crate::find::find;
use crate::schema::generation::Generation;

/// A profile as it was read.
pub(super) struct Located {
    pub(super) item: Item,
    /// The generation that new records go to.
    pub(super) generation: Generation,
}

impl Activities<'_> {
    /// Finds the profile that `identity` names.
    pub(super) async fn locate(&self, account: AccountId, identity: &Identity) -> Result<Located, Error> {
        let item = find(self.database, account, identity).await?;
        let generation = Generation::current(&item).ok_or_else(|| Error::Defect("a found profile has no id".into()))?;
        Ok(Located { item, generation })
    }
}
