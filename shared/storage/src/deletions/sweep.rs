//! The sweep: it finishes deletions that were left unfinished, and looks once more at those that are complete.

use profiles_domain::Error;
use profiles_normalization::Timestamp;
use tracing::Instrument;

use super::attributes::{COMPLETED_AT, UNFINISHED_INDEX};
use super::companies::CompanyJournal;
use super::journal::Journal;
use super::{Deletions, TimeLeft};
use crate::dynamo::database::failure;
use crate::dynamo::item::Item;
use crate::dynamo::read_many::Wanted;
use crate::schema::attributes::PK;
use crate::schema::keys;

/// The result of a sweep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Deletions that were left unfinished.
    pub found: usize,
    /// Those of them that are finished now.
    pub finished: usize,
}

impl Deletions<'_> {
    /// Looks once more at a complete deletion. If that fails, the next sweep does it.
    async fn look_again_for_now(&self, journal: &Journal) {
        let span = tracing::error_span!("deletion", deletion_id = %journal.id);
        let looked = self.look_again(journal).instrument(span.clone()).await;
        span.in_scope(|| match looked {
            Ok(0) => {}
            Ok(records) => tracing::warn!(records, "records came after their user's deletion was complete, and were removed"),
            Err(Error::Defect(what) | Error::Denied(what)) => tracing::error!(what, "a user's records could not be looked for once more"),
            Err(_) => tracing::warn!("the database kept a user's records from being looked for once more"),
        });
    }

    /// Counts the deletions that were begun before `since` and left unfinished.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn count_unfinished(&self, since: Timestamp) -> Result<usize, Error> {
        let mut wanted = Wanted::only(&[COMPLETED_AT]);
        for query in self.database.pending(&self.database.tables.deletions, UNFINISHED_INDEX, since) {
            let mut items = query.into_paginator().items().send();
            while let Some(item) = items.next().await {
                let mut item = item.map_err(|error| failure("Query", &error))?;
                item.retain(|name, _| name == PK);
                wanted.add(&self.database.tables.deletions, item);
            }
        }
        let found = self.database.get_many(wanted).await?;
        Ok(found.items().filter(|item| !item.0.contains_key(COMPLETED_AT)).count())
    }

    /// Finishes deletions that were begun before `since` and left unfinished, as far as time allows. Looks once more at those that were
    /// completed before it.
    ///
    /// # Errors
    /// Those of the database when it is asked for unfinished deletions. A deletion that fails does not keep the others from being finished.
    pub async fn sweep(&self, since: Timestamp, now: Timestamp, time_left: TimeLeft<'_>) -> Result<Swept, Error> {
        let mut swept = Swept::default();
        for query in self.database.pending(&self.database.tables.deletions, UNFINISHED_INDEX, since) {
            let mut items = query.into_paginator().items().send();
            while let Some(item) = items.next().await {
                let item = Item(item.map_err(|error| failure("Query", &error))?);
                let named = item.text(PK).and_then(|key| key.split_once('#'));
                let Some((Ok(account), Ok(id))) = named.map(|(account, id)| (account.parse(), id.parse())) else { continue };
                // The index lags behind: the journal may be closed already.
                let item = self.database.get(&self.database.tables.deletions, keys::deletion(account, id)).await?;
                if let Some(journal) = CompanyJournal::read(&item).filter(|journal| journal.is_open) {
                    swept.found += usize::from(!journal.is_complete);
                    let is_done = time_left() && self.sweep_company(&journal, now, time_left).await;
                    swept.finished += usize::from(is_done && !journal.is_complete);
                    continue;
                }
                let Some(journal) = Journal::read(&item).filter(|journal| !journal.scopes.is_empty()) else { continue };
                swept.found += usize::from(!journal.is_complete);
                if !time_left() {
                    continue;
                }
                if !journal.is_complete {
                    swept.finished += usize::from(self.purge_for_now(journal, now, time_left).await);
                } else {
                    self.look_again_for_now(&journal).await;
                }
            }
        }
        Ok(swept)
    }
}
