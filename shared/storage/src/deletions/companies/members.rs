//! What becomes of the members of a company that is gone.

use std::collections::BTreeMap;

use profiles_domain::{DeletionId, Error, ProfileId, Slot};
use profiles_normalization::Timestamp;
use sha2::{Digest, Sha256};

use super::super::Deletions;
use super::super::journal::Journal;
use super::journal::CompanyJournal;
use crate::companies::Departure;
use crate::dynamo::transaction::{Committed, Transaction};
use crate::schema::attributes::COMPANY_ID;

impl Deletions<'_> {
    /// Takes profiles off the company, as many as still are members, and returns their number. They are counted in the journal, unless it was
    /// that before a restore.
    pub(in crate::deletions) async fn take_off(
        &self,
        journal: &CompanyJournal,
        members: &[ProfileId],
        now: Timestamp,
        counts: bool,
    ) -> Result<u64, Error> {
        let CompanyJournal { account, company: gone, .. } = *journal;
        let mut taken_off = 0;
        let departure = |profile: ProfileId| (profile, Departure { account, profile, gone, to: None, at: now });
        let mut left: BTreeMap<ProfileId, Departure> = members.iter().copied().map(departure).collect();
        let mut at_once = left.len();
        let mut retries = self.database.race_retries();
        while !left.is_empty() {
            retries.wait_for_next().await?;
            let some: Vec<Departure> = left.values().take(at_once.max(1)).copied().collect();
            let mut transaction = Transaction::default();
            if counts {
                transaction.add(journal.count(self.database, some.len()))?;
            }
            let mut actions = Vec::with_capacity(some.len());
            for departure in &some {
                actions.push((departure, transaction.add(departure.action(self.database))?));
            }
            let Committed::Refused(mut refused) = self.database.commit(transaction).await? else {
                some.iter().for_each(|departure| _ = left.remove(&departure.profile));
                taken_off += some.len() as u64;
                retries.begin_again();
                continue;
            };
            if refused.is_empty() {
                // One of them is written by others all the time. It keeps fewer from leaving, the fewer leave at once.
                at_once = some.len() / 2;
            }
            for (departure, action) in actions {
                if let Some(stored) = refused.take(action) {
                    left.remove(&departure.profile);
                    left.extend(departure.again(&stored).map(|again| (again.profile, again)));
                }
            }
        }
        Ok(taken_off)
    }

    /// Forgets a member, if the profile still is one. Its journal has an id of its own, the same for every worker, so that nobody begins a
    /// second one.
    pub(super) async fn forget_member(
        &self,
        journal: &CompanyJournal,
        mut member: ProfileId,
        now: Timestamp,
    ) -> Result<Option<Journal>, Error> {
        let gone = journal.company.to_string();
        let (mut retries, mut was_refused) = (self.database.race_retries(), false);
        loop {
            retries.wait_for_next().await?;
            let seen = self.database.slot(journal.account, member.slot()).await?;
            if let Some(survivor) = seen.merged_into(member) {
                member = survivor;
                continue;
            }
            if seen.id() != Some(member) || seen.text(COMPANY_ID) != Some(&gone) {
                return Ok(None);
            }
            let id = deletion_of(journal.id, member);
            if let Some(hidden) = self.hide(journal.account, &seen, (id, now), was_refused, Some(journal)).await? {
                return Ok(Some(hidden));
            }
            was_refused = true;
        }
    }
}

/// The id of the deletion of a member.
fn deletion_of(parent: DeletionId, member: ProfileId) -> DeletionId {
    let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(Sha256::digest(format!("{parent}#{member}")));
    DeletionId::new(parent.seconds(), Slot::from_random(u64::from_be_bytes([a, b, c, d, e, f, g, h])))
}
