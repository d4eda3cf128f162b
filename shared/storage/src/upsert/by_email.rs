//! Upsert by e-mail address alone.

use profiles_domain::{Email, ProfileId, Slot};

use super::change::Identified;
use super::email_claim::Claim;
use super::in_place::{Assumed, InPlace};
use super::{Abort, Effect, Writer};
use crate::dynamo::item::Item;

impl Writer<'_> {
    /// Writes into the profile that holds `email`; if there is none, one without a uid is created.
    pub(super) async fn by_email(&mut self, email: &Email, mut known: Option<Item>) -> Result<ProfileId, Abort> {
        let mut retries = self.retries();
        loop {
            retries.wait_for_next().await?;
            let claim = match known.take() {
                Some(claim) => claim,
                None => self.database.claim(self.account, email).await?,
            };
            self.ask_guard(|guard| guard.check_claim(&claim))?;
            let Some(owner) = claim.id() else {
                self.check_effect(Effect::Creation)?;
                // An address changes hands, so no slot is derived from it.
                let slot = Slot::from_random(rand::random());
                let me = ProfileId::created_at(self.change.now, slot);
                let identified = Identified { email: Some(email), ..Identified::default() };
                let new = self.change.applied(&Item::default(), me, identified);
                if let Claim::Taken = self.give(email, me, &Item::default(), new).await? {
                    return Ok(me);
                }
                // The next attempt finds the profile that has the address by now.
                continue;
            };
            if let Err(abort) = self.check_effect(Effect::Change) {
                let seen = self.slot(owner.slot()).await?;
                if seen.has_address(owner, email.as_str()) {
                    return Err(abort);
                }
                self.free(email, &claim, &seen).await?;
                continue;
            }
            let assumed = Assumed { id: Some(owner), uid: None, email: Some(email) };
            match self.in_place(owner.slot(), &assumed, None).await? {
                InPlace::Done(id) => return Ok(id),
                InPlace::Refused(seen) if !seen.has_address(owner, email.as_str()) => self.free(email, &claim, &seen).await?,
                InPlace::Refused(seen) if self.replaces_item() => {
                    let new = self.change.applied(&seen, owner, Identified::default());
                    if self.replace(owner, &seen, new).await? {
                        return Ok(owner);
                    }
                }
                InPlace::Refused(_) | InPlace::Raced => {}
            }
        }
    }
}
