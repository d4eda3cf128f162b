//! Finishing what others left.

use profiles_domain::Error;
use profiles_normalization::Timestamp;

use super::attributes::UNFINISHED_INDEX;
use super::{Deletions, TimeLeft};
use crate::attributes::PK;
use crate::database::failure;
use crate::item::Item;

/// What a sweep found and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Logs that somebody else had left unfinished.
    pub found: usize,
    /// Those of them that are finished now.
    pub finished: usize,
}

impl Deletions<'_> {
    /// Takes up what others began before `since` and left unfinished, as far as time allows.
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
                // The index may not know yet that it was finished.
                let Some(log) = self.log(account, id).await?.filter(|log| !log.is_complete) else { continue };
                swept.found += 1;
                if time_left() {
                    swept.finished += usize::from(self.purge_for_now(log, now, time_left).await);
                }
            }
        }
        Ok(swept)
    }
}
