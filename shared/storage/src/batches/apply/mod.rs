//! Applying a chunk: reads many profiles or companies at once, skips those that are as asked for already, and writes the others as a single
//! upsert does, many at a time.

mod ahead;
mod companies;
mod company;
mod company_fold;
mod disjoint_sets;
mod failure;
mod fold;
mod groups;
mod handover;
mod links;
mod lookup;
mod plan;
mod profile;
mod steps;
mod telling;

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use profiles_domain::{Error, Outcome, ProfileId};
use profiles_normalization::Timestamp;

pub use ahead::Ahead;
use groups::{Group, Groups};
pub use plan::{Plan, Portion};
use profile::Refused;

use super::Source;
use crate::Storage;
use crate::dynamo::database::Database;

/// Profiles or companies that are written at once. Each waits for the database by itself, so a throttled table slows all of them down.
const WRITES_AT_ONCE: usize = 32;

/// The result of one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its place in the batch.
    pub index: u32,
    /// Its outcome, or an error that no repetition mends.
    pub result: Result<Outcome, Error>,
}

/// The result of a portion.
pub struct Report {
    /// The items of its groups that were applied.
    pub items: Vec<Applied>,
    /// Groups that were not applied to their end. An item waits for an address that another profile has, or other writers were quicker every
    /// time, or what is stored contradicts itself, or they wait for such a group. They may be applied later.
    pub blocked: Vec<u32>,
    /// Items whose company did not get all properties they gave it, because it would be over DynamoDB's 400 KB with them.
    pub company_is_too_large: Vec<u32>,
    /// Items that join no company, because theirs was deleted after the batch was accepted.
    pub company_was_deleted: Vec<u32>,
}

impl Storage {
    /// Applies a portion of a plan: the items of each profile or company in their order, and those of others side by side. Applying it again changes
    /// nothing, and has the same result. What was not read ahead is read first.
    ///
    /// # Errors
    /// `Unavailable`, `Denied`: some or all of the items may have been applied, and applying all of them again does the rest.
    pub async fn apply(&self, plan: &Plan, portion: &Portion, ahead: Option<Ahead>, now: Timestamp) -> Result<Report, Error> {
        let work = self.work(plan, now);
        let Done { applied, left, company_is_too_large, company_was_deleted } = match &plan.groups {
            Groups::OfProfiles(groups) => work.apply_profiles(groups, portion, ahead).await?,
            Groups::OfCompanies(groups) => work.apply_companies(plan.lists(groups, portion).concat(), ahead).await?,
        };
        // Items of later groups were applied only to keep their order; they are counted in their own portion.
        let waiting = portion.waiting.iter().copied().filter_map(number).collect();
        let mut report = Report { items: applied, blocked: waiting, company_is_too_large, company_was_deleted };
        let mut counted = HashSet::new();
        for (group, items) in portion.groups.iter().map(|group| (*group, plan.groups.indexes(*group))) {
            if items.iter().any(|index| left.contains(index)) {
                report.blocked.extend(number(group));
            } else {
                counted.extend(items);
            }
        }
        report.items.retain(|item| counted.contains(&item.index));
        report.company_is_too_large.retain(|index| counted.contains(index));
        report.company_was_deleted.retain(|index| counted.contains(index));
        Ok(report)
    }

    fn work<'a>(&'a self, plan: &'a Plan, now: Timestamp) -> Work<'a> {
        Work { storage: self, database: &self.database, plan, source: &plan.source, now }
    }
}

fn number(group: usize) -> Option<u32> {
    u32::try_from(group).ok()
}

/// The work on a portion.
struct Work<'a> {
    storage: &'a Storage,
    database: &'a Database,
    plan: &'a Plan,
    source: &'a Source,
    now: Timestamp,
}

/// What was done of the items of a portion.
#[derive(Default)]
struct Done {
    applied: Vec<Applied>,
    /// The places in the batch of the items that are left.
    left: HashSet<u32>,
    company_is_too_large: Vec<u32>,
    company_was_deleted: Vec<u32>,
}

impl Work<'_> {
    /// Applies a portion of groups of profiles.
    async fn apply_profiles(&self, groups: &[Group], portion: &Portion, ahead: Option<Ahead>) -> Result<Done, Error> {
        let plan = self.plan;
        let lists = plan.lists(groups, portion).map(|lists| lists.into_iter().map(|items| plan.kept().resume(items)).collect());
        let (known, lists) = self.read_the_rest(ahead, lists).await?;
        let lists = match portion.is_last {
            false => self.apply_each(lists, Some(&known), Refused::Waits).await?,
            true => self.hand_over(lists, &known).await?,
        };
        let (mut done, mut for_companies, mut learned) = (Done::default(), Vec::new(), Vec::new());
        for list in lists {
            plan.kept().keep(&list);
            done.applied.extend(list.applied);
            for_companies.extend(list.companies);
            learned.extend(list.learned);
            done.company_was_deleted.extend(list.companies_deleted);
            done.left.extend(list.left.iter().map(|item| item.index));
        }
        done.company_is_too_large = self.write_companies(for_companies.clone()).await?;
        let of_companies = if done.company_is_too_large.is_empty() { for_companies } else { Vec::new() };
        self.tell(learned, of_companies).await;
        Ok(done)
    }

    /// Counts a write.
    fn count_write(&self) {
        self.plan.writes.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a write of a profile, of which nothing that was read before holds any more.
    fn note_write_of(&self, profile: ProfileId) {
        self.count_write();
        self.plan.written().insert(profile);
    }
}
