//! The aliases of a profile: what leads to it besides its own slot and claim.
//!
//! A journal keeps them for ever. The profiles that were merged may have had records and items of their own at the time that a restore
//! brings back.

use profiles_domain::{ProfileId, Slot};

use crate::dynamo::item::Item;
use crate::schema::attributes::ALIASES;

/// The aliases of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Aliases {
    /// The slot of its uid, when that is not its own.
    pub(super) uid_slots: Vec<Slot>,
    /// The ids of profiles that were merged into it.
    pub(super) merged: Vec<ProfileId>,
}

impl Aliases {
    /// Reads the aliases of the profile in `item`.
    pub(super) fn of(item: &Item) -> Self {
        item.set(ALIASES).iter().map(String::as_str).collect()
    }

    /// The slots of all aliases. Those of uids come first, because a uid may be sent again at once.
    pub(super) fn slots(&self) -> Vec<Slot> {
        self.uid_slots.iter().copied().chain(self.merged.iter().map(|id| id.slot())).collect()
    }

    /// The number of identifiers of the profile besides its own id.
    pub(super) fn identities(&self, profile: &Item) -> u64 {
        let own = [profile.uid(), profile.email()].into_iter().flatten().count();
        u64::try_from(own + self.merged.len()).unwrap_or(u64::MAX)
    }

    /// The aliases as they are stored: slots, and ids of profiles.
    pub(super) fn names(&self) -> Vec<String> {
        self.uid_slots.iter().map(ToString::to_string).chain(self.merged.iter().map(ToString::to_string)).collect()
    }

    /// Returns those that are not in `known`.
    pub(super) fn without(&self, known: &Self) -> Self {
        Self {
            uid_slots: self.uid_slots.iter().filter(|slot| !known.uid_slots.contains(slot)).copied().collect(),
            merged: self.merged.iter().filter(|id| !known.merged.contains(id)).copied().collect(),
        }
    }

    pub(super) fn extend(&mut self, more: Self) {
        self.uid_slots.extend(more.uid_slots);
        self.merged.extend(more.merged);
    }
}

impl<'a> FromIterator<&'a str> for Aliases {
    fn from_iter<Names: IntoIterator<Item = &'a str>>(names: Names) -> Self {
        let mut aliases = Self::default();
        for name in names {
            match name.parse() {
                Ok(id) => aliases.merged.push(id),
                Err(_) => aliases.uid_slots.extend(name.parse::<Slot>().ok()),
            }
        }
        aliases
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_are_read_as_they_were_written_and_told_from_known_ones() {
        let names = ["0bac7c97f4767fb7", "000000070000000000000009", "000000080000000000000009"];
        let aliases: Aliases = names.into_iter().collect();
        assert_eq!(aliases.names(), names);
        assert_eq!(aliases.slots().iter().map(ToString::to_string).collect::<Vec<_>>(), [names[0], "0000000000000009", "0000000000000009"]);
        let known = [names[0], names[2]].into_iter().collect();
        assert_eq!(aliases.without(&known).names(), [names[1]]);
    }
}
