//! A pass over the members of a company that is gone, by the index of members.

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use profiles_domain::{Cascade, DeletionId, Error, ProfileId, PropertyKind};
use profiles_normalization::Timestamp;
use tracing::Instrument;

use super::super::{Deletions, TimeLeft};
use super::journal::CompanyJournal;
use crate::dynamo::item::{Attributes, Item};
use crate::dynamo::value::text;
use crate::properties;
use crate::schema::attributes::{COMPANY_ID, PK};

/// The index of the members of companies.
const COMPANY_INDEX: &str = "company-index";
/// Members that one request finds.
const MEMBERS_IN_A_PAGE: i32 = 1_000;
/// Members that leave in one transaction.
pub(in crate::deletions) const LEAVE_AT_ONCE: usize = 50;
/// Members who are forgotten whose records are removed at once.
const PURGED_AT_ONCE: usize = 8;

impl Deletions<'_> {
    /// Makes a pass as far as it can; the sweep does the rest. Returns the deletions of members who were forgotten, if it came to its end.
    pub(super) async fn pass_for_now(&self, journal: &CompanyJournal, now: Timestamp, time_left: TimeLeft<'_>) -> Option<Vec<DeletionId>> {
        let span = tracing::error_span!("deletion", deletion_id = %journal.id);
        let passed = self.pass(journal, now, time_left).instrument(span.clone()).await;
        span.in_scope(|| match passed {
            Ok(Some(forgotten)) => Some(forgotten),
            Ok(None) => {
                tracing::info!("not all members of a company were taken off it in time; they are left to the sweep");
                None
            }
            Err(Error::Defect(what) | Error::Denied(what)) => {
                tracing::error!(what, "a defect kept members of a company from being taken off it");
                None
            }
            Err(_) => {
                tracing::warn!("the database kept members of a company from being taken off it; they are left to the sweep");
                None
            }
        })
    }

    /// Makes a pass over all members, as far as time allows. `None`: not to its end.
    pub(super) async fn pass(
        &self,
        journal: &CompanyJournal,
        now: Timestamp,
        time_left: TimeLeft<'_>,
    ) -> Result<Option<Vec<DeletionId>>, Error> {
        let (mut forgotten, mut after) = (Vec::new(), None);
        loop {
            if !time_left() {
                return Ok(None);
            }
            let members;
            (members, after) = self.members(journal, after).await?;
            match journal.cascade {
                Cascade::Nobody => {
                    for some in members.chunks(LEAVE_AT_ONCE) {
                        if !time_left() {
                            return Ok(None);
                        }
                        self.take_off(journal, some, now, true).await?;
                    }
                }
                Cascade::Profiles => {
                    let (some, is_whole) = self.forget_members(journal, members, now, time_left).await?;
                    forgotten.extend(some);
                    if !is_whole {
                        return Ok(None);
                    }
                }
            }
            if after.is_none() {
                return Ok(Some(forgotten));
            }
        }
    }

    /// Forgets members, one after the other, because all of them are counted in one journal. What they leave behind is removed side by side.
    /// Returns their deletions, and whether there was time for all.
    async fn forget_members(
        &self,
        journal: &CompanyJournal,
        members: Vec<ProfileId>,
        now: Timestamp,
        time_left: TimeLeft<'_>,
    ) -> Result<(Vec<DeletionId>, bool), Error> {
        let (mut forgotten, mut purges, mut is_whole) = (Vec::new(), FuturesUnordered::new(), true);
        for member in members {
            if !time_left() {
                is_whole = false;
                break;
            }
            if let Some(of_member) = self.forget_member(journal, member, now).await? {
                purges.push(async move {
                    let id = of_member.id;
                    self.purge_for_now(of_member, now, time_left).await;
                    id
                });
            }
            if purges.len() >= PURGED_AT_ONCE {
                forgotten.extend(purges.next().await);
            }
        }
        while let Some(id) = purges.next().await {
            forgotten.push(id);
        }
        Ok((forgotten, is_whole))
    }

    /// Reads a page of the index of members. It lags behind the profiles.
    pub(in crate::deletions) async fn members(
        &self,
        journal: &CompanyJournal,
        after: Option<Attributes>,
    ) -> Result<(Vec<ProfileId>, Option<Attributes>), Error> {
        let query = self
            .database
            .client
            .query()
            .table_name(&self.database.tables.profiles)
            .index_name(COMPANY_INDEX)
            .key_condition_expression(format!("{COMPANY_ID} = :company"))
            .expression_attribute_values(":company", text(journal.company))
            .limit(MEMBERS_IN_A_PAGE)
            .set_exclusive_start_key(after);
        let page = self.database.query(query).await?;
        // Other accounts may have a company of the same id.
        let own = format!("{}#", journal.account);
        let entries = page.items.unwrap_or_default().into_iter().map(Item);
        let members = entries.filter(|entry| entry.text(PK).is_some_and(|key| key.starts_with(&own))).filter_map(|entry| entry.id());
        Ok((members.collect(), page.last_evaluated_key))
    }

    /// Removes the company's values from the registry of properties, and records that nobody is a member any more.
    pub(super) async fn complete_company(&self, journal: &CompanyJournal, now: Timestamp) -> Result<(), Error> {
        self.remove_values_of_company(journal).await?;
        self.complete(journal.account, journal.id, now).await
    }

    /// Removes the company's values from the registry of properties.
    pub(in crate::deletions) async fn remove_values_of_company(&self, journal: &CompanyJournal) -> Result<(), Error> {
        properties::remove_values(self.database, journal.account, &[PropertyKind::Company], [journal.company]).await
    }

    /// Finishes the deletion of a company that was left unfinished, or looks once more at one that is complete. True: it is finished now.
    pub(in crate::deletions) async fn sweep_company(&self, journal: &CompanyJournal, now: Timestamp, time_left: TimeLeft<'_>) -> bool {
        // Whoever began it did so long ago that no lease is left.
        if self.pass_for_now(journal, now, time_left).await.is_none() {
            return false;
        }
        match journal.is_complete {
            false => self.complete_company(journal, now).await.is_ok(),
            true => self.close_company(journal).await.is_ok(),
        }
    }
}
