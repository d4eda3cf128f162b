//! Releasing the claim to an address that a profile does not have any more.

use profiles_domain::{Error, ProfileId};

use super::Writer;
use super::actions::Release;
use crate::dynamo::item::{Item, Key};
use crate::schema::applied_log::AppliedLog;
use crate::schema::keys;

/// The claim to an address that a profile is about to lose.
pub(super) struct Losing {
    key: Key,
    /// The claim as it was before the profile is written.
    claim: Item,
    /// The applied log of the profile after that.
    applied: AppliedLog,
}

impl Writer<'_> {
    /// Reads the claim to the address that the profile `me` loses when `seen` becomes `new`; `None` if it loses none.
    pub(super) async fn losing(&self, me: ProfileId, seen: &Item, new: &Item) -> Result<Option<Losing>, Error> {
        let Some(old) = seen.email().filter(|old| new.email() != Some(*old)) else { return Ok(None) };
        let key = keys::claim(self.account, old);
        let claim = self.database.get(&self.database.tables.identities, key.clone()).await?;
        Ok((claim.id() == Some(me)).then(|| Losing { key, claim, applied: new.applied_log() }))
    }

    /// Releases the claim, unless the address was claimed again since. The profile is written by now, so no failure matters: the claim is
    /// nobody's.
    pub(super) async fn release(&self, losing: Option<Losing>) {
        let Some(Losing { key, claim, applied }) = losing else { return };
        let release = Release { key, seen: &claim, applied: &applied, forgotten_at: None, now: self.change.now };
        if self.database.update(release.update().alone(self.database)).await.is_err() {
            tracing::warn!("the claim to an address that a profile has lost could not be released, and stays until the address is wanted");
        }
    }
}
