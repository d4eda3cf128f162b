//! Upsert by the customer's own id.

use profiles_domain::{Collision, Email, Error, Identifier, ProfileId, Slot, Uid};

use super::change::Identified;
use super::email_claim::Claim;
use super::fold::Folding;
use super::in_place::{Assumed, InPlace};
use super::{Abort, BatchGuard, Effect, Writer, actions};
use crate::dynamo::item::Item;
use crate::dynamo::transaction::Transaction;
use crate::schema::generation::Generation;
use crate::schema::keys;
use crate::schema::slot::{alias, merged};

impl Writer<'_> {
    /// Writes into the profile of `uid`, which is created if it is new, and gives it `email`. With `only`, it is an error when that is not
    /// the profile's id.
    pub(super) async fn by_uid(
        &mut self,
        uid: &Uid,
        email: Option<&Email>,
        only: Option<ProfileId>,
        mut known: Option<Item>,
    ) -> Result<ProfileId, Abort> {
        let uid_slot = Slot::of_uid(self.account, uid.as_str());
        // The profile that the alias in the uid's own slot points to, if there is one.
        let mut pointed: Option<ProfileId> = None;
        let mut retries = self.retries();
        loop {
            retries.wait_for_next().await?;
            let slot = pointed.map_or(uid_slot, ProfileId::slot);
            let seen = match self.in_place(slot, &Assumed { id: pointed.or(only), uid: Some(uid), email }, known.take()).await? {
                InPlace::Done(id) => return Ok(id),
                InPlace::Raced => continue,
                InPlace::Refused(seen) => seen,
            };
            if let Some(target) = seen.alias_of() {
                if let Some(only) = only.filter(|only| *only != target) {
                    return Err(Error::ProfileNotFound(Identifier::Id(only)).into());
                }
                self.check_effect(Effect::Change)?;
                pointed = Some(target);
                continue;
            }
            if pointed.is_some() && seen.id() != pointed {
                // The profile that the alias pointed to was forgotten meanwhile.
                pointed = None;
                continue;
            }
            if let Some(only) = only.filter(|only| seen.id() != Some(*only)) {
                return Err(Error::ProfileNotFound(Identifier::Id(only)).into());
            }
            if seen.is_live() && seen.uid() != Some(uid.as_str()) {
                return Err(Error::Conflict(Collision::SlotIsTaken(uid.clone())).into());
            }
            let me = seen.id().unwrap_or_else(|| ProfileId::created_after(seen.last_given(), self.change.now, slot));
            let Some(email) = email.filter(|email| seen.email() != Some(email.as_str())) else {
                // The same update succeeds now if another request has just created the profile. Otherwise the slot holds a tombstone, or the
                // change takes more than one update.
                self.check_effect(if seen.is_live() { Effect::Change } else { Effect::Creation })?;
                if seen.is_live() && !self.replaces(&seen) {
                    continue;
                }
                let new = self.change.applied(&seen, me, Identified { uid: Some(uid), ..Identified::default() });
                if self.replace(me, &seen, new).await? {
                    return Ok(me);
                }
                continue;
            };
            let claimed = match self.check_effect(if seen.is_live() { Effect::Change } else { Effect::Creation }) {
                Ok(()) => {
                    let new = self.change.applied(&seen, me, Identified { uid: Some(uid), email: Some(email), alias: None });
                    self.give(email, me, &seen, new).await?
                }
                // No profile is created, but the one that has the address may be given the uid.
                Err(abort @ (Abort::Missing | Abort::OtherEffect(_))) if !seen.is_live() => {
                    match self.look_up_holder(email, me).await? {
                        Some(claimed) => claimed,
                        // The slot and the claim were so at one time only if the slot has not changed meanwhile.
                        None if self.slot(slot).await?.revision() != seen.revision() => continue,
                        None => return Err(abort),
                    }
                }
                Err(abort) => return Err(abort),
            };
            let (twin, owner) = match claimed {
                Claim::Taken => return Ok(me),
                Claim::Raced => continue,
                Claim::Held(twin, owner) => match twin.uid() {
                    None => (twin, owner),
                    // The profile of this very uid was created meanwhile.
                    Some(of_twin) if of_twin == uid.as_str() => continue,
                    Some(_) => {
                        self.refuse(email, slot, &seen).await?;
                        continue;
                    }
                },
            };
            self.ask_guard(BatchGuard::check_union)?;
            self.check_effect(if seen.is_live() { Effect::Change } else { Effect::Attachment })?;
            let united = if seen.is_live() {
                self.merge(uid, email, (&seen, me), (&twin, owner)).await?.then_some(me)
            } else {
                self.attach(uid, (&seen, uid_slot), (&twin, owner)).await?.then_some(owner)
            };
            if let Some(united) = united {
                return Ok(united);
            }
            pointed = None;
        }
    }

    /// Gives the new `uid` to the profile `owner`, which had only an address. The uid's own slot becomes an alias of it. False: a race was
    /// lost.
    async fn attach(&mut self, uid: &Uid, (seen, uid_slot): (&Item, Slot), (twin, owner): (&Item, ProfileId)) -> Result<bool, Abort> {
        let identified = Identified { uid: Some(uid), email: None, alias: Some(uid_slot.to_string()) };
        let new = self.change.applied(twin, owner, identified);
        let mut transaction = Transaction::default();
        transaction.add(actions::put(self.database, keys::slot(self.account, owner.slot()), twin, new))?;
        transaction.add(actions::put(self.database, keys::slot(self.account, uid_slot), seen, alias(seen, owner)))?;
        Ok(self.commit(transaction, Generation::of(owner, twin)).await?.is_done())
    }

    /// Merges the profile `owner`, which had only the address, into `me`. Its slot becomes an alias, so that its id keeps working. False: a
    /// race was lost.
    async fn merge(
        &mut self,
        uid: &Uid,
        email: &Email,
        (seen, me): (&Item, ProfileId),
        (twin, owner): (&Item, ProfileId),
    ) -> Result<bool, Abort> {
        let identified = Identified { uid: Some(uid), email: Some(email), alias: Some(owner.to_string()) };
        let new = self.change.applied(&merged(seen, twin), me, identified);
        let losing = self.losing(me, seen, &new).await?;
        let mut transaction = Transaction::default();
        transaction.add(actions::put(self.database, keys::slot(self.account, me.slot()), seen, new))?;
        transaction.add(actions::put(self.database, keys::slot(self.account, owner.slot()), twin, alias(twin, me)))?;
        transaction.add(actions::hand_over(keys::claim(self.account, email.as_str()), owner, me).action(self.database))?;
        let generations = (Generation::of(me, seen), Generation::of(owner, twin));
        let summed = self.activity.as_ref().and_then(|activity| activity.head.summed());
        let united = self.heads().unite(&mut transaction, generations, summed, self.change.now).await?;
        let folding = match self.fold(&mut transaction, &united).await? {
            Folding::Unread => return Ok(false),
            folding => folding,
        };
        let is_done = self.commit_with_heads(transaction, generations.0).await?.is_done();
        if let Some(activity) = self.activity.as_mut().filter(|_| is_done && !united.is_summed) {
            activity.head.leave_out();
        }
        if is_done {
            self.release(losing).await;
        }
        if is_done && folding == Folding::Begun {
            self.fold_the_rest(&united).await;
        }
        Ok(is_done)
    }
}
