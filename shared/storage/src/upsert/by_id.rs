//! Upsert by the profile's own id, which never creates a profile.

use profiles_domain::{Collision, Email, Error, Identifier, ProfileId, Slot, Uid};

use super::change::Identified;
use super::email_claim::Claim;
use super::in_place::{Assumed, InPlace};
use super::{Abort, Effect, Writer, actions};
use crate::dynamo::item::Item;
use crate::dynamo::size::may_be_too_large;
use crate::dynamo::transaction::Transaction;
use crate::schema::generation::Generation;
use crate::schema::keys;
use crate::schema::slot::alias;

impl Writer<'_> {
    /// Writes into the profile `id`, or into the one it was merged into. Gives it `uid` if it has none yet, and `email` if it has none or
    /// another one.
    pub(super) async fn by_id(
        &mut self,
        id: ProfileId,
        uid: Option<&Uid>,
        email: Option<&Email>,
        mut known: Option<Item>,
    ) -> Result<ProfileId, Abort> {
        self.check_effect(Effect::Change)?;
        let not_found = || Abort::from(Error::ProfileNotFound(Identifier::Id(id)));
        let mut target = id;
        let mut retries = self.retries();
        loop {
            retries.wait_for_next().await?;
            let seen = match self.in_place(target.slot(), &Assumed { id: Some(target), uid, email }, known.take()).await? {
                InPlace::Done(id) => return Ok(id),
                InPlace::Raced => continue,
                InPlace::Refused(seen) => seen,
            };
            if let Some(survivor) = seen.merged_into(target) {
                target = survivor;
                continue;
            }
            if seen.id() != Some(target) {
                return Err(not_found());
            }
            match (seen.uid(), uid) {
                (Some(stored), Some(sent)) if stored != sent.as_str() => {
                    return Err(Error::Conflict(Collision::UidIsSet(sent.clone())).into());
                }
                // From here on it is an upsert by uid, with its rules for the address, as long as this profile still has the uid.
                (Some(stored), _) => {
                    let uid = Uid::of_stored(stored);
                    return match self.by_uid(&uid, email, Some(target), None).await {
                        Err(Abort::Error(Error::ProfileNotFound(_))) => Err(not_found()),
                        result => result,
                    };
                }
                (None, Some(uid)) => {
                    if self.give_uid(uid, email, target, &seen).await? {
                        return Ok(target);
                    }
                }
                (None, None) => match email.filter(|email| seen.email() != Some(email.as_str())) {
                    None => {
                        // The change takes more than one update.
                        let new = self.change.applied(&seen, target, Identified::default());
                        if self.replaces(&seen) && self.replace(target, &seen, new).await? {
                            return Ok(target);
                        }
                    }
                    Some(email) => {
                        let identified = Identified { email: Some(email), ..Identified::default() };
                        let new = self.change.applied(&seen, target, identified);
                        match self.give(email, target, &seen, new).await? {
                            Claim::Taken => return Ok(target),
                            Claim::Raced => {}
                            // Without a uid, it cannot be told that both are the same user.
                            Claim::Held(..) => self.refuse(email, target.slot(), &seen).await?,
                        }
                    }
                },
            }
        }
    }

    /// Gives its uid to a profile that had only an address, and at the same time the new address if there is one. The uid's own slot, which
    /// must be free, becomes an alias of it. False: a race was lost.
    async fn give_uid(&mut self, uid: &Uid, email: Option<&Email>, me: ProfileId, seen: &Item) -> Result<bool, Abort> {
        let uid_slot = Slot::of_uid(self.account, uid.as_str());
        let email = email.filter(|email| seen.email() != Some(email.as_str()));
        let there = self.slot(uid_slot).await?;
        self.check(&there)?;
        if there.is_live() || there.alias_of().is_some_and(|target| target != me) {
            // Both were so at one time only if this profile is still as it was seen.
            if self.slot(me.slot()).await?.revision() != seen.revision() {
                return Ok(false);
            }
            return Err(Error::Conflict(Collision::UidIsTaken(uid.clone())).into());
        }
        let new = self.change.applied(seen, me, Identified { uid: Some(uid), email, alias: Some(uid_slot.to_string()) });
        // As in `give`.
        let is_claimed_with_it = may_be_too_large(&new);
        if let Some(email) = email {
            let claimed = if is_claimed_with_it {
                self.look_up_holder(email, me).await?.unwrap_or(Claim::Taken)
            } else {
                self.claim(email, me).await?
            };
            match claimed {
                Claim::Taken => {}
                Claim::Raced => return Ok(false),
                // This uid was given to the holder meanwhile: the next attempt finds it there.
                Claim::Held(twin, _) if twin.uid() == Some(uid.as_str()) => return Ok(false),
                Claim::Held(..) => {
                    self.refuse(email, me.slot(), seen).await?;
                    return Ok(false);
                }
            }
        }
        let losing = self.losing(me, seen, &new).await?;
        let mut transaction = Transaction::default();
        transaction.add(actions::put(self.database, keys::slot(self.account, me.slot()), seen, new))?;
        transaction.add(actions::put(self.database, keys::slot(self.account, uid_slot), &there, alias(&there, me)))?;
        if let Some(email) = email.filter(|_| is_claimed_with_it) {
            transaction.add(self.claiming(email, me).action(self.database))?;
        }
        let is_done = self.commit(transaction, Generation::of(me, seen)).await?.is_done();
        if is_done {
            self.release(losing).await;
        }
        Ok(is_done)
    }
}
