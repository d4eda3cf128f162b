//! Where a profile's records are.
//!
//! A record is stored under the id of its profile, so that clearing and forgetting never touch those of a successor at the same
//! slot. Its sort key begins with the profile's generation: clearing begins a new one, and so hides all records at once.

use std::fmt;
use std::str::FromStr;

use aws_sdk_dynamodb::types::{AttributeValue, ConditionCheck, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use profiles_domain::{AccountId, Error, ProfileId};

use super::attributes::{GENERATION, ID, INHERITED};
use super::keys;
use crate::dynamo::database::{Database, incomplete};
use crate::dynamo::item::{Item, Key};
use crate::dynamo::value::{number, text};

/// The records of one generation of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Home {
    pub(crate) profile: ProfileId,
    pub(crate) generation: u32,
}

/// The kinds of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Event,
    Response,
    Interaction,
    Delivery,
}

impl Kind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Response => "response",
            Self::Interaction => "interaction",
            Self::Delivery => "delivery",
        }
    }

    /// Of the record that has this sort key.
    pub(crate) fn in_sort_key(sort: &str) -> Option<Self> {
        let word = sort.split('#').nth(1)?;
        [Self::Event, Self::Response, Self::Interaction, Self::Delivery].into_iter().find(|known| known.as_str() == word)
    }
}

impl Home {
    /// Where the records are of the profile in `item`, if there is one.
    pub(crate) fn own(item: &Item) -> Option<Self> {
        Some(Self::of(item.id()?, item))
    }

    /// Where the records are of the profile `id`, in the generation of what was seen of it.
    pub(crate) fn of(profile: ProfileId, seen: &Item) -> Self {
        Self { profile, generation: seen.number(GENERATION).unwrap_or(0) }
    }

    /// Where those are of profiles that were merged into it.
    pub(crate) fn inherited(item: &Item) -> impl Iterator<Item = Self> {
        item.set(INHERITED).iter().filter_map(|home| home.parse().ok())
    }

    /// All of them.
    pub(crate) fn all(item: &Item) -> Vec<Self> {
        Self::own(item).into_iter().chain(Self::inherited(item)).collect()
    }

    /// What the sort keys of all records here begin with.
    pub(crate) fn prefix(self) -> String {
        format!("{:08x}#", self.generation)
    }

    /// What those of one kind begin with.
    pub(crate) fn prefix_of(self, kind: Kind) -> String {
        format!("{}{}#", self.prefix(), kind.as_str())
    }

    /// The key of a record here; `name` tells it from the others of its kind.
    pub(crate) fn key(self, account: AccountId, kind: Kind, name: impl fmt::Display) -> Key {
        keys::record(account, self.profile, format!("{}{name}", self.prefix_of(kind)))
    }

    /// The condition that this is the present generation of its profile, and its values.
    pub(crate) fn condition(self) -> (String, Vec<(&'static str, AttributeValue)>) {
        let id = (":home", text(self.profile));
        match self.generation {
            0 => (format!("{ID} = :home AND attribute_not_exists({GENERATION})"), vec![id]),
            generation => {
                (format!("{ID} = :home AND {GENERATION} = :generation"), vec![id, (":generation", number(u64::from(generation)))])
            }
        }
    }

    /// The same as an action: whatever is stored along with it belongs to a profile that is there.
    pub(crate) fn check(self, database: &Database, account: AccountId) -> Result<TransactWriteItem, Error> {
        let (condition, values) = self.condition();
        let check = ConditionCheck::builder()
            .table_name(&database.tables.profiles)
            .set_key(Some(keys::slot(account, self.profile.slot())))
            .condition_expression(condition)
            .set_expression_attribute_values(Some(values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::None)
            .build()
            .map_err(incomplete)?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }
}

impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{:08x}", self.profile, self.generation)
    }
}

impl FromStr for Home {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (profile, generation) = text.split_once('#').ok_or(())?;
        Ok(Self { profile: profile.parse().map_err(drop)?, generation: u32::from_str_radix(generation, 16).map_err(drop)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_domain::Slot;

    #[test]
    fn a_home_is_read_as_it_was_written() {
        let home = Home { profile: ProfileId::new(7, Slot::from_random(9)), generation: 0x1a };
        assert_eq!(home.to_string(), "000000070000000000000009#0000001a");
        assert_eq!(home.to_string().parse(), Ok(home));
        for text in ["", "#", "000000070000000000000009", "000000070000000000000009#x", "x#1"] {
            assert_eq!(text.parse::<Home>(), Err(()), "{text}");
        }
    }

    #[test]
    fn a_sort_key_tells_its_kind() {
        let home = Home { profile: ProfileId::new(7, Slot::from_random(9)), generation: 1 };
        for kind in [Kind::Event, Kind::Response, Kind::Interaction, Kind::Delivery] {
            assert_eq!(Kind::in_sort_key(&format!("{}x", home.prefix_of(kind))), Some(kind));
        }
        assert_eq!(Kind::in_sort_key("key"), None);
    }
}
