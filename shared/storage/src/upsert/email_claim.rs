//! Claiming an e-mail address for a profile that does not have it yet.

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use profiles_domain::{Collision, Email, Error, ProfileId, Slot};

use super::actions::Release;
use super::change::Identified;
use super::{Abort, Writer, actions};
use crate::dynamo::item::Item;
use crate::dynamo::transaction::{Action, Committed, Transaction};
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
        let release = self.add_release(&mut transaction, seen, me)?;
        let mut refused = match self.commit(transaction, Generation::of(me, seen)).await? {
            Committed::Done => return Ok(Claim::Done),
            Committed::Refused(refused) => refused,
        };
        if refused.has(profile) {
            return Ok(Claim::Raced);
        }
        let Some(claim) = refused.take(claim) else {
            self.note_release(seen, release, &mut refused).await?;
            return Ok(Claim::Raced);
        };
        self.check(&claim)?;
        self.holder(email, (me, seen), &claim).await.map(|claimed| claimed.unwrap_or(Claim::Raced))
    }

    /// Looks up the address's holder without claiming it; `None` when it has none. `me` is the profile that would get it, as it was seen.
    pub(super) async fn look_up_holder(&self, email: &Email, me: (ProfileId, &Item)) -> Result<Option<Claim>, Abort> {
        let claim = self.database.claim(self.account, email).await?;
        self.check(&claim)?;
        self.holder(email, me, &claim).await
    }

    /// The action that claims an address which no profile holds.
    pub(super) fn claim_action(&self, email: &Email, holder: ProfileId) -> UpdateBuilder {
        actions::claim(self.database, keys::claim(self.account, email.as_str()), holder, self.guard.as_ref())
    }

    /// Reads the profile that the claim names, unless it is `me`, which was seen without the address; `None` when it names none.
    pub(super) async fn holder(&self, email: &Email, (me, seen): (ProfileId, &Item), claim: &Item) -> Result<Option<Claim>, Abort> {
        let Some(owner) = claim.id() else { return Ok(None) };
        if owner == me {
            self.mend(email.as_str(), claim, seen).await?;
            return Ok(Some(Claim::Raced));
        }
        let twin = self.slot(owner.slot()).await?;
        self.check(&twin)?;
        if !twin.has_address(owner, email.as_str()) {
            // The address moved on meanwhile, or the claim is nobody's.
            self.mend(email.as_str(), claim, &twin).await?;
            return Ok(Some(Claim::Raced));
        }
        Ok(Some(Claim::Held(twin, owner)))
    }

    /// Adds the action that releases the address that `seen` has, if it has one.
    pub(super) fn add_release(&self, transaction: &mut Transaction, seen: &Item, me: ProfileId) -> Result<Option<Action>, Error> {
        let Some(old) = seen.email() else { return Ok(None) };
        let applied = self.change.applied_log_after(&seen.applied_log());
        let (key, now) = (keys::claim(self.account, old), self.change.now);
        let named = self.disowned.as_ref().filter(|disowned| disowned.email == old).map_or(Some(me), |disowned| disowned.named);
        let action = match named {
            Some(other) if other != me => actions::leave(self.database, key, other),
            named => Release { key, named, applied: &applied, forgotten_at: None, now }.action(self.database),
        };
        transaction.add(action).map(Some)
    }
}

/// The conflict with the profile that holds the address.
pub(super) fn taken(email: &Email) -> Error {
    Error::Conflict(Collision::EmailIsTaken(email.clone()))
}
