//! A pass over the members of a company that is gone, by the index of members.

use futures_util::{StreamExt, stream};
use profiles_domain::{Cascade, DeletionId, Error, ProfileId};
use profiles_normalization::Timestamp;
use tracing::Instrument;

use super::super::{Deletions, TimeLeft};
use super::journal::CompanyJournal;
use crate::dynamo::item::{Attributes, Item};
use crate::dynamo::value::text;
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
                    // One after the other, because all of them are counted in one journal. What they leave behind is removed side by side.
                    let hidden = stream::iter(members).then(async |member| match time_left() {
                        true => self.forget_member(journal, member, now).await,
                        false => Ok(None),
                    });
                    let purged = hidden.map(async |hidden| {
                        let Some(of_member) = hidden? else { return Ok(None) };
                        let id = of_member.id;
                        self.purge_for_now(of_member, now, time_left).await;
                        Ok::<_, Error>(Some(id))
                    });
                    let mut purged = std::pin::pin!(purged.buffer_unordered(PURGED_AT_ONCE));
                    while let Some(id) = purged.next().await {
                        forgotten.extend(id?);
                    }
                    if !time_left() {
                        return Ok(None);
                    }
                }
            }
            if after.is_none() {
                return Ok(Some(forgotten));
            }
        }
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

    /// Records that nobody is a member any more. If that fails, the sweep does it.
    pub(super) async fn complete_for_now(&self, journal: &CompanyJournal, now: Timestamp) {
        let _ = self.complete(journal.account, journal.id, now).await;
    }

    /// Finishes the deletion of a company that was left unfinished, or looks once more at one that is complete. True: it is finished now.
    pub(in crate::deletions) async fn sweep_company(&self, journal: &CompanyJournal, now: Timestamp, time_left: TimeLeft<'_>) -> bool {
        // Whoever began it did so long ago that no lease is left.
        if self.pass_for_now(journal, now, time_left).await.is_none() {
            return false;
        }
        match journal.is_complete {
            false => self.complete(journal.account, journal.id, now).await.is_ok(),
            true => self.close_company(journal).await.is_ok(),
        }
    }
}
