//! The replay of a clear: in restored tables, it resets a profile again that was cleared since.
//!
//! A clear begins the next generation of a profile. So a profile that has a later generation than the cleared one was cleared, and nothing
//! that was written since is touched. One whose generation is not later is as it was before the clear.

use profiles_domain::{AccountId, Error};

use super::Deletions;
use super::clear::Reset;
use super::journal::Journal;
use super::replay::{Replay, Replayed};
use super::scope::Scope;
use crate::dynamo::item::Item;
use crate::dynamo::transaction::Transaction;
use crate::schema::activity_head::ActivityHeads;
use crate::schema::generation::Generation;

impl Deletions<'_> {
    /// Clears again the profiles of a journal, and removes the records that the clear hid.
    ///
    /// Profiles that were merged after the backup are profiles of their own in it. Their records were the cleared user's, so they are cleared
    /// like the user's own.
    pub(super) async fn clear_again(&self, journal: &Journal, what: Replay, done: &mut Replayed) -> Result<(), Error> {
        let mut hidden: Vec<Generation> = Vec::new();
        for cleared in journal.generations() {
            let seen = self.database.slot(journal.account, cleared.profile.slot()).await?;
            let current = Generation::current(&seen).filter(|current| current.profile == cleared.profile);
            match current {
                Some(current) if current.number <= cleared.number => {
                    if what == Replay::Do {
                        self.reset_again(journal, cleared, &seen).await?;
                    }
                    done.cleared += 1;
                    hidden.extend(Generation::all(&seen));
                }
                Some(_) => hidden.push(cleared),
                None if self.is_inherited(journal.account, cleared, &seen).await? => {}
                None => hidden.push(cleared),
            }
        }
        hidden.sort_unstable_by_key(|generation| (generation.profile.to_string(), generation.number));
        hidden.dedup();
        for generation in hidden {
            let scope = Scope::Generation(generation);
            match what {
                Replay::Do => self.remove_all(journal.account, scope, &mut done.records).await?,
                Replay::DryRun => done.records += self.count_records(journal.account, scope).await?,
            }
        }
        match what {
            Replay::Do => self.remove_values(journal).await,
            Replay::DryRun => Ok(()),
        }
    }

    /// Resets a profile whose generation is not later than the cleared one. `Unavailable`: it changed meanwhile.
    async fn reset_again(&self, journal: &Journal, cleared: Generation, seen: &Item) -> Result<(), Error> {
        // As after the clear, so that the generations of the tables before and of the restored ones stay the same.
        let next = Generation { number: cleared.number.saturating_add(1), ..cleared };
        let reset = Reset { account: journal.account, seen, next, at: journal.created_at };
        let mut transaction = Transaction::default();
        transaction.add(reset.action(self.database))?;
        transaction.add(ActivityHeads { database: self.database, account: journal.account }.raise(next))?;
        match self.database.commit(transaction).await?.is_done() {
            true => Ok(()),
            false => Err(Error::Unavailable),
        }
    }

    /// Whether the generation is one of those that the profile shows into which its own was merged. `seen` is what is in its slot.
    async fn is_inherited(&self, account: AccountId, generation: Generation, seen: &Item) -> Result<bool, Error> {
        let Some(survivor) = seen.merged_into(generation.profile) else { return Ok(false) };
        let survivor = self.database.slot(account, survivor.slot()).await?;
        Ok(Generation::inherited(&survivor).any(|inherited| inherited == generation))
    }
}
