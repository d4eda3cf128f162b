//! The replay of the deletion of a company: in restored tables, it deletes the company again.
//!
//! Members are only taken off it. Those who were forgotten with it have journals of their own; others may have left it after the backup, and
//! nobody may be forgotten because of what an old table says.

use profiles_domain::Error;

use super::Deletions;
use super::companies::{CompanyJournal, LEAVE_AT_ONCE};
use super::replay::{Replay, Replayed};
use crate::dynamo::transaction::Transaction;
use crate::schema::attributes::ID;
use crate::schema::keys;

impl Deletions<'_> {
    /// Deletes a company again, or puts its tombstone into an empty slot, and takes off its members.
    pub(super) async fn delete_company_again(&self, journal: &CompanyJournal, what: Replay, done: &mut Replayed) -> Result<(), Error> {
        let seen = self.database.get(&self.database.tables.companies, keys::slot(journal.account, journal.company.slot())).await?;
        let is_it = seen.text(ID) == Some(journal.company.to_string().as_str());
        // Another company of this uid was founded since, or the tombstone is there.
        let is_vacant = !seen.is_live() && seen.forgotten_at().is_none_or(|at| at < journal.created_at);
        if is_it || is_vacant {
            if what == Replay::Do {
                let mut transaction = Transaction::default();
                transaction.add(journal.tombstone(self.database, &seen))?;
                if !self.database.commit(transaction).await?.is_done() {
                    return Err(Error::Unavailable);
                }
            }
            done.companies += u64::from(is_it);
            done.tombstones += u64::from(!is_it);
        }
        if what == Replay::Do {
            self.remove_values_of_company(journal).await?;
        }
        let mut after = None;
        loop {
            let members;
            (members, after) = self.members(journal, after).await?;
            for some in members.chunks(LEAVE_AT_ONCE) {
                done.members += match what {
                    Replay::Do => self.take_off(journal, some, journal.created_at, false).await?,
                    Replay::DryRun => some.len() as u64,
                };
            }
            if after.is_none() {
                return Ok(());
            }
        }
    }
}
