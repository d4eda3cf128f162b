//! Summaries: how many users reached each state of a tour or survey, and when the last one did.
//!
//! A summary is in 64 parts, so that a popular tour is no hot item. The id of the profile under which an interaction is stored decides which
//! part it counts in, and so also where that is taken back.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::{AttributeValue, Update};
use profiles_domain::{AccountId, Error, InteractionState, Model, ProfileId, Reached};
use profiles_normalization::Timestamp;

use super::attributes::PK;
use super::keys;
use crate::dynamo::database::Database;
use crate::dynamo::item::Item;
use crate::dynamo::transaction::Transaction;
use crate::dynamo::value::text;

/// The states that are counted, each with the attribute of its count.
pub(crate) const COUNTED: [(InteractionState, &str); 3] = [
    (InteractionState::Started, "started_count"),
    (InteractionState::Completed, "completed_count"),
    (InteractionState::Exited, "exited_count"),
];

/// The attributes of an interaction by which its share is known.
pub(crate) fn counted_times() -> impl Iterator<Item = &'static str> {
    COUNTED.into_iter().map(|(state, _)| state.times().0)
}

/// What an interaction adds to the counts of a summary, or takes from them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Share([i64; 3]);

impl Share {
    /// The share of an interaction that reached these states.
    pub(crate) fn of(reached: Reached) -> Self {
        Self(COUNTED.map(|(state, _)| i64::from(reached.get(state).is_some())))
    }

    /// The share of a stored interaction.
    pub(crate) fn of_record(record: &Item) -> Self {
        Self(COUNTED.map(|(state, _)| i64::from(record.0.contains_key(state.times().0))))
    }

    pub(crate) fn is_nothing(self) -> bool {
        self == Self::default()
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        let (Self([a, b, c]), Self([d, e, f])) = (self, other);
        Self([a.saturating_add(d), b.saturating_add(e), c.saturating_add(f)])
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        let Self(of_other) = other;
        self.plus(Self(of_other.map(i64::saturating_neg)))
    }
}

/// A change of one part of a summary.
#[derive(Default)]
struct Change {
    share: Share,
    /// The attribute of a last time, and that time.
    last: Option<(&'static str, Timestamp)>,
}

/// Changes of summaries, each part once, as a transaction takes them.
#[derive(Default)]
pub(crate) struct Shares(BTreeMap<(Model, u64), Change>);

impl Shares {
    /// Adds a share to the part that a profile counts in.
    pub(crate) fn add(&mut self, model: &Model, profile: ProfileId, share: Share) {
        let change = self.change(model, profile);
        change.share = change.share.plus(share);
    }

    /// Takes note of when a user reached a state last.
    pub(crate) fn reached(&mut self, model: &Model, profile: ProfileId, state: InteractionState, at: Timestamp) {
        if COUNTED.iter().any(|(counted, _)| *counted == state) {
            self.change(model, profile).last = Some((state.times().1, at));
        }
    }

    fn change(&mut self, model: &Model, profile: ProfileId) -> &mut Change {
        self.0.entry((model.clone(), keys::part_of(profile))).or_default()
    }

    /// Adds the actions that make the changes. One that only takes away is refused where the summary is not there.
    pub(crate) fn add_to(self, transaction: &mut Transaction, database: &Database, account: AccountId) -> Result<(), Error> {
        for ((model, part), Change { share, last }) in self.0 {
            if share.is_nothing() && last.is_none() {
                continue;
            }
            let mut update =
                Update::builder().table_name(&database.tables.summaries).set_key(Some(keys::summary_part(account, &model, part)));
            let mut expression = String::new();
            if let Some((name, at)) = last {
                expression = format!("SET {name} = :at");
                update = update.expression_attribute_values(":at", text(at));
            } else if share.0.iter().all(|count| *count <= 0) {
                update = update.condition_expression(format!("attribute_exists({PK})"));
            }
            let counts = COUNTED.into_iter().zip(share.0).enumerate().filter(|(_, (_, count))| *count != 0);
            let mut added = Vec::with_capacity(COUNTED.len());
            for (place, ((_, name), count)) in counts {
                added.push(format!("{name} :{place}"));
                update = update.expression_attribute_values(format!(":{place}"), AttributeValue::N(count.to_string()));
            }
            if !added.is_empty() {
                expression.push_str(&format!(" ADD {}", added.join(", ")));
            }
            transaction.add(update.update_expression(expression.trim_start()))?;
        }
        Ok(())
    }
}
