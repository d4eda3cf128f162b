//! Claiming an e-mail address for a profile that does not have it yet.
//!
//! No transaction writes claim and profile together. The address is claimed first, then the profile is written on condition that it is as it
//! was seen before that, then the claim to its old address is [released](super::release). The process may die anywhere: a claim counts only if
//! the profile that it names has the address. Otherwise it is nobody's, and whoever wants the address [frees](super::heal) it.

use profiles_domain::{Collision, Email, Error, ProfileId, Slot};

use super::{Abort, Writer, actions};
use crate::dynamo::database::Write;
use crate::dynamo::item::Item;
use crate::schema::keys;

/// The result of claiming an address.
pub(super) enum Claim {
    /// The claim names the profile, which may be given the address if it is as it was seen before.
    Taken,
    /// This profile, with this id, has the address.
    Held(Item, ProfileId),
    /// A race was lost: look again.
    Raced,
}

impl Writer<'_> {
    /// Claims `email` for the profile `me`, whose slot was read before.
    pub(super) async fn claim(&self, email: &Email, me: ProfileId) -> Result<Claim, Abort> {
        let update = actions::claim(keys::claim(self.account, email.as_str()), me, self.guard.as_ref());
        let claim = match self.database.update(update.alone(self.database)).await? {
            Write::Done(_) => return Ok(Claim::Taken),
            Write::Raced => return Ok(Claim::Raced),
            Write::Refused(claim) => claim,
        };
        self.check(&claim)?;
        Ok(self.holder(email, me, &claim).await?.unwrap_or(Claim::Raced))
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
