//! What a portion needs, read ahead while the portion before it is written.
//!
//! So it may be older than writes of the same chunk. They are safe from it: a write has the condition that its profile is as it was seen, and
//! if it is not, the profile is read again. But that a step changes nothing is decided without a write, and must be true after the earlier
//! items of its profile. So what leads to a profile that the portion before may have written is read once that portion is written.

use profiles_domain::Error;
use profiles_normalization::Timestamp;

use super::Work;
use super::groups::Groups;
use super::plan::{Plan, Portion};
use super::profile::List;
use crate::Storage;
use crate::dynamo::read_many::Found;

/// What was read ahead for a portion.
pub struct Ahead(pub(super) Found);

impl Storage {
    /// Reads what can be read of a portion before the one before it is written.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn read_ahead(&self, plan: &Plan, portion: &Portion, now: Timestamp) -> Result<Ahead, Error> {
        let work = self.work(plan, now);
        match &plan.groups {
            Groups::OfProfiles(groups) => {
                let [lists, _] = plan.lists(groups, portion);
                work.read(&lists.into_iter().map(List::of).collect::<Vec<_>>()).await
            }
            Groups::OfCompanies(groups) => work.read_companies(&plan.lists(groups, portion).concat()).await,
        }
        .map(Ahead)
    }
}

impl Work<'_> {
    /// Reads what the lists of a portion need and was not read ahead, or is out of date. `shared` are those that lead to where a group
    /// before the portion does: their items were applied with that group's.
    pub(super) async fn read_the_rest<'i>(
        &self,
        ahead: Option<Ahead>,
        [own, shared]: [Vec<List<'i>>; 2],
    ) -> Result<(Found, Vec<List<'i>>), Error> {
        let written = std::mem::take(&mut *self.plan.written());
        let is_outdated = |list: &List<'_>| match &ahead {
            Some(Ahead(found)) => self.leads_to(list, found).is_some_and(|profile| written.contains(&profile)),
            None => true,
        };
        let (mut outdated, mut lists): (Vec<_>, Vec<_>) = own.into_iter().partition(is_outdated);
        outdated.extend(shared);
        let rest = self.read(&outdated).await?;
        lists.append(&mut outdated);
        let mut found = ahead.map(|Ahead(found)| found).unwrap_or_default();
        found.extend(rest);
        Ok((found, lists))
    }
}
