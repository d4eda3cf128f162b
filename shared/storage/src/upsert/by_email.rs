//! Upsert by e-mail address alone.

use profiles_domain::{Email, ProfileId, Slot};

use super::change::Identified;
use super::email_claim::Claim;
use super::{Assumed, Expected, InPlace, Stop, Writer};
use crate::dynamo::item::Item;

impl Writer<'_> {
    /// Writes into the profile that holds `email`; if nobody does, one without a uid comes into being.
    pub(super) async fn by_email(&self, email: &Email, mut known: Option<Item>) -> Result<ProfileId, Stop> {
        let mut attempts = self.attempts();
        loop {
            attempts.next().await?;
            let claim = match known.take() {
                Some(claim) => claim,
                None => self.database.claim(self.account, email).await?,
            };
            self.terms.as_ref().map_or(Ok(()), |terms| terms.admit_claim(&claim))?;
            let Some(owner) = claim.id() else {
                self.expect(Expected::Creation)?;
                // An address changes hands, so no slot is derived from it.
                let slot = Slot::from_random(rand::random());
                let me = ProfileId::created_at(self.change.now, slot);
                let identified = Identified { email: Some(email), ..Identified::default() };
                match self.claim(email, me, slot, &Item::default(), identified).await? {
                    Claim::Done => return Ok(me),
                    // Whoever has the address by now is who is meant.
                    Claim::Held(..) | Claim::Raced => continue,
                }
            };
            self.expect(Expected::Change)?;
            let assumed = Assumed { id: Some(owner), uid: None, email: Some(email) };
            match self.in_place(owner.slot(), &assumed, None).await? {
                InPlace::Done(id) => return Ok(id),
                // The address moved on, unless it is only that the change takes more than one update.
                InPlace::Refused(seen)
                    if self.takes_the_whole_item() && seen.id() == Some(owner) && seen.email() == Some(email.as_str()) =>
                {
                    if self.replace(owner, &seen, self.change.applied(&seen, owner, Identified::default())).await? {
                        return Ok(owner);
                    }
                }
                InPlace::Refused(_) | InPlace::Raced => {}
            }
        }
    }
}
