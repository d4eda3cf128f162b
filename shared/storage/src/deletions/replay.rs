//! The replay: it forgets and clears again the users whom a restore brought back.
//!
//! A restored table holds what it held at an earlier time, and so also users who were forgotten since. The journals of deletions are not
//! restored, and say who they are. Each is replayed: the tombstones are put first, in one transaction, then the records are removed.
//! Nothing of a replay is stored but aliases that the journal of an earlier version lacks. So it may die anywhere, run twice, or run
//! several times at once: the next run finds what is left. The journal stays closed, because the sweep may still work on tables that are
//! not the restored ones, and would take it for done there.

use std::time::Duration;

use aws_sdk_dynamodb::operation::scan::ScanOutput;
use aws_sdk_dynamodb::types::Select;
use futures_util::{StreamExt, stream};
use profiles_domain::{AccountId, Error, ProfileId, Slot};
use profiles_normalization::Timestamp;

use super::Deletions;
use super::aliases::Aliases;
use super::attributes::COMPLETED_AT;
use super::companies::CompanyJournal;
use super::journal::{DeletionKind, Journal};
use super::scope::Scope;
use super::tombstones::{ALIASES_AT_ONCE, Tombstones};
use crate::dynamo::database::{Write, failure};
use crate::dynamo::item::{Attributes, Item};
use crate::dynamo::transaction::Transaction;
use crate::dynamo::value::{number, text};
use crate::schema::attributes::{FORGOTTEN_AT, ID, PK, REV, SK};
use crate::schema::keys;

/// The margin before the time of the backup. Deletions that were complete before it are not undone by the restore: the clocks of functions
/// and of DynamoDB differ by far less.
const MARGIN: Duration = Duration::from_hours(1);
/// Journals that one request reads.
const JOURNALS_IN_A_PAGE: i32 = 500;
/// Journals that are replayed at once.
const AT_ONCE: usize = 8;

/// Whether a replay changes anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replay {
    /// It forgets and clears again.
    Do,
    /// It only counts.
    DryRun,
}

/// The counts of a replay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Journals that were read, with those of clears.
    pub read: u64,
    /// Journals of forgets that may have been undone.
    pub since: u64,
    /// Profiles that were there, and were forgotten again.
    pub profiles: u64,
    /// Journals of clears that may have been undone.
    pub clears: u64,
    /// Profiles that were as before a clear, and were cleared again.
    pub cleared: u64,
    /// Journals of deletions of companies that may have been undone.
    pub of_companies: u64,
    /// Companies that were there, and were deleted again.
    pub companies: u64,
    /// Members that were taken off a company again.
    pub members: u64,
    /// Records that were there, and were removed. Clears of one user that are replayed at once may each count one.
    pub records: u64,
    /// Tombstones in other places, so that no earlier batch brings a user back.
    pub tombstones: u64,
    /// Journals that could not be replayed to the end.
    pub failed: u64,
}

impl Replayed {
    fn add(&mut self, other: Self) {
        self.read += other.read;
        self.since += other.since;
        self.profiles += other.profiles;
        self.clears += other.clears;
        self.cleared += other.cleared;
        self.of_companies += other.of_companies;
        self.companies += other.companies;
        self.members += other.members;
        self.records += other.records;
        self.tombstones += other.tombstones;
        self.failed += other.failed;
    }
}

/// A journal of any kind.
enum AnyJournal {
    OfUser(Journal),
    OfCompany(CompanyJournal),
}

impl AnyJournal {
    fn read(item: &Item) -> Option<Self> {
        CompanyJournal::read(item).map(Self::OfCompany).or_else(|| Journal::read(item).map(Self::OfUser))
    }
}

impl Deletions<'_> {
    /// Forgets and clears again, in restored tables, the users who were forgotten or cleared since `since`: the time the tables are restored
    /// to, or the earliest of those times. `progress` is called with the counts so far after each journal.
    ///
    /// # Errors
    /// Those of the database when it is asked for the journals, and any defect. A journal that cannot be replayed is counted, and does not
    /// keep the others from it.
    pub async fn replay(&self, since: Timestamp, what: Replay, progress: &(dyn Fn(Replayed) + Send + Sync)) -> Result<Replayed, Error> {
        let since = since.minus(MARGIN).to_string();
        let mut all = Replayed::default();
        let mut next = None;
        loop {
            let page = self.page(next).await?;
            let mut journals = Vec::new();
            for item in page.items.unwrap_or_default().into_iter().map(Item) {
                all.read += 1;
                let is_older = item.text(COMPLETED_AT).is_some_and(|completed_at| completed_at < since.as_str());
                if is_older {
                    continue;
                }
                let journal = AnyJournal::read(&item);
                match &journal {
                    Some(AnyJournal::OfUser(journal)) if journal.kind == DeletionKind::Clear => all.clears += 1,
                    Some(AnyJournal::OfCompany(_)) => all.of_companies += 1,
                    _ => all.since += 1,
                }
                match journal {
                    Some(journal) => journals.push(journal),
                    None => all.failed += 1,
                }
            }
            progress(all);
            let mut replays =
                stream::iter(journals.into_iter().map(|journal| self.replay_journal(journal, what))).buffer_unordered(AT_ONCE);
            while let Some((done, result)) = replays.next().await {
                all.add(done);
                match result {
                    Ok(()) => {}
                    Err(defect @ Error::Defect(_)) => return Err(defect),
                    Err(_) => all.failed += 1,
                }
                progress(all);
            }
            next = page.last_evaluated_key;
            if next.is_none() {
                return Ok(all);
            }
        }
    }

    /// Reads the approximate number of journals, which DynamoDB counts now and then.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn approximate_count(&self) -> Result<u64, Error> {
        self.database.approximate_count(&self.database.tables.deletions).await
    }

    /// Reads a page of journals, of any kind.
    async fn page(&self, start: Option<Attributes>) -> Result<ScanOutput, Error> {
        let table = &self.database.tables.deletions;
        let scan = self.database.client.scan().table_name(table).consistent_read(true).limit(JOURNALS_IN_A_PAGE);
        self.database.scan(scan.set_exclusive_start_key(start)).await
    }

    /// Replays one journal. Also returns what was done so far, even on error.
    async fn replay_journal(&self, mut journal: AnyJournal, what: Replay) -> (Replayed, Result<(), Error>) {
        if let AnyJournal::OfUser(journal) = &mut journal {
            Self::complete_aliases(journal);
        }
        let mut done = Replayed::default();
        let mut retries = self.database.call_retries();
        loop {
            if let Err(error) = retries.wait_for_next().await {
                return (done, Err(error));
            }
            let result = match &mut journal {
                AnyJournal::OfUser(journal) if journal.kind == DeletionKind::Clear => self.clear_again(journal, what, &mut done).await,
                AnyJournal::OfUser(journal) => self.look_and_forget(journal, what, &mut done).await,
                AnyJournal::OfCompany(journal) => self.delete_company_again(journal, what, &mut done).await,
            };
            match result {
                Err(Error::Unavailable) => {}
                result => return (done, result),
            }
        }
    }

    /// Adds the aliases of a journal that are only in its scopes.
    fn complete_aliases(journal: &mut Journal) {
        // An unfinished one may be of an earlier version, which kept the ids of merged profiles only in the scopes.
        let scopes: Aliases = Aliases { merged: journal.scopes.iter().map(|scope| scope.profile()).collect(), ..Aliases::default() };
        let own = Aliases { merged: vec![journal.profile], ..Aliases::default() };
        journal.aliases.extend(scopes.without(&journal.aliases).without(&own));
    }

    /// Replays one journal once. It ends with `Unavailable` when another request was quicker; the next attempt finds what is left.
    async fn look_and_forget(&self, journal: &mut Journal, what: Replay, done: &mut Replayed) -> Result<(), Error> {
        self.forget_again(journal, journal.profile, what, done).await?;
        // Profiles that were merged after the backup are profiles of their own in it; the others are aliases.
        let mut at = 0;
        while let Some(merged) = journal.aliases.merged.get(at).copied() {
            self.forget_again(journal, merged, what, done).await?;
            at += 1;
        }
        for slot in journal.aliases.uid_slots.clone() {
            self.tombstone_slot(journal, slot, what, done).await?;
        }
        for profile in [journal.profile].into_iter().chain(journal.aliases.merged.iter().copied()) {
            match what {
                Replay::Do => {
                    self.tombstones(journal).heads().close_if_open(profile, journal.created_at).await?;
                    self.remove_all(journal.account, Scope::Profile(profile), &mut done.records).await?;
                }
                Replay::DryRun => done.records += self.count_records(journal.account, Scope::Profile(profile)).await?,
            }
        }
        match what {
            Replay::Do => self.remove_values(journal).await,
            Replay::DryRun => Ok(()),
        }
    }

    /// Puts tombstones in place of one of the profiles of a journal and of its references, all at once; or, if it is not there, in its slot.
    async fn forget_again(&self, journal: &mut Journal, profile: ProfileId, what: Replay, done: &mut Replayed) -> Result<(), Error> {
        let seen = self.database.slot(journal.account, profile.slot()).await?;
        if seen.id() != Some(profile) {
            return self.tombstone_slot(journal, profile.slot(), what, done).await;
        }
        let found = Aliases::of(&seen);
        let more = found.without(&journal.aliases);
        if what == Replay::Do {
            let mut slots = found.slots();
            // The others follow one by one, once the profile is gone.
            slots.truncate(ALIASES_AT_ONCE);
            let mut tombstones = Tombstones { profile, ..self.tombstones(journal) };
            let references = tombstones.read_references(&seen, slots).await?;
            let mut transaction = Transaction::default();
            tombstones.add_all(&mut transaction, &seen, &references)?;
            if more != Aliases::default() {
                transaction.add(journal.add_aliases(self.database, &more))?;
            }
            if !self.database.commit(transaction).await?.is_done() {
                return Err(Error::Unavailable);
            }
            done.tombstones += u64::try_from(references.slots.len()).unwrap_or(u64::MAX);
        }
        journal.aliases.extend(more);
        done.profiles += 1;
        Ok(())
    }

    /// Puts a tombstone into a slot that is an alias of the journal's profile or empty, unless it has one that is as late.
    async fn tombstone_slot(&self, journal: &Journal, slot: Slot, what: Replay, done: &mut Replayed) -> Result<(), Error> {
        let tombstones = self.tombstones(journal);
        let seen = self.database.slot(journal.account, slot).await?;
        let has_tombstone = seen.text(FORGOTTEN_AT).is_some_and(|at| at >= journal.created_at.to_string().as_str());
        let is_of_merged = journal.aliases.merged.iter().any(|merged| merged.slot() == slot);
        let is_done = if tombstones.is_alias_of_it(&seen) {
            let mut transaction = Transaction::default();
            transaction.add(tombstones.of_alias(slot))?;
            what == Replay::DryRun || self.database.commit(transaction).await?.is_done()
        } else if has_tombstone || is_of_merged {
            // Only a uid finds a slot without a claim, and merged profiles had none.
            return Ok(());
        } else if let Some(before) = seen.id().filter(|id| slot == journal.profile.slot() && id.seconds() < journal.profile.seconds()) {
            what == Replay::DryRun || self.move_tombstone(journal, before).await?
        } else if seen.is_live() || seen.alias_of().is_some() {
            // The user came back, or another one was given the uid.
            return Ok(());
        } else {
            what == Replay::DryRun || matches!(self.database.put(tombstones.in_vacant_slot(slot, &seen)).await?, Write::Done(_))
        };
        if !is_done {
            return Err(Error::Unavailable);
        }
        done.tombstones += 1;
        Ok(())
    }

    /// Moves on the time that the tombstone of an earlier profile in the slot will have. That profile has a journal of its own. False: it
    /// changed meanwhile.
    async fn move_tombstone(&self, journal: &Journal, before: ProfileId) -> Result<bool, Error> {
        let request = self
            .database
            .client
            .update_item()
            .table_name(&self.database.tables.profiles)
            .set_key(Some(keys::slot(journal.account, before.slot())))
            .update_expression(format!("SET {FORGOTTEN_AT} = :at ADD {REV} :one"))
            .condition_expression(format!("{ID} = :before AND (attribute_not_exists({FORGOTTEN_AT}) OR {FORGOTTEN_AT} < :at)"))
            .expression_attribute_values(":before", text(before))
            .expression_attribute_values(":at", text(journal.created_at))
            .expression_attribute_values(":one", number(1_u64));
        Ok(matches!(self.database.update(request).await?, Write::Done(_)))
    }

    fn tombstones(&self, journal: &Journal) -> Tombstones<'_> {
        Tombstones {
            database: self.database,
            account: journal.account,
            profile: journal.profile,
            deletion: journal.id,
            at: journal.created_at,
        }
    }

    /// Counts the records of a scope.
    pub(super) async fn count_records(&self, account: AccountId, scope: Scope) -> Result<u64, Error> {
        let mut condition = format!("{PK} = :records");
        let mut query = self
            .database
            .client
            .query()
            .table_name(&self.database.tables.activities)
            .expression_attribute_values(":records", text(keys::partition_of_records(account, scope.profile())))
            .consistent_read(true)
            .select(Select::Count);
        if let Some(prefix) = scope.prefix() {
            condition.push_str(&format!(" AND begins_with({SK}, :generation)"));
            query = query.expression_attribute_values(":generation", text(prefix));
        }
        let mut pages = query.key_condition_expression(condition).into_paginator().send();
        let mut count = 0;
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| failure("Query", &error))?;
            count += u64::try_from(page.count).unwrap_or(0);
        }
        Ok(count)
    }
}
