//! The hunt: finds ids of profiles or companies that fit, the newest first, by the cheapest way that is known to lead there.
//!
//! A walk looks at the records of a list until enough fit: its cost depends on how many are wanted, and on the share that fits. A sweep
//! reads the account once, filtered by the database, whatever fits. A sample tells which is cheaper, and a walk goes on to learn.

use std::collections::VecDeque;

use profiles_domain::Error;

use super::kind::RecordId;
use super::list::List;
use super::partitions;
use super::sample::{SAMPLED, Sample, Share};
use super::scope::Scope;
use super::sweep::sweep;
use super::swept::{Counted, Kept};
use crate::dynamo::item::Item;

/// Records that a walk looks at in one go, at most.
const AT_ONCE: usize = 400;
/// Records that a walk looks at in one go, at least.
const LEAST_LOOKS: usize = 8;
/// The part of the looks that are probably needed that a walk begins with.
const CAUTION: f64 = 0.8;
/// Records of a narrower list that a walk looks at before a sweep is considered.
const TRIED: f64 = 200.0;
/// Records that a sweep keeps beyond those that are wanted: some may not pass the second look.
const SPARE: usize = 16;
/// The read units of an entry of an index, about.
const ENTRY_UNITS: f64 = 0.01;
/// The read units with which the walk of an index begins.
const BEGIN_UNITS: f64 = 8.0;

/// A hunt for records.
pub(super) struct Hunt<'a> {
    scope: Scope<'a>,
    list: List<'a>,
    /// Whether all in the list fit, as far as is known.
    all_fit: bool,
    sample: Option<Sample>,
    /// Those that the walk looked at.
    walked: Share,
    /// The last of them.
    last: Option<RecordId>,
    /// Those that were found and not returned yet.
    found: VecDeque<RecordId>,
    /// What is left to do when these are returned.
    rest: Rest,
}

/// What a hunt has left to do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    Walk,
    Sweep,
    Nothing,
}

impl<'a> Hunt<'a> {
    /// A hunt in a list in which all are that fit.
    pub(super) fn new(scope: Scope<'a>, list: List<'a>) -> Self {
        let walked = Share { examined: 0.0, fitting: 0.0 };
        let all_fit = if list.is_narrow() { scope.has_one_filter() } else { scope.has_everybody() };
        Self { scope, list, all_fit, sample: None, walked, last: None, found: VecDeque::new(), rest: Rest::Walk }
    }

    /// Returns the next ids, `wanted` of them unless there are no more.
    pub(super) async fn next(&mut self, wanted: usize) -> Result<Vec<RecordId>, Error> {
        while self.found.len() < wanted && self.rest != Rest::Nothing {
            let missing = wanted.saturating_sub(self.found.len());
            if self.rest == Rest::Walk && self.prefers_sweep(missing).await? {
                self.rest = Rest::Sweep;
            }
            match self.rest {
                Rest::Walk => self.walk(missing).await?,
                Rest::Sweep => self.sweep(missing).await?,
                Rest::Nothing => {}
            }
        }
        Ok(self.found.drain(..wanted.min(self.found.len())).collect())
    }

    /// Counts all that fit.
    pub(super) async fn count(mut self) -> Result<u64, Error> {
        if self.all_fit && !self.list.is_narrow() {
            let mut counted = Counted::of_entries(&self.scope);
            sweep(self.scope.database, self.scope.pace, self.scope.queries_of_entries(), &mut counted).await?;
            return Ok(counted.count);
        }
        self.list.read_to_the_end().await?;
        if let Some(ids) = self.list.len().filter(|_| self.all_fit) {
            return Ok(ids as u64);
        }
        if let Some(ids) = self.list.len()
            && !self.prefers_sweep(ids).await?
        {
            let mut count = 0;
            loop {
                self.scope.pace.check()?;
                let ids = self.list.next(AT_ONCE).await?;
                if ids.is_empty() {
                    return Ok(count);
                }
                count += self.scope.first_look(ids).await?.len() as u64;
            }
        }
        let queries = partitions(self.scope.wanted.account).map(|shard| Counted::query(&self.scope, shard)).collect();
        let mut counted = Counted::of_records(&self.scope);
        sweep(self.scope.database, self.scope.pace, queries, &mut counted).await?;
        Ok(counted.count)
    }

    /// Whether a sweep is cheaper than to walk on until `missing` more are found.
    async fn prefers_sweep(&mut self, missing: usize) -> Result<bool, Error> {
        let is_narrow = self.list.is_narrow();
        if self.all_fit || (is_narrow && self.walked.examined < TRIED && self.list.len().is_none_or(|ids| ids < AT_ONCE)) {
            return Ok(false);
        }
        if self.sample.is_none() {
            self.sample = Some(self.take_sample().await?);
        }
        let share = self.share();
        let Some(sample) = &self.sample else { return Ok(false) };
        let missing = if is_narrow {
            missing as f64
        } else {
            // The last page may have fewer.
            let in_range = sample.fitting.iter().filter(|id| self.scope.range.holds(**id)).count() as f64;
            let left = (in_range + 0.5) * sample.scale() - self.walked.fitting;
            left.clamp(1.0, missing as f64)
        };
        let looks = (missing / share).min(self.list.len().map_or(sample.records(), |ids| ids as f64));
        let (entry, begin) = if self.list.len().is_some() { (0.0, 0.0) } else { (ENTRY_UNITS, BEGIN_UNITS) };
        let begin = if self.walked.examined > 0.0 { 0.0 } else { begin };
        Ok(sample.sweep_units() < begin + looks * (sample.record_units() + entry))
    }

    /// The share of the list that fits, about.
    fn share(&self) -> f64 {
        // Of a narrower list, the sample says nothing.
        let sampled = self.sample.as_ref().filter(|_| !self.list.is_narrow()).map(Sample::share);
        sampled.map_or(self.walked, |sampled| self.walked.with(sampled)).estimate()
    }

    async fn take_sample(&self) -> Result<Sample, Error> {
        let shard = partitions(self.scope.wanted.account).next().unwrap_or_default();
        let mut page = self.scope.database.query(self.scope.query_of_all(shard).limit(SAMPLED)).await?;
        let items = page.items.take().unwrap_or_default().into_iter().map(Item);
        let fitting = items.filter(|item| self.scope.fits_if_let_through(item)).filter_map(|item| item.record_id()).collect();
        Ok(Sample::new(&page, fitting))
    }

    /// Looks at the next records of the list.
    async fn walk(&mut self, missing: usize) -> Result<(), Error> {
        self.scope.pace.check()?;
        let ids = self.list.next(self.looks(missing)).await?;
        if ids.is_empty() {
            self.rest = Rest::Nothing;
            return Ok(());
        }
        self.last = ids.last().copied();
        self.walked.examined += ids.len() as f64;
        let fitting = if self.all_fit { ids } else { self.scope.first_look(ids).await? };
        self.walked.fitting += fitting.len() as f64;
        self.found.extend(fitting);
        Ok(())
    }

    /// The records to look at until probably enough fit.
    fn looks(&self, missing: usize) -> usize {
        if self.all_fit {
            return missing;
        }
        let share = self.share();
        // A sample is small. Rather another request for those that are missing still than too many looks.
        let looks = if self.walked.examined > 0.0 { missing as f64 / share + 1.0 } else { missing as f64 / share * CAUTION };
        (looks as usize).clamp(LEAST_LOOKS, AT_ONCE)
    }

    /// Sweeps what the walk has not looked at, and keeps the newest.
    async fn sweep(&mut self, missing: usize) -> Result<(), Error> {
        self.scope.range.before = self.last.or(self.scope.range.before);
        let sampled = self.sample.as_ref();
        let mut kept = Kept::new(&self.scope, missing.saturating_add(SPARE).saturating_add(missing / 10));
        let mut queries = Vec::new();
        for (number, shard) in partitions(self.scope.wanted.account).enumerate() {
            match sampled.filter(|_| number == 0).map(|sample| (&sample.fitting, sample.last.clone())) {
                None => queries.push(self.scope.query(shard)),
                Some((fitting, last)) => {
                    kept.keep(fitting.iter().copied());
                    queries.extend(last.map(|last| self.scope.query(shard).set_exclusive_start_key(Some(last))));
                }
            }
        }
        sweep(self.scope.database, self.scope.pace, queries, &mut kept).await?;
        let (newest, is_all) = kept.newest();
        self.rest = if is_all { Rest::Nothing } else { Rest::Sweep };
        self.last = newest.last().copied().or(self.last);
        self.found.extend(newest);
        Ok(())
    }
}
