//! Forgetting a user.

use profiles_domain::{AccountId, DeletionId, Error, Identity, Slot};
use profiles_normalization::Timestamp;

use super::aliases::Aliases;
use super::companies::CompanyJournal;
use super::journal::{DeletionKind, Journal};
use super::scope::{Cursor, Scope};
use super::tombstones::{ALIASES_AT_ONCE, References, Tombstones};
use super::{Deletions, Forgotten, Now, TimeLeft};
use crate::dynamo::item::Item;
use crate::dynamo::transaction::Transaction;
use crate::find::find;

impl Deletions<'_> {
    /// Forgets a user, who is hidden from all reads at once. Removes the records as far as time allows; the sweep does the rest.
    ///
    /// # Errors
    /// `ProfileNotFound`, `ProfilesDiffer`, `NoIdentifier`, or those of the database: nothing was forgotten.
    pub async fn forget(&self, account: AccountId, identity: &Identity, now: Now<'_>, time_left: TimeLeft<'_>) -> Result<Forgotten, Error> {
        let mut retries = self.database.race_retries();
        let mut was_refused = false;
        let journal = loop {
            retries.wait_for_next().await?;
            let item = match find(self.database, account, identity).await {
                Ok(item) => item,
                Err(Error::ProfileNotFound(by)) => match self.unfinished(account, identity).await? {
                    Some(journal) => break journal,
                    None => return Err(Error::ProfileNotFound(by)),
                },
                Err(error) => return Err(error),
            };
            let id = DeletionId::created_at(now(), Slot::from_random(rand::random()));
            if let Some(journal) = self.hide(account, &item, (id, now()), was_refused, None).await? {
                break journal;
            }
            was_refused = true;
        };
        let forgotten = Forgotten { profile: journal.profile, deletion: journal.id };
        self.purge_for_now(journal, now(), time_left).await;
        Ok(forgotten)
    }

    /// Begins the journal and puts tombstones in place of the profile and its references, all at once. `None`: the profile changed since it
    /// was read. With `read_references`, the references are read before: restored tables may lack some, and then each attempt would be
    /// refused. With a company that is deleted, he is counted as one of its members.
    pub(super) async fn hide(
        &self,
        account: AccountId,
        seen: &Item,
        (id, now): (DeletionId, Timestamp),
        read_references: bool,
        of_company: Option<&CompanyJournal>,
    ) -> Result<Option<Journal>, Error> {
        let profile = seen.id().ok_or_else(|| Error::Defect("a found profile has no id".into()))?;
        let aliases = Aliases::of(seen);
        let identities = aliases.identities(seen);
        let merged = aliases.merged.iter().copied().map(Scope::Profile);
        let scopes = [Scope::Profile(profile)].into_iter().chain(merged).collect();
        let mut slots = aliases.slots();
        let remaining_aliases = slots.split_off(slots.len().min(ALIASES_AT_ONCE));
        // A late attempt of an earlier write to the profile must find a later time here.
        let at = now.max(seen.updated_at().unwrap_or(now));
        let mut tombstones = Tombstones { database: self.database, account, profile, deletion: id, at };
        let references = match read_references {
            true => tombstones.read_references(seen, slots).await?,
            false => References { claim: true, slots, former: tombstones.read_former(seen).await? },
        };
        let journal = Journal {
            account,
            id,
            kind: DeletionKind::Forget,
            profile,
            created_at: tombstones.at,
            scopes,
            remaining_aliases,
            aliases,
            counted: Cursor::default(),
            cleared: Vec::new(),
            is_complete: false,
        };
        let mut transaction = Transaction::default();
        transaction.add(journal.put(self.database, identities))?;
        tombstones.add_all(&mut transaction, seen, &references)?;
        if let Some(company) = of_company {
            transaction.add(company.count(self.database, 1))?;
        }
        Ok(self.database.commit(transaction).await?.is_done().then_some(journal))
    }

    /// Finds the journal of a user who is being forgotten under this identifier and of whom something is left.
    async fn unfinished(&self, account: AccountId, identity: &Identity) -> Result<Option<Journal>, Error> {
        let tombstone = match identity {
            Identity { id: Some(id), .. } => {
                let tombstone = self.database.slot(account, id.slot()).await?;
                if tombstone.last() == Some(id.seconds()) { tombstone } else { return Ok(None) }
            }
            Identity { uid: Some(uid), .. } => self.database.slot(account, Slot::of_uid(account, uid.as_str())).await?,
            Identity { email: Some(email), .. } => self.database.claim(account, email).await?,
            Identity { .. } => return Ok(None),
        };
        let Some(deletion) = tombstone.deletion() else { return Ok(None) };
        Ok(self.journal(account, deletion).await?.filter(|journal| !journal.is_complete))
    }
}
