//! Claiming an e-mail address for a profile that does not have it yet.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use profiles_domain::{Collision, Email, Error, ProfileId, Slot};

use super::change::Identified;
use super::{Abort, Writer, actions};
use crate::dynamo::item::Item;
use crate::dynamo::transaction::{Committed, Transaction};
use crate::schema::generation::Generation;
use crate::schema::keys;

/// The result of claiming an address.
pub(super) enum Claim {
    /// The profile has the address and the change.
    Done,
    /// This profile, with this id, has the address.
    Held(Item, ProfileId),
    /// A race was lost: look again.
    Raced,
}

impl Writer<'_> {
    /// Claims `email` for the profile `me` in the slot where `seen` was, releases its old address and writes the change, all at once.
    pub(super) async fn claim(
        &mut self,
        email: &Email,
        me: ProfileId,
        slot: Slot,
        seen: &Item,
        identified: Identified<'_>,
    ) -> Result<Claim, Abort> {
        let mut transaction = Transaction::default();
        let claim = transaction.add(self.claim_action(email, me))?;
        let new = self.change.applied(seen, me, identified);
        let profile = transaction.add(actions::put(self.database, keys::slot(self.account, slot), seen, new))?;
        self.add_release(&mut transaction, seen, me)?;
        let mut refused = match self.commit(transaction, Generation::of(me, seen)).await? {
            Committed::Done => return Ok(Claim::Done),
            Committed::Refused(refused) => refused,
        };
        if refused.has(profile) {
            return Ok(Claim::Raced);
        }
        let Some(claim) = refused.take(claim) else { return Ok(Claim::Raced) };
        self.check(&claim)?;
        match claim.id() {
            Some(owner) => self.holder(email, me, owner).await,
            None => Ok(Claim::Raced),
        }
    }

    /// Looks up the address's holder without claiming it; `None` when it has none.
    pub(super) async fn look_up_holder(&self, email: &Email, me: ProfileId) -> Result<Option<Claim>, Abort> {
        let claim = self.database.claim(self.account, email).await?;
        self.check(&claim)?;
        match claim.id() {
            Some(owner) => self.holder(email, me, owner).await.map(Some),
            None => Ok(None),
        }
    }

    /// The action that claims an address which no profile holds.
    pub(super) fn claim_action(&self, email: &Email, holder: ProfileId) -> UpdateBuilder {
        actions::claim(self.database, keys::claim(self.account, email.as_str()), holder, self.guard.as_ref())
    }

    /// Reads the profile that holds the address.
    pub(super) async fn holder(&self, email: &Email, me: ProfileId, owner: ProfileId) -> Result<Claim, Abort> {
        if owner == me {
            return Ok(Claim::Raced);
        }
        let twin = self.slot(owner.slot()).await?;
        self.check(&twin)?;
        if twin.id() != Some(owner) || twin.email() != Some(email.as_str()) {
            // The address moved on meanwhile.
            return Ok(Claim::Raced);
        }
        Ok(Claim::Held(twin, owner))
    }

    /// Adds the action that releases the address that `seen` has, if it has one.
    pub(super) fn add_release(&self, transaction: &mut Transaction, seen: &Item, me: ProfileId) -> Result<(), Error> {
        let Some(old) = seen.email() else { return Ok(()) };
        let applied = self.change.applied_log_after(&seen.applied_log());
        transaction.add(actions::release(self.database, keys::claim(self.account, old), me, &applied, self.change.now)).map(drop)
    }
}

/// The conflict with the profile that holds the address.
pub(super) fn taken(email: &Email) -> Error {
    Error::Conflict(Collision::EmailIsTaken(email.clone()))
}
