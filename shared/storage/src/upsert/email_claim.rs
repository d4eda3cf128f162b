//! Claiming an e-mail address for a profile that does not have it yet.
//!
//! No transaction writes claim and profile together, unless the profile may be too large. The address is claimed first, then the profile is
//! written on condition that it is as it was seen before that, then the claim to its old address is [released](super::release). The process
//! may die anywhere: a claim counts only if the profile that it names has the address. Otherwise it is nobody's, and whoever wants the address
//! [frees](super::heal) it.

use profiles_domain::{Collision, Email, Error, ProfileId, Slot};

use super::actions::{self, ClaimUpdate};
use super::{Abort, Writer};
use crate::dynamo::database::Write;
use crate::dynamo::item::Item;
use crate::dynamo::size::may_be_too_large;
use crate::dynamo::transaction::{Committed, Transaction};
use crate::schema::generation::Generation;
use crate::schema::keys;

/// The result of claiming an address, or of giving it to a profile.
pub(super) enum Claim {
    /// The claim names the profile, which may be given the address if it is as it was seen before, or was given it.
    Taken,
    /// This profile, with this id, has the address.
    Held(Item, ProfileId),
    /// A race was lost: look again.
    Raced,
}

impl Writer<'_> {
    /// Gives `email` to the profile `me`: claims it, and puts `new` in place of what was seen in the profile's slot.
    ///
    /// A profile that may be too large is put by the transaction that claims its address: if it is refused, there is no claim either.
    pub(super) async fn give(&mut self, email: &Email, me: ProfileId, seen: &Item, new: Item) -> Result<Claim, Abort> {
        if may_be_too_large(&new) {
            return self.give_at_once(email, me, seen, new).await;
        }
        Ok(match self.claim(email, me).await? {
            Claim::Taken if !self.replace(me, seen, new).await? => Claim::Raced,
            claimed => claimed,
        })
    }

    async fn give_at_once(&mut self, email: &Email, me: ProfileId, seen: &Item, new: Item) -> Result<Claim, Abort> {
        let losing = self.losing(me, seen, &new).await?;
        let mut transaction = Transaction::default();
        let claim = transaction.add(self.claiming(email, me).action(self.database))?;
        transaction.add(actions::put(self.database, keys::slot(self.account, me.slot()), seen, new))?;
        match self.commit(transaction, Generation::of(me, seen)).await? {
            Committed::Done => {
                self.release(losing).await;
                Ok(Claim::Taken)
            }
            Committed::Refused(mut refused) => match refused.take(claim) {
                Some(claim) => self.resolve(email, me, &claim).await,
                None => Ok(Claim::Raced),
            },
        }
    }

    /// Claims `email` for the profile `me`, whose slot was read before.
    pub(super) async fn claim(&self, email: &Email, me: ProfileId) -> Result<Claim, Abort> {
        let claim = match self.database.update(self.claiming(email, me).alone(self.database)).await? {
            Write::Done(_) => return Ok(Claim::Taken),
            Write::Raced => return Ok(Claim::Raced),
            Write::Refused(claim) => claim,
        };
        self.resolve(email, me, &claim).await
    }

    /// The update that claims `email` for the profile `me`.
    pub(super) fn claiming(&self, email: &Email, me: ProfileId) -> ClaimUpdate {
        actions::claim(keys::claim(self.account, email.as_str()), me, self.guard.as_ref())
    }

    /// Tells who has the address, whose claim was refused over this stored one.
    async fn resolve(&self, email: &Email, me: ProfileId, claim: &Item) -> Result<Claim, Abort> {
        self.check(claim)?;
        Ok(self.holder(email, me, claim).await?.unwrap_or(Claim::Raced))
    }

    /// Looks up the address's holder without claiming it; `None` when it has none. `me` is the profile that would get it.
    pub(super) async fn look_up_holder(&self, email: &Email, me: ProfileId) -> Result<Option<Claim>, Abort> {
        let claim = self.database.claim(self.account, email).await?;
        self.check(&claim)?;
        self.holder(email, me, &claim).await
    }

    /// Reads the profile that the claim names; `None` when it names none.
    async fn holder(&self, email: &Email, me: ProfileId, claim: &Item) -> Result<Option<Claim>, Abort> {
        let Some(owner) = claim.id() else { return Ok(None) };
        let twin = self.slot(owner.slot()).await?;
        self.check(&twin)?;
        if !twin.has_address(owner, email.as_str()) {
            self.free(email, claim, &twin).await?;
            return Ok(Some(Claim::Raced));
        }
        // Another request gave it to this profile meanwhile.
        Ok(Some(if owner == me { Claim::Raced } else { Claim::Held(twin, owner) }))
    }

    /// Refuses a profile the address that another one has, unless what is in its slot has changed since it was seen: then both were never so
    /// at one time.
    pub(super) async fn refuse(&self, email: &Email, slot: Slot, seen: &Item) -> Result<(), Abort> {
        if self.slot(slot).await?.revision() == seen.revision() {
            return Err(Error::Conflict(Collision::EmailIsTaken(email.clone())).into());
        }
        Ok(())
    }
}
