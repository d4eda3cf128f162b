//! Forgetting a user.

use profiles_domain::{AccountId, DeletionId, Error, Identity, Slot};
use profiles_normalization::Timestamp;

use super::aliases::Leading;
use super::journal::{Cursor, Doing, Log, Scope};
use super::tombstones::{ALIASES_AT_ONCE, Led, Marker};
use super::{Deletions, Forgotten, Now, TimeLeft};
use crate::dynamo::database::Transaction;
use crate::dynamo::item::Item;
use crate::dynamo::retry::Attempts;
use crate::find::find;

impl Deletions<'_> {
    /// Forgets a user, whom nobody reads from then on. What is left is removed as far as time allows; the sweep does the rest.
    ///
    /// # Errors
    /// `ProfileNotFound`, `ProfilesDiffer`, `NoIdentifier` or what the database says: nothing was forgotten.
    pub async fn forget(&self, account: AccountId, identity: &Identity, now: Now<'_>, time_left: TimeLeft<'_>) -> Result<Forgotten, Error> {
        let mut attempts = Attempts::new(self.patience);
        let mut was_refused = false;
        let log = loop {
            attempts.next().await?;
            let item = match find(self.database, self.patience, account, identity).await {
                Ok(item) => item,
                Err(Error::ProfileNotFound(by)) => match self.unfinished(account, identity).await? {
                    Some(log) => break log,
                    None => return Err(Error::ProfileNotFound(by)),
                },
                Err(error) => return Err(error),
            };
            if let Some(log) = self.hide(account, &item, now(), was_refused).await? {
                break log;
            }
            was_refused = true;
        };
        let forgotten = Forgotten { profile: log.profile, deletion: log.id };
        self.purge_for_now(log, now(), time_left).await;
        Ok(forgotten)
    }

    /// Writes the log and puts marks in place of the profile and of all that leads to it, at once. None: it changed since it was read.
    /// With `look`, what leads to it is read before: tables that were restored may lack some of it, and each attempt would be refused.
    async fn hide(&self, account: AccountId, seen: &Item, now: Timestamp, look: bool) -> Result<Option<Log>, Error> {
        let profile = seen.id().ok_or_else(|| Error::Defect("a found profile has no id".into()))?;
        let id = DeletionId::created_at(now, Slot::from_random(rand::random()));
        let leading = Leading::to(seen);
        let identities = leading.identities(seen);
        let merged = leading.merged.iter().copied().map(Scope::Profile);
        let scopes = [Scope::Profile(profile)].into_iter().chain(merged).collect();
        let mut slots = leading.slots();
        let aliases = slots.split_off(slots.len().min(ALIASES_AT_ONCE));
        // Not before anything that was written of the profile: an attempt of that which is late finds a later time here.
        let at = now.max(seen.updated_at().unwrap_or(now));
        let mut marker = Marker { database: self.database, account, profile, deletion: id, at };
        let led = match look {
            true => marker.look(seen, slots).await?,
            false => Led { claim: true, slots, former: marker.look_at_former(seen).await? },
        };
        let log = Log {
            account,
            id,
            doing: Doing::Forget,
            profile,
            created_at: marker.at,
            scopes,
            aliases,
            leading,
            counted: Cursor::default(),
            is_complete: false,
        };
        let mut actions = vec![log.put(self.database, identities)?];
        actions.extend(marker.all(seen, &led)?);
        Ok(matches!(self.database.transact(actions).await?, Transaction::Done).then_some(log))
    }

    /// The log of somebody who is being forgotten under this name and of whom something is left.
    async fn unfinished(&self, account: AccountId, identity: &Identity) -> Result<Option<Log>, Error> {
        let mark = match identity {
            Identity { id: Some(id), .. } => {
                let mark = self.database.slot(account, id.slot()).await?;
                if mark.last() == Some(id.seconds()) { mark } else { return Ok(None) }
            }
            Identity { uid: Some(uid), .. } => self.database.slot(account, Slot::of_uid(account, uid.as_str())).await?,
            Identity { email: Some(email), .. } => self.database.claim(account, email).await?,
            Identity { .. } => return Ok(None),
        };
        let Some(deletion) = mark.deletion() else { return Ok(None) };
        Ok(self.log(account, deletion).await?.filter(|log| !log.is_complete))
    }
}
