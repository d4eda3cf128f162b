//! Forgetting a user.

use profiles_domain::{AccountId, DeletionId, Error, Identity, ProfileId, Slot};
use profiles_normalization::Timestamp;

use super::log::{Cursor, Doing, Log, Scope};
use super::mark::Marker;
use super::{Deletions, Forgotten, TimeLeft};
use crate::attributes;
use crate::database::Transaction;
use crate::find::find;
use crate::item::Item;
use crate::retry::Attempts;

/// Aliases that become marks in the first transaction, of whose 100 actions the log, the profile and its claim take one each. More
/// than that come later.
const ALIASES_AT_ONCE: usize = 97;

impl Deletions<'_> {
    /// Forgets a user, whom nobody reads from then on. What is left is removed as far as time allows; the sweep does the rest.
    ///
    /// # Errors
    /// `ProfileNotFound`, `ProfilesDiffer`, `NoIdentifier` or what the database says: nothing was forgotten.
    pub async fn forget(
        &self,
        account: AccountId,
        identity: &Identity,
        now: Timestamp,
        time_left: TimeLeft<'_>,
    ) -> Result<Forgotten, Error> {
        let mut attempts = Attempts::new(self.patience);
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
            if let Some(log) = self.hide(account, &item, now).await? {
                break log;
            }
        };
        let forgotten = Forgotten { profile: log.profile, deletion: log.id };
        self.purge_for_now(log, now, time_left).await;
        Ok(forgotten)
    }

    /// Writes the log and puts marks in place of the profile and of all that leads to it, at once. None: it changed since it was read.
    async fn hide(&self, account: AccountId, seen: &Item, now: Timestamp) -> Result<Option<Log>, Error> {
        let profile = seen.id().ok_or_else(|| Error::Defect("a found profile has no id".into()))?;
        let id = DeletionId::created_at(now, Slot::from_random(rand::random()));
        let leading = Leading::to(seen);
        let merged = leading.merged.iter().copied().map(Scope::Profile);
        let mut slots = leading.slots();
        let later = slots.split_off(slots.len().min(ALIASES_AT_ONCE));
        let log = Log {
            account,
            id,
            doing: Doing::Forget,
            profile,
            created_at: now,
            scopes: [Scope::Profile(profile)].into_iter().chain(merged).collect(),
            aliases: later,
            counted: Cursor::default(),
            is_complete: false,
        };
        let marker = Marker { database: self.database, account, profile, deletion: id, at: now };
        let mut actions = vec![log.put(self.database, leading.identities(seen))?, marker.profile(seen)?];
        if let Some(email) = seen.email() {
            actions.push(marker.claim(email)?);
        }
        for slot in slots {
            actions.push(marker.alias(slot)?);
        }
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

/// What leads to a profile besides its own slot and claim.
struct Leading {
    /// The slot of its uid, when that is not its own.
    of_uid: Vec<Slot>,
    /// Profiles that were merged into it, by their ids.
    merged: Vec<ProfileId>,
}

impl Leading {
    fn to(profile: &Item) -> Self {
        let (mut of_uid, mut merged) = (Vec::new(), Vec::new());
        for alias in profile.set(attributes::ALIASES) {
            match alias.parse() {
                Ok(id) => merged.push(id),
                Err(_) => of_uid.extend(alias.parse::<Slot>().ok()),
            }
        }
        Self { of_uid, merged }
    }

    /// Where the aliases are; first those that a uid leads to, for it may be sent again at once.
    fn slots(&self) -> Vec<Slot> {
        self.of_uid.iter().copied().chain(self.merged.iter().map(|id| id.slot())).collect()
    }

    /// How many names the profile has besides its own id.
    fn identities(&self, profile: &Item) -> u64 {
        let own = [profile.uid(), profile.email()].into_iter().flatten().count();
        u64::try_from(own + self.merged.len()).unwrap_or(u64::MAX)
    }
}
