//! Finishing what others left.

use profiles_domain::Error;
use profiles_normalization::Timestamp;

use super::attributes::{QUEUE, SINCE, UNFINISHED_INDEX};
use super::{Deletions, TimeLeft};
use crate::attributes::PK;
use crate::database::failure;
use crate::item::Item;
use crate::value::text;

/// So many queues there are, one for each hex digit.
const QUEUES: u32 = 16;

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
        for queue in 0..QUEUES {
            let query = self.database.client.query().table_name(&self.database.tables.deletions).index_name(UNFINISHED_INDEX);
            let query = query
                .key_condition_expression(format!("{QUEUE} = :queue AND {SINCE} < :since"))
                .expression_attribute_values(":queue", text(format!("{queue:x}")))
                .expression_attribute_values(":since", text(since));
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
