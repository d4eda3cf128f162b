//! Reclaiming: a profile that has an address, and whom the claim to it does not name, gets the claim or loses the address.
//!
//! No ordinary request meets such a profile, because none reads both a profile that has the address and the claim. So a
//! [repair](crate::addresses) looks for them. Its transactions depend on the claim and the profiles as they were seen. Between any two writes
//! of requests the claim to a profile's address names it, so none ever touches an address that was merely on its way.

use std::collections::BTreeMap;

use profiles_domain::{Error, ProfileId};

use super::change::Identified;
use super::{Change, Healer, actions};
use crate::companies::Membership;
use crate::dynamo::item::Item;
use crate::dynamo::transaction::Transaction;
use crate::schema::keys;

/// What a profile with an address needs, so that it and the claim agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reclaimed {
    /// Nothing: the claim names it, or it has not the address any more.
    Agrees,
    /// The claim, which named no profile with the address.
    Claim,
    /// That the address is taken from it, because the claim names another profile that has it, too.
    Loss,
}

impl Healer<'_> {
    /// Returns what the profile `id`, which was seen with `email`, needs. Nothing is changed.
    pub(crate) async fn look(&self, id: ProfileId, email: &str) -> Result<Reclaimed, Error> {
        let (seen, claim) = self.both(id, email).await?;
        let Some(owner) = claim.id().filter(|owner| *owner != id && seen.has_address(id, email)) else {
            let is_unclaimed = seen.has_address(id, email) && claim.id().is_none();
            return Ok(if is_unclaimed { Reclaimed::Claim } else { Reclaimed::Agrees });
        };
        let held = self.database.slot(self.account, owner.slot()).await?;
        let has_it = match held.merged_into(owner) {
            Some(survivor) => self.database.slot(self.account, survivor.slot()).await?.has_address(survivor, email) && survivor != id,
            None => held.email() == Some(email) && held.id() != Some(id),
        };
        Ok(if has_it { Reclaimed::Loss } else { Reclaimed::Claim })
    }

    /// Gives the profile `id`, which was seen with `email`, the claim, or takes the address from it. A tombstone in the claim stays.
    ///
    /// The process may end anywhere: what is half done is such a state again.
    pub(crate) async fn reclaim(&self, id: ProfileId, email: &str) -> Result<Reclaimed, Error> {
        let mut was_mended = false;
        let mut retries = self.database.race_retries();
        loop {
            retries.wait_for_next().await?;
            let (seen, claim) = self.both(id, email).await?;
            if !seen.has_address(id, email) {
                return Ok(Reclaimed::Agrees);
            }
            let key = keys::claim(self.account, email);
            let mut transaction = Transaction::default();
            let done = match claim.id() {
                Some(owner) if owner == id => return Ok(if was_mended { Reclaimed::Claim } else { Reclaimed::Agrees }),
                Some(owner) => {
                    let held = self.database.slot(self.account, owner.slot()).await?;
                    if !held.has_address(owner, email) {
                        // The claim is released, unless it goes to the profile to which its id leads. The next attempt sees which.
                        self.free(key, &claim, &held).await?;
                        was_mended = true;
                        continue;
                    }
                    let loss = Change::new(BTreeMap::new(), Membership::Keep, self.now).unsetting_email(true);
                    let new = loss.applied(&seen, id, Identified::default());
                    transaction.add(actions::put(self.database, keys::slot(self.account, id.slot()), &seen, new))?;
                    transaction.add(self.is_as_seen(owner, &held))?;
                    Reclaimed::Loss
                }
                None => {
                    transaction.add(actions::claim(key, id, None).action(self.database))?;
                    transaction.add(self.is_as_seen(id, &seen))?;
                    Reclaimed::Claim
                }
            };
            if self.database.commit(transaction).await?.is_done() {
                return Ok(done);
            }
        }
    }

    /// Reads the profile, and then the claim.
    async fn both(&self, id: ProfileId, email: &str) -> Result<(Item, Item), Error> {
        let seen = self.database.slot(self.account, id.slot()).await?;
        let claim = self.database.get(&self.database.tables.identities, keys::claim(self.account, email)).await?;
        Ok((seen, claim))
    }
}
