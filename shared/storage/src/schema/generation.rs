//! Generations: which records of a profile are current.
//!
//! A record is stored under the id of its profile, so that clearing and forgetting never touch those of a successor in the same
//! slot. Its sort key begins with the number of the profile's generation: clearing begins a new one, and so hides all records at once.

use std::fmt;
use std::str::FromStr;

use aws_sdk_dynamodb::types::ConditionCheck;
use aws_sdk_dynamodb::types::builders::ConditionCheckBuilder;
use profiles_domain::{AccountId, Error, ProfileId};

use super::attributes::{GENERATION, ID, INHERITED, PK, SK};
use super::keys;
use crate::dynamo::database::{Database, failure};
use crate::dynamo::item::{Attributes, Item, Key};
use crate::dynamo::value::{number, text};

/// A generation of a profile's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Generation {
    pub(crate) profile: ProfileId,
    /// The number of clears of the profile before it.
    pub(crate) number: u32,
}

/// The kinds of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum RecordKind {
    Event,
    Response,
    Interaction,
    Delivery,
}

impl RecordKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Response => "response",
            Self::Interaction => "interaction",
            Self::Delivery => "delivery",
        }
    }

    /// The kind of the record that has this sort key.
    pub(crate) fn in_sort_key(sort: &str) -> Option<Self> {
        let word = sort.split('#').nth(1)?;
        [Self::Event, Self::Response, Self::Interaction, Self::Delivery].into_iter().find(|known| known.as_str() == word)
    }
}

impl Generation {
    /// The current generation of the profile in `item`, if there is one.
    pub(crate) fn current(item: &Item) -> Option<Self> {
        Some(Self::of(item.id()?, item))
    }

    /// The current generation of the profile `id`, whose item is `seen`.
    pub(crate) fn of(id: ProfileId, seen: &Item) -> Self {
        Self { profile: id, number: seen.number(GENERATION).unwrap_or(0) }
    }

    /// The generations of profiles that were merged into this one.
    pub(crate) fn inherited(item: &Item) -> impl Iterator<Item = Self> {
        item.set(INHERITED).iter().filter_map(|generation| generation.parse().ok())
    }

    /// All generations whose records are the profile's: its current one and those inherited.
    pub(crate) fn all(item: &Item) -> Vec<Self> {
        Self::current(item).into_iter().chain(Self::inherited(item)).collect()
    }

    /// The prefix of the sort keys of its records.
    pub(crate) fn prefix(self) -> String {
        format!("{:08x}#", self.number)
    }

    /// The prefix of the sort keys of its records of one kind.
    pub(crate) fn prefix_of(self, kind: RecordKind) -> String {
        format!("{}{}#", self.prefix(), kind.as_str())
    }

    /// The key of a record; `name` tells it from the others of its kind.
    pub(crate) fn key(self, account: AccountId, kind: RecordKind, name: impl fmt::Display) -> Key {
        keys::record(account, self.profile, format!("{}{name}", self.prefix_of(kind)))
    }

    /// The key of the idempotency key of a delivery, which lasts as long as the records. It is stored as a hash, because its sort key has
    /// a limit.
    pub(crate) fn delivery_key(self, account: AccountId, key: &str) -> Key {
        keys::record(account, self.profile, format!("{}delivery_key#{}", self.prefix(), keys::hash_of(key)))
    }

    /// Reads all its records of one kind.
    pub(crate) async fn records(self, database: &Database, account: AccountId, kind: RecordKind) -> Result<Vec<Item>, Error> {
        let query = database
            .client
            .query()
            .table_name(&database.tables.activities)
            .key_condition_expression(format!("{PK} = :records AND begins_with({SK}, :kind)"))
            .expression_attribute_values(":records", text(keys::partition_of_records(account, self.profile)))
            .expression_attribute_values(":kind", text(self.prefix_of(kind)))
            .consistent_read(true);
        let mut records = Vec::new();
        let mut items = query.into_paginator().items().send();
        while let Some(item) = items.next().await {
            records.push(Item(item.map_err(|error| failure("Query", &error))?));
        }
        Ok(records)
    }

    /// A condition that holds while this is the current generation of its profile, and its values.
    pub(crate) fn condition(self) -> (String, Attributes) {
        let mut values = Attributes::from([(":profile".to_owned(), text(self.profile))]);
        if self.number == 0 {
            return (format!("{ID} = :profile AND attribute_not_exists({GENERATION})"), values);
        }
        values.insert(":generation".to_owned(), number(self.number));
        (format!("{ID} = :profile AND {GENERATION} = :generation"), values)
    }

    /// An action that checks this condition. Records that are written with it belong to a profile that is there.
    pub(crate) fn check(self, database: &Database, account: AccountId) -> ConditionCheckBuilder {
        let (condition, values) = self.condition();
        ConditionCheck::builder()
            .table_name(&database.tables.profiles)
            .set_key(Some(keys::slot(account, self.profile.slot())))
            .condition_expression(condition)
            .set_expression_attribute_values(Some(values))
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{:08x}", self.profile, self.number)
    }
}

impl FromStr for Generation {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (profile, number) = text.split_once('#').ok_or(())?;
        Ok(Self { profile: profile.parse().map_err(drop)?, number: u32::from_str_radix(number, 16).map_err(drop)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_domain::Slot;

    #[test]
    fn a_generation_is_read_as_it_was_written() {
        let generation = Generation { profile: ProfileId::new(7, Slot::from_random(9)), number: 0x1a };
        assert_eq!(generation.to_string(), "000000070000000000000009#0000001a");
        assert_eq!(generation.to_string().parse(), Ok(generation));
        for text in ["", "#", "000000070000000000000009", "000000070000000000000009#x", "x#1"] {
            assert_eq!(text.parse::<Generation>(), Err(()), "{text}");
        }
    }

    #[test]
    fn a_sort_key_tells_its_kind() {
        let generation = Generation { profile: ProfileId::new(7, Slot::from_random(9)), number: 1 };
        for kind in [RecordKind::Event, RecordKind::Response, RecordKind::Interaction, RecordKind::Delivery] {
            assert_eq!(RecordKind::in_sort_key(&format!("{}x", generation.prefix_of(kind))), Some(kind));
        }
        assert_eq!(RecordKind::in_sort_key("key"), None);
    }
}
