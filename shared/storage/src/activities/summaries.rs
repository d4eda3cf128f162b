//! Reading summaries: how many users did what in a tour or survey.

use std::collections::BTreeMap;

use profiles_domain::{AccountId, Error, InteractionState, Model, Summary};

use super::Activities;
use crate::dynamo::item::Item;
use crate::dynamo::read_many::Wanted;
use crate::schema::keys;
use crate::schema::summary::COUNTED;

impl Activities<'_> {
    /// Reads what all users did in a tour or survey; `None` when no user ever did anything.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn summary(&self, account: AccountId, model: &Model) -> Result<Option<Summary>, Error> {
        let keys: Vec<_> = (0..keys::SUMMARY_PARTS).map(|part| keys::summary_part(account, model, part)).collect();
        let mut wanted = Wanted::default();
        keys.iter().for_each(|key| wanted.add(&self.database.tables.summaries, key.clone()));
        let found = self.database.get_many(wanted).await?;
        let parts: Vec<Item> = keys.iter().map(|key| found.get(key)).filter(|part| !part.0.is_empty()).collect();
        if parts.is_empty() {
            return Ok(None);
        }
        let mut sums = BTreeMap::new();
        for part in parts {
            for (state, count) in COUNTED {
                let (sum, latest): &mut (u64, Option<String>) = sums.entry(count).or_default();
                *sum = sum.saturating_add(part.number(count).unwrap_or(0));
                *latest = latest.take().max(part.text(state.times().1).map(str::to_owned));
            }
        }
        let mut of = |state: InteractionState| {
            let count = COUNTED.into_iter().find(|(counted, _)| *counted == state).map(|(_, count)| count);
            let (sum, latest) = count.and_then(|count| sums.remove(count)).unwrap_or_default();
            // What happened at that time does not count any more.
            (sum, latest.filter(|_| sum > 0))
        };
        let ((started_count, last_started_at), (completed_count, last_completed_at), (exited_count, last_exited_at)) =
            (of(InteractionState::Started), of(InteractionState::Completed), of(InteractionState::Exited));
        Ok(Some(Summary { started_count, completed_count, exited_count, last_started_at, last_completed_at, last_exited_at }))
    }
}
