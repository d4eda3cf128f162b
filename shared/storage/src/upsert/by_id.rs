//! Upsert by our own id, which never creates a profile.

use profiles_domain::{Collision, Email, Error, Identifier, ProfileId, Slot, Uid};

use super::change::{Identified, alias};
use super::email_claim::{Claim, taken};
use super::{Assumed, Expected, InPlace, Stop, Writer, actions};
use crate::dynamo::database::Transaction;
use crate::dynamo::item::Item;
use crate::schema::generation::Home;
use crate::schema::keys;

impl Writer<'_> {
    /// Writes into the profile `id`, or into the one it was merged into, and gives it `uid` and `email` where it has none yet or,
    /// of the address, another.
    pub(super) async fn by_id(
        &self,
        id: ProfileId,
        uid: Option<&Uid>,
        email: Option<&Email>,
        mut known: Option<Item>,
    ) -> Result<ProfileId, Stop> {
        self.expect(Expected::Change)?;
        let not_found = || Stop::from(Error::ProfileNotFound(Identifier::Id(id)));
        let mut target = id;
        let mut attempts = self.attempts();
        loop {
            attempts.next().await?;
            let seen = match self.in_place(target.slot(), &Assumed { id: Some(target), uid, email }, known.take()).await? {
                InPlace::Done(id) => return Ok(id),
                InPlace::Raced => continue,
                InPlace::Refused(seen) => seen,
            };
            if let Some(survivor) = seen.alias_of().filter(|_| seen.alias_id() == Some(target)) {
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
                // From here on it is an upsert by uid, with its rules for the address, as long as it is still this profile's.
                (Some(stored), _) => {
                    let uid = Uid::new(stored).map_err(|_| Error::Defect("a stored uid is not one".into()))?;
                    return match self.by_uid(&uid, email, Some(target), None).await {
                        Err(Stop::Error(Error::ProfileNotFound(_))) => Err(not_found()),
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
                        if self.takes_the_whole_item() && self.replace(target, &seen, new).await? {
                            return Ok(target);
                        }
                    }
                    Some(email) => {
                        let identified = Identified { email: Some(email), ..Identified::default() };
                        match self.claim(email, target, target.slot(), &seen, identified).await? {
                            Claim::Done => return Ok(target),
                            Claim::Raced => {}
                            // This one has no uid by which one could tell that both are one user.
                            Claim::Held(..) => return Err(taken(email).into()),
                        }
                    }
                },
            }
        }
    }

    /// Gives a profile that had only an address its uid, and at the same time the new address if there is one. The uid's own slot,
    /// which must be free, leads there from now on. False: a race was lost.
    async fn give_uid(&self, uid: &Uid, email: Option<&Email>, me: ProfileId, seen: &Item) -> Result<bool, Stop> {
        let home = Slot::of_uid(self.account, uid.as_str());
        let email = email.filter(|email| seen.email() != Some(email.as_str()));
        let at_home = self.slot(home).await?;
        self.admit(&at_home)?;
        if at_home.is_live() || at_home.alias_of().is_some_and(|target| target != me) {
            // Both were so at one time only if this one is still as it was seen.
            if self.slot(me.slot()).await?.revision() != seen.revision() {
                return Ok(false);
            }
            return Err(Error::Conflict(Collision::UidIsTaken(uid.clone())).into());
        }
        let identified = Identified { uid: Some(uid), email, alias: Some(home.to_string()) };
        let mut transaction = Vec::with_capacity(4);
        if let Some(email) = email {
            transaction.push(self.claim_action(email, me)?);
            transaction.extend(self.release_old(seen, me)?);
        }
        transaction.push(actions::put(
            self.database,
            keys::slot(self.account, me.slot()),
            seen,
            self.change.applied(seen, me, identified),
        )?);
        transaction.push(actions::put(self.database, keys::slot(self.account, home), &at_home, alias(&at_home, me))?);
        let refused = match self.transact(transaction, Home::of(me, seen)).await? {
            Transaction::Done => return Ok(true),
            Transaction::Refused(refused) => refused,
        };
        // With an address, its claim is the first action. The profile is the last but one, and must not have changed since it was seen.
        if refused.iter().rev().nth(1).is_some_and(Option::is_some) {
            return Ok(false);
        }
        let Some((email, claim)) = email.zip(refused.into_iter().next().flatten()) else { return Ok(false) };
        self.admit(&claim)?;
        let Some(owner) = claim.id() else { return Ok(false) };
        match self.holder(email, me, owner).await? {
            // Whoever was given this uid meanwhile: the next attempt says so.
            Claim::Held(twin, _) if twin.uid() == Some(uid.as_str()) => Ok(false),
            Claim::Held(..) => Err(taken(email).into()),
            Claim::Done | Claim::Raced => Ok(false),
        }
    }
}
