//! Upsert by the customer's own id.

use profiles_domain::{Collision, Email, Error, Identifier, ProfileId, Slot, Uid};

use super::change::{Identified, alias, merged};
use super::email_claim::{Claim, taken};
use super::{Assumed, Expected, InPlace, Stop, Terms, Writer, actions};
use crate::dynamo::database::Transaction;
use crate::dynamo::item::Item;
use crate::schema::generation::Home;
use crate::schema::keys;

impl Writer<'_> {
    /// Writes into the profile of `uid`, which comes into being if it is new, and gives it `email`. With `only`, no other profile
    /// than that one will do.
    pub(super) async fn by_uid(
        &self,
        uid: &Uid,
        email: Option<&Email>,
        only: Option<ProfileId>,
        mut known: Option<Item>,
    ) -> Result<ProfileId, Stop> {
        let home = Slot::of_uid(self.account, uid.as_str());
        // The id that the alias in the uid's own slot named, if there is one.
        let mut pointed: Option<ProfileId> = None;
        let mut attempts = self.attempts();
        loop {
            attempts.next().await?;
            let slot = pointed.map_or(home, ProfileId::slot);
            let seen = match self.in_place(slot, &Assumed { id: pointed.or(only), uid: Some(uid), email }, known.take()).await? {
                InPlace::Done(id) => return Ok(id),
                InPlace::Raced => continue,
                InPlace::Refused(seen) => seen,
            };
            if let Some(target) = seen.alias_of() {
                if let Some(only) = only.filter(|only| *only != target) {
                    return Err(Error::ProfileNotFound(Identifier::Id(only)).into());
                }
                self.expect(Expected::Change)?;
                pointed = Some(target);
                continue;
            }
            if pointed.is_some() && seen.id() != pointed {
                // The alias led to one that was forgotten meanwhile.
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
                // What was refused would be taken now, since somebody was quicker to create it. Otherwise the slot holds a mark, or the
                // change takes more than one update.
                self.expect(if seen.is_live() { Expected::Change } else { Expected::Creation })?;
                if seen.is_live() && !self.takes_the_whole_item() {
                    continue;
                }
                let new = self.change.applied(&seen, me, Identified { uid: Some(uid), ..Identified::default() });
                if self.replace(me, &seen, new).await? {
                    return Ok(me);
                }
                continue;
            };
            let identified = Identified { uid: Some(uid), email: Some(email), alias: None };
            let claimed = match self.expect(if seen.is_live() { Expected::Change } else { Expected::Creation }) {
                Ok(()) => self.claim(email, me, slot, &seen, identified).await?,
                // Nobody is created, but who has the address may be given the uid.
                Err(stop @ (Stop::Missing | Stop::Unexpected(_))) if !seen.is_live() => match self.claimed(email, me).await? {
                    Some(claimed) => claimed,
                    // Both were so at one time only if nobody has come here meanwhile.
                    None if self.slot(slot).await?.revision() != seen.revision() => continue,
                    None => return Err(stop),
                },
                Err(stop) => return Err(stop),
            };
            let (twin, owner) = match claimed {
                Claim::Done => return Ok(me),
                Claim::Raced => continue,
                Claim::Held(twin, owner) => match twin.uid() {
                    None => (twin, owner),
                    // The profile of this very uid came into being meanwhile.
                    Some(of_twin) if of_twin == uid.as_str() => continue,
                    Some(_) => return Err(taken(email).into()),
                },
            };
            self.terms.as_ref().map_or(Ok(()), Terms::admit_union)?;
            self.expect(if seen.is_live() { Expected::Change } else { Expected::Attachment })?;
            let united = if seen.is_live() {
                self.merge(uid, email, (&seen, me), (&twin, owner)).await?.then_some(me)
            } else {
                self.attach(uid, (&seen, home), (&twin, owner)).await?.then_some(owner)
            };
            if let Some(united) = united {
                return Ok(united);
            }
            pointed = None;
        }
    }

    /// Gives the new `uid` to the profile `owner`, which had only an address. The uid's own slot leads there from now on.
    async fn attach(&self, uid: &Uid, (seen, home): (&Item, Slot), (twin, owner): (&Item, ProfileId)) -> Result<bool, Stop> {
        let identified = Identified { uid: Some(uid), email: None, alias: Some(home.to_string()) };
        let actions = vec![
            actions::put(self.database, keys::slot(self.account, owner.slot()), twin, self.change.applied(twin, owner, identified))?,
            actions::put(self.database, keys::slot(self.account, home), seen, alias(seen, owner))?,
        ];
        Ok(matches!(self.transact(actions, Home::of(owner, twin)).await?, Transaction::Done))
    }

    /// Merges the profile `owner`, which had only the address, into `me`. Its slot leads there from now on, so that its id keeps working.
    async fn merge(
        &self,
        uid: &Uid,
        email: &Email,
        (seen, me): (&Item, ProfileId),
        (twin, owner): (&Item, ProfileId),
    ) -> Result<bool, Stop> {
        let identified = Identified { uid: Some(uid), email: Some(email), alias: Some(owner.to_string()) };
        let new = self.change.applied(&merged(seen, twin), me, identified);
        let mut actions = vec![
            actions::put(self.database, keys::slot(self.account, me.slot()), seen, new)?,
            actions::put(self.database, keys::slot(self.account, owner.slot()), twin, alias(twin, me))?,
            actions::hand_over(self.database, keys::claim(self.account, email.as_str()), owner, me)?,
        ];
        actions.extend(self.release_old(seen, me)?);
        Ok(matches!(self.transact(actions, Home::of(me, seen)).await?, Transaction::Done))
    }
}
