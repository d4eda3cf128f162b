//! Giving a profile an address that it doesn't have yet.

use aws_sdk_dynamodb::types::TransactWriteItem;
use profiles_domain::{Collision, Email, Error, ProfileId, Slot};

use super::change::Identified;
use super::{Stop, Writer, actions};
use crate::dynamo::database::Transaction;
use crate::dynamo::item::Item;
use crate::schema::generation::Home;
use crate::schema::keys;

/// What became of a claim.
pub(super) enum Claim {
    /// The profile has the address and the change.
    Done,
    /// This profile has the address.
    Held(Item, ProfileId),
    /// A race was lost: look again.
    Raced,
}

impl Writer<'_> {
    /// Claims `email` for the profile `me` in the slot where `seen` was, lets its old address go, and writes the change, all at once.
    pub(super) async fn claim(
        &self,
        email: &Email,
        me: ProfileId,
        slot: Slot,
        seen: &Item,
        identified: Identified<'_>,
    ) -> Result<Claim, Stop> {
        let new = self.change.applied(seen, me, identified);
        let mut transaction = vec![self.claim_action(email, me)?, actions::put(self.database, keys::slot(self.account, slot), seen, new)?];
        transaction.extend(self.release_old(seen, me)?);
        let refused = match self.transact(transaction, Home::of(me, seen)).await? {
            Transaction::Done => return Ok(Claim::Done),
            Transaction::Refused(refused) => refused,
        };
        // The claim is the first action, and the profile the second, which must not have changed since it was seen.
        let mut refused = refused.into_iter();
        let (Some(claim), None) = (refused.next().flatten(), refused.next().flatten()) else { return Ok(Claim::Raced) };
        self.admit(&claim)?;
        match claim.id() {
            Some(owner) => self.holder(email, me, owner).await,
            None => Ok(Claim::Raced),
        }
    }

    /// Who holds an address that is not to be claimed; `None` when nobody does.
    pub(super) async fn claimed(&self, email: &Email, me: ProfileId) -> Result<Option<Claim>, Stop> {
        let claim = self.database.claim(self.account, email).await?;
        self.admit(&claim)?;
        match claim.id() {
            Some(owner) => self.holder(email, me, owner).await.map(Some),
            None => Ok(None),
        }
    }

    /// The action that takes an address nobody holds.
    pub(super) fn claim_action(&self, email: &Email, holder: ProfileId) -> Result<TransactWriteItem, Error> {
        actions::claim(self.database, keys::claim(self.account, email.as_str()), holder, self.terms.as_ref())
    }

    /// Who it is that holds the address.
    pub(super) async fn holder(&self, email: &Email, me: ProfileId, owner: ProfileId) -> Result<Claim, Stop> {
        if owner == me {
            return Ok(Claim::Raced);
        }
        let twin = self.slot(owner.slot()).await?;
        self.admit(&twin)?;
        if twin.id() != Some(owner) || twin.email() != Some(email.as_str()) {
            // The address moved on meanwhile.
            return Ok(Claim::Raced);
        }
        Ok(Claim::Held(twin, owner))
    }

    /// The action that lets the address go that `seen` has, if it has one.
    pub(super) fn release_old(&self, seen: &Item, me: ProfileId) -> Result<Option<TransactWriteItem>, Error> {
        let Some(old) = seen.email() else { return Ok(None) };
        let traces = self.change.traces_after(&seen.traces());
        actions::release(self.database, keys::claim(self.account, old), me, &traces, self.change.now).map(Some)
    }
}

pub(super) fn taken(email: &Email) -> Error {
    Error::Conflict(Collision::EmailIsTaken(email.clone()))
}
