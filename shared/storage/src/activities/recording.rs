//! Recording something of a user, in one transaction with whatever creates or changes the user's profile for it.

use aws_sdk_dynamodb::types::TransactWriteItem;
use profiles_domain::{AccountId, Error, Identity};
use profiles_normalization::Timestamp;
use std::collections::BTreeMap;

use super::Records;
use crate::companies::Membership;
use crate::dynamo::database::Transaction;
use crate::dynamo::item::Item;
use crate::dynamo::retry::Attempts;
use crate::find::find;
use crate::idempotency::IdempotencyKey;
use crate::idempotency::{known, remember};
use crate::schema::generation::Home;
use crate::upsert::{Along, Change, Stop, Writer};

/// A profile as it was read.
pub(super) struct Located {
    pub(super) item: Item,
    /// Where its records go.
    pub(super) home: Home,
}

/// The key under which a request may come twice.
pub(super) struct Key<'a> {
    pub(super) key: &'a IdempotencyKey,
    /// What it is for.
    pub(super) of: &'static str,
    /// The id of the record, which is remembered by it.
    pub(super) record: String,
}

/// What became of something that is to be recorded.
pub(super) enum Recorded {
    Now,
    /// It was before, and this is remembered of it.
    Before(Item),
}

/// The actions that record something, for where the profile's records are.
pub(super) type Actions<'a> = &'a (dyn Fn(Home) -> Result<Vec<TransactWriteItem>, Error> + Send + Sync);

impl Records<'_> {
    /// The profile that `identity` names.
    pub(super) async fn locate(&self, account: AccountId, identity: &Identity) -> Result<Located, Error> {
        let item = find(self.database, self.patience, account, identity).await?;
        let home = Home::own(&item).ok_or_else(|| Error::Defect("a found profile has no id".into()))?;
        Ok(Located { item, home })
    }

    /// Records something of the profile that `identity` names. Who has only a uid or address and is new is created, and who lacks one of
    /// them is given it, by the rules of an upsert and in the same transaction. Of a request that is known by its key, nothing is done
    /// again: least of all is somebody created.
    pub(super) async fn record(
        &self,
        account: AccountId,
        identity: &Identity,
        key: Option<Key<'_>>,
        actions: Actions<'_>,
        now: Timestamp,
    ) -> Result<Recorded, Error> {
        let all = |home: Home| {
            let remember = key.as_ref().map(|Key { key, of, record }| remember(self.database, account, of, key, record, now));
            let mut all: Vec<_> = remember.into_iter().collect::<Result<_, _>>()?;
            all.extend(actions(home)?);
            Ok(all)
        };
        let mut attempts = Attempts::new(self.patience);
        loop {
            attempts.next().await?;
            let home = match self.locate(account, identity).await {
                Ok(located) => located.home,
                Err(Error::ProfileNotFound(_) | Error::ProfilesDiffer(..)) => {
                    let change = Change::new(BTreeMap::new(), Membership::Keep, now);
                    let writer = Writer::new(self.database, self.patience, account, change);
                    let written = writer.along(Along { actions: &all, has_key: key.is_some() }).write(identity, None).await;
                    return match written {
                        Ok(_) => Ok(Recorded::Now),
                        Err(Stop::Known(item)) => Ok(Recorded::Before(item)),
                        Err(stop) => self.unless_known(account, key, stop.into_error(), now).await,
                    };
                }
                Err(error) => return Err(error),
            };
            let mut actions = all(home)?;
            actions.push(home.check(self.database, account)?);
            let Transaction::Refused(refused) = self.database.transact(actions).await? else { return Ok(Recorded::Now) };
            if let Some(item) = refused.into_iter().next().flatten().filter(|_| key.is_some()) {
                return Ok(Recorded::Before(item));
            }
            // The profile was merged, cleared or forgotten since it was read.
        }
    }

    /// Refuses a request, unless it was taken before: since then, its identifiers may have come to be somebody else's.
    async fn unless_known(&self, account: AccountId, key: Option<Key<'_>>, error: Error, now: Timestamp) -> Result<Recorded, Error> {
        if let (Some(Key { key, of, .. }), Error::Conflict(_) | Error::ProfileNotFound(_)) = (key, &error)
            && let Some(item) = known(self.database, account, of, key, now).await?
        {
            return Ok(Recorded::Before(item));
        }
        Err(error)
    }
}
