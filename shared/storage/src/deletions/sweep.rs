//! Finishing what others left.

use profiles_domain::Error;
use profiles_normalization::Timestamp;
use tracing::Instrument;

use super::attributes::UNFINISHED_INDEX;
use super::journal::Log;
use super::{Deletions, TimeLeft};
use crate::dynamo::database::failure;
use crate::dynamo::item::Item;
use crate::schema::attributes::PK;

/// What a sweep found and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Logs that somebody else had left unfinished.
    pub found: usize,
    /// Those of them that are finished now.
    pub finished: usize,
}

impl Deletions<'_> {
    /// Looks once more at what was completed. What keeps it from that is left to the next sweep.
    async fn look_again_for_now(&self, log: &Log) {
        let span = tracing::error_span!("deletion", deletion_id = %log.id);
        let looked = self.look_again(log).instrument(span.clone()).await;
        span.in_scope(|| match looked {
            Ok(0) => {}
            Ok(records) => tracing::warn!(records, "records came after their user's deletion was complete, and were removed"),
            Err(Error::Defect(what) | Error::Denied(what)) => tracing::error!(what, "a user's records could not be looked for once more"),
            Err(_) => tracing::warn!("the database kept a user's records from being looked for once more"),
        });
    }

    /// Takes up what others began before `since` and left unfinished, as far as time allows, and looks once more at what was completed
    /// before it.
    ///
    /// # Errors
    /// What the database says when it is asked what is unfinished. What keeps one from being finished does not keep the others.
    pub async fn sweep(&self, since: Timestamp, now: Timestamp, time_left: TimeLeft<'_>) -> Result<Swept, Error> {
        let mut swept = Swept::default();
        for query in self.database.waiting(&self.database.tables.deletions, UNFINISHED_INDEX, since) {
            let mut items = query.into_paginator().items().send();
            while let Some(item) = items.next().await {
                let item = Item(item.map_err(|error| failure("Query", &error))?);
                let named = item.text(PK).and_then(|key| key.split_once('#'));
                let Some((Ok(account), Ok(id))) = named.map(|(account, id)| (account.parse(), id.parse())) else { continue };
                // The index may not know yet that it was closed.
                let Some(log) = self.log(account, id).await?.filter(|log| !log.scopes.is_empty()) else { continue };
                swept.found += usize::from(!log.is_complete);
                if !time_left() {
                    continue;
                }
                if !log.is_complete {
                    swept.finished += usize::from(self.purge_for_now(log, now, time_left).await);
                } else {
                    self.look_again_for_now(&log).await;
                }
            }
        }
        Ok(swept)
    }
}
