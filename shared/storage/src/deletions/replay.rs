//! Forgetting again whom a restore brought back.
//!
//! A restored table holds what it held at an earlier time, and so also who was forgotten since. The logs of deletions are not
//! restored: they say who that is. For each of them the tables are looked at, and what is there again of the forgotten goes as it
//! went the first time: marks first, in one transaction, then records. Nothing of a replay is written down but ids that a log of an
//! earlier version lacks. So it may die anywhere, run twice, or by several at once: whoever runs it again finds what is left. The log
//! stays closed, since the sweep may still be working on other tables than the restored ones, and would take it for done there.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::operation::scan::ScanOutput;
use aws_sdk_dynamodb::types::{AttributeValue, Select};
use futures_util::{StreamExt, stream};
use profiles_domain::{AccountId, Error, ProfileId, Slot};
use profiles_normalization::Timestamp;

use super::Deletions;
use super::aliases::Leading;
use super::attributes::{COMPLETED_AT, KIND};
use super::journal::{Doing, Log, Scope};
use super::tombstones::{ALIASES_AT_ONCE, Marker};
use crate::dynamo::database::{Transaction, Write, failure};
use crate::dynamo::item::Item;
use crate::dynamo::retry::Attempts;
use crate::dynamo::value::{number, text};
use crate::schema::attributes::{FORGOTTEN_AT, ID, PK, REV};
use crate::schema::keys;

/// What was completed for longer than this when the backup was made is not in it: the clocks of functions and of DynamoDB differ by
/// far less.
const MARGIN: Duration = Duration::from_secs(60 * 60);
/// Logs that one request reads.
const LOGS_IN_A_PAGE: i32 = 500;
/// Logs that are replayed at once.
const AT_ONCE: usize = 8;

/// Whether a replay does what it finds to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replay {
    /// It does.
    Do,
    /// It only counts it.
    DryRun,
}

/// What a replay found and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Logs that were read, of clears too.
    pub read: u64,
    /// Those of forgets that may have been undone.
    pub since: u64,
    /// Profiles that were there, and were forgotten again.
    pub profiles: u64,
    /// Records that were there, and were removed.
    pub records: u64,
    /// Marks in other places, so that no batch of before brings anybody back.
    pub marks: u64,
    /// Logs that could not be replayed to the end.
    pub failed: u64,
}

impl Replayed {
    fn add(&mut self, other: Self) {
        self.read += other.read;
        self.since += other.since;
        self.profiles += other.profiles;
        self.records += other.records;
        self.marks += other.marks;
        self.failed += other.failed;
    }
}

impl Deletions<'_> {
    /// Forgets again, in tables that were restored, who was forgotten since `since`. That is the time the tables are restored to, or
    /// the earliest of those times. `told` hears after each log what is done so far.
    ///
    /// # Errors
    /// What the database says of the logs, and any defect. What keeps one from being replayed does not keep the others, and is counted.
    pub async fn replay(&self, since: Timestamp, what: Replay, told: &(dyn Fn(Replayed) + Send + Sync)) -> Result<Replayed, Error> {
        let since = since.minus(MARGIN).to_string();
        let mut all = Replayed::default();
        let mut next = None;
        loop {
            let page = self.page(next).await?;
            let mut logs = Vec::new();
            for item in page.items.unwrap_or_default().into_iter().map(Item) {
                all.read += 1;
                let is_older = item.text(COMPLETED_AT).is_some_and(|completed_at| completed_at < since.as_str());
                if is_older || item.text(KIND) == Some(Doing::Clear.as_str()) {
                    continue;
                }
                all.since += 1;
                match Log::read(&item) {
                    Some(log) => logs.push(log),
                    None => all.failed += 1,
                }
            }
            told(all);
            let mut replays = stream::iter(logs.into_iter().map(|log| self.replay_log(log, what))).buffer_unordered(AT_ONCE);
            while let Some((done, result)) = replays.next().await {
                all.add(done);
                match result {
                    Ok(()) => {}
                    Err(defect @ Error::Defect(_)) => return Err(defect),
                    Err(_) => all.failed += 1,
                }
                told(all);
            }
            next = page.last_evaluated_key;
            if next.is_none() {
                return Ok(all);
            }
        }
    }

    /// About how many logs there are, as DynamoDB counts them now and then.
    ///
    /// # Errors
    /// What the database says.
    pub async fn count_logs_roughly(&self) -> Result<u64, Error> {
        let request = self.database.client.describe_table().table_name(&self.database.tables.deletions);
        let table = request.send().await.map_err(|error| failure("DescribeTable", &error))?.table;
        Ok(table.and_then(|table| table.item_count).and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
    }

    /// Some logs, whatever they are of.
    async fn page(&self, start: Option<HashMap<String, AttributeValue>>) -> Result<ScanOutput, Error> {
        let table = &self.database.tables.deletions;
        let scan = self.database.client.scan().table_name(table).consistent_read(true).limit(LOGS_IN_A_PAGE);
        let scan = scan.set_exclusive_start_key(start);
        let mut attempts = Attempts::of_call(self.patience);
        loop {
            attempts.next().await?;
            match scan.clone().send().await.map_err(|error| failure("Scan", &error)) {
                Err(Error::Unavailable) => {}
                page => return page,
            }
        }
    }

    /// Does what a log says in tables that may lack what is done already. With what was done of it, also when it fails.
    async fn replay_log(&self, mut log: Log, what: Replay) -> (Replayed, Result<(), Error>) {
        // One that is not finished yet may be of an earlier version, which kept the ids of merged profiles nowhere else.
        let scopes: Leading = Leading { merged: log.scopes.iter().map(|scope| scope.profile()).collect(), ..Leading::default() };
        let own = Leading { merged: vec![log.profile], ..Leading::default() };
        log.leading.extend(scopes.beyond(&log.leading).beyond(&own));
        let mut done = Replayed::default();
        let mut attempts = Attempts::of_call(self.patience);
        loop {
            if let Err(error) = attempts.next().await {
                return (done, Err(error));
            }
            match self.look_and_forget(&mut log, what, &mut done).await {
                Err(Error::Unavailable) => {}
                result => return (done, result),
            }
        }
    }

    /// The same once. Where somebody was quicker it ends with `Unavailable`, and what is left is found the next time.
    async fn look_and_forget(&self, log: &mut Log, what: Replay, done: &mut Replayed) -> Result<(), Error> {
        self.forget_again(log, log.profile, what, done).await?;
        // Those that were merged later were profiles of their own at that time, others are aliases.
        let mut at = 0;
        while let Some(merged) = log.leading.merged.get(at).copied() {
            self.forget_again(log, merged, what, done).await?;
            at += 1;
        }
        for slot in log.leading.of_uid.clone() {
            self.mark_slot(log, slot, what, done).await?;
        }
        for profile in [log.profile].into_iter().chain(log.leading.merged.iter().copied()) {
            match what {
                Replay::Do => self.remove_all(log.account, Scope::Profile(profile), &mut done.records).await?,
                Replay::DryRun => done.records += self.count_records(log.account, profile).await?,
            }
        }
        Ok(())
    }

    /// Puts marks in place of one of the profiles of a log and of what leads to it, at once; or where it would have been.
    async fn forget_again(&self, log: &mut Log, profile: ProfileId, what: Replay, done: &mut Replayed) -> Result<(), Error> {
        let seen = self.database.slot(log.account, profile.slot()).await?;
        if seen.id() != Some(profile) {
            return self.mark_slot(log, profile.slot(), what, done).await;
        }
        let found = Leading::to(&seen);
        let more = found.beyond(&log.leading);
        if what == Replay::Do {
            let mut slots = found.slots();
            // Those that are left are seen to one by one, as soon as the profile is none any more.
            slots.truncate(ALIASES_AT_ONCE);
            let mut marker = Marker { profile, ..self.marker(log) };
            let led = marker.look(&seen, slots).await?;
            let mut actions = marker.all(&seen, &led)?;
            if more != Leading::default() {
                actions.push(log.lead(self.database, &more)?);
            }
            if !matches!(self.database.transact(actions).await?, Transaction::Done) {
                return Err(Error::Unavailable);
            }
            done.marks += u64::try_from(led.slots.len()).unwrap_or(u64::MAX);
        }
        log.leading.extend(more);
        done.profiles += 1;
        Ok(())
    }

    /// Puts a mark into a slot that leads to the profile of a log or to nobody, unless there is one as late.
    async fn mark_slot(&self, log: &Log, slot: Slot, what: Replay, done: &mut Replayed) -> Result<(), Error> {
        let marker = self.marker(log);
        let seen = self.database.slot(log.account, slot).await?;
        let is_marked = seen.text(FORGOTTEN_AT).is_some_and(|at| at >= log.created_at.to_string().as_str());
        let is_of_merged = log.leading.merged.iter().any(|merged| merged.slot() == slot);
        let is_done = if marker.leads_here(&seen) {
            what == Replay::DryRun || matches!(self.database.transact(vec![marker.alias(slot)?]).await?, Transaction::Done)
        } else if is_marked || is_of_merged {
            // Only a uid finds a slot without a claim, and those that were merged had none.
            return Ok(());
        } else if let Some(before) = seen.id().filter(|id| slot == log.profile.slot() && id.seconds() < log.profile.seconds()) {
            what == Replay::DryRun || self.mark_later(log, before).await?
        } else if seen.is_live() || seen.alias_of().is_some() {
            // Who came back, or somebody else who was given the uid.
            return Ok(());
        } else {
            what == Replay::DryRun || matches!(self.database.put(marker.vacant(slot, &seen)).await?, Write::Done(_))
        };
        if !is_done {
            return Err(Error::Unavailable);
        }
        done.marks += 1;
        Ok(())
    }

    /// Notes in a profile that its slot was forgotten again later, for the mark that it becomes: whoever was there before was forgotten
    /// by a log of its own. False: it changed meanwhile.
    async fn mark_later(&self, log: &Log, before: ProfileId) -> Result<bool, Error> {
        let request = self
            .database
            .client
            .update_item()
            .table_name(&self.database.tables.profiles)
            .set_key(Some(keys::slot(log.account, before.slot())))
            .update_expression(format!("SET {FORGOTTEN_AT} = :at ADD {REV} :one"))
            .condition_expression(format!("{ID} = :before AND (attribute_not_exists({FORGOTTEN_AT}) OR {FORGOTTEN_AT} < :at)"))
            .expression_attribute_values(":before", text(before))
            .expression_attribute_values(":at", text(log.created_at))
            .expression_attribute_values(":one", number(1_u64));
        Ok(matches!(self.database.update(request).await?, Write::Done(_)))
    }

    fn marker(&self, log: &Log) -> Marker<'_> {
        Marker { database: self.database, account: log.account, profile: log.profile, deletion: log.id, at: log.created_at }
    }

    /// How many records there are under an id.
    async fn count_records(&self, account: AccountId, profile: ProfileId) -> Result<u64, Error> {
        let query = self
            .database
            .client
            .query()
            .table_name(&self.database.tables.activities)
            .key_condition_expression(format!("{PK} = :records"))
            .expression_attribute_values(":records", text(keys::partition_of_records(account, profile)))
            .consistent_read(true)
            .select(Select::Count);
        let mut pages = query.into_paginator().send();
        let mut count = 0;
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| failure("Query", &error))?;
            count += u64::try_from(page.count).unwrap_or(0);
        }
        Ok(count)
    }
}
