//! Summaries: the counts of all interactions with a tour or survey.
//!
//! A summary is in 64 parts, so that a popular tour is no hot item. The profile's id decides which part an interaction counts in, and so
//! also where that is taken back.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Update};
use profiles_domain::{AccountId, Error, InteractionState, Model, ProfileId, Summary};
use profiles_normalization::Timestamp;

use super::Activities;
use crate::dynamo::database::Database;
use crate::dynamo::item::Item;
use crate::dynamo::read_many::Wanted;
use crate::dynamo::value::{number, text};
use crate::schema::attributes::PK;
use crate::schema::keys;

/// The states that are counted, each with the attributes of its count and of its last time.
const COUNTED: [(InteractionState, &str, &str); 3] = [
    (InteractionState::Started, "started_count", "last_started_at"),
    (InteractionState::Completed, "completed_count", "last_completed_at"),
    (InteractionState::Exited, "exited_count", "last_exited_at"),
];

/// The attributes of a state's count, in interactions as in summaries, and of its last time.
pub(super) fn counted(state: InteractionState) -> Option<(&'static str, &'static str)> {
    COUNTED.into_iter().find(|(known, ..)| *known == state).map(|(_, count, last)| (count, last))
}

/// The share of one profile's interactions in one summary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Share([u64; 3]);

impl Share {
    /// The share of this interaction.
    pub(crate) fn of(interaction: &Item) -> Self {
        Self(COUNTED.map(|(_, count, _)| interaction.number(count).unwrap_or(0)))
    }

    pub(crate) fn is_nothing(self) -> bool {
        self == Self::default()
    }

    pub(crate) fn add(&mut self, other: Self) {
        for (sum, more) in self.0.iter_mut().zip(other.0) {
            *sum = sum.saturating_add(more);
        }
    }
}

/// The attributes of an interaction that hold its share.
pub(crate) fn counts() -> impl Iterator<Item = &'static str> {
    COUNTED.into_iter().map(|(_, count, _)| count)
}

/// The action that counts one more interaction.
pub(super) fn add(
    database: &Database,
    account: AccountId,
    model: &Model,
    profile: ProfileId,
    (count, last): (&str, &str),
    now: Timestamp,
) -> UpdateBuilder {
    Update::builder()
        .table_name(&database.tables.summaries)
        .set_key(Some(keys::summary(account, model, profile)))
        .update_expression(format!("SET {last} = :now ADD {count} :one"))
        .expression_attribute_values(":now", text(now))
        .expression_attribute_values(":one", number(1_u64))
}

/// The action that takes a share back.
pub(crate) fn take_back(database: &Database, account: AccountId, model: &Model, profile: ProfileId, share: Share) -> UpdateBuilder {
    let mut less = Vec::with_capacity(COUNTED.len());
    let mut update = Update::builder()
        .table_name(&database.tables.summaries)
        .set_key(Some(keys::summary(account, model, profile)))
        .condition_expression(format!("attribute_exists({PK})"));
    for (place, ((_, count, _), added)) in COUNTED.into_iter().zip(share.0).enumerate().filter(|(_, (_, added))| *added > 0) {
        less.push(format!("{count} :{place}"));
        update = update.expression_attribute_values(format!(":{place}"), AttributeValue::N(format!("-{added}")));
    }
    update.update_expression(format!("ADD {}", less.join(", ")))
}

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
            for (_, count, last) in COUNTED {
                let (sum, latest): &mut (u64, Option<String>) = sums.entry(count).or_default();
                *sum = sum.saturating_add(part.number(count).unwrap_or(0));
                *latest = latest.take().max(part.text(last).map(str::to_owned));
            }
        }
        let mut of = |state| {
            let (sum, latest) = counted(state).and_then(|(count, _)| sums.remove(count)).unwrap_or_default();
            // What happened at that time does not count any more.
            (sum, latest.filter(|_| sum > 0))
        };
        let ((started_count, last_started_at), (completed_count, last_completed_at), (exited_count, last_exited_at)) =
            (of(InteractionState::Started), of(InteractionState::Completed), of(InteractionState::Exited));
        Ok(Some(Summary { started_count, completed_count, exited_count, last_started_at, last_completed_at, last_exited_at }))
    }
}
