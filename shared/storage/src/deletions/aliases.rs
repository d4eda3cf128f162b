//! What leads to a profile besides its own slot and claim. A log keeps it for ever: the profiles that were merged may have had records
//! and items of their own at the time that a restore brings back.

use profiles_domain::{ProfileId, Slot};

use crate::dynamo::item::Item;
use crate::schema::attributes;

/// What leads to a profile besides its own slot and claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Leading {
    /// The slot of its uid, when that is not its own.
    pub(super) of_uid: Vec<Slot>,
    /// Profiles that were merged into it, by their ids.
    pub(super) merged: Vec<ProfileId>,
}

impl Leading {
    /// What leads to the profile in `item`.
    pub(super) fn to(item: &Item) -> Self {
        item.set(attributes::ALIASES).iter().map(String::as_str).collect()
    }

    /// Where the aliases are; first those that a uid leads to, for it may be sent again at once.
    pub(super) fn slots(&self) -> Vec<Slot> {
        self.of_uid.iter().copied().chain(self.merged.iter().map(|id| id.slot())).collect()
    }

    /// How many names the profile has besides its own id.
    pub(super) fn identities(&self, profile: &Item) -> u64 {
        let own = [profile.uid(), profile.email()].into_iter().flatten().count();
        u64::try_from(own + self.merged.len()).unwrap_or(u64::MAX)
    }

    /// All of it as it is stored: ids of profiles, and slots.
    pub(super) fn names(&self) -> Vec<String> {
        self.of_uid.iter().map(ToString::to_string).chain(self.merged.iter().map(ToString::to_string)).collect()
    }

    /// What is in this and not in `known`.
    pub(super) fn beyond(&self, known: &Self) -> Self {
        Self {
            of_uid: self.of_uid.iter().filter(|slot| !known.of_uid.contains(slot)).copied().collect(),
            merged: self.merged.iter().filter(|id| !known.merged.contains(id)).copied().collect(),
        }
    }

    pub(super) fn extend(&mut self, more: Self) {
        self.of_uid.extend(more.of_uid);
        self.merged.extend(more.merged);
    }
}

impl<'a> FromIterator<&'a str> for Leading {
    fn from_iter<Names: IntoIterator<Item = &'a str>>(names: Names) -> Self {
        let mut leading = Self::default();
        for name in names {
            match name.parse() {
                Ok(id) => leading.merged.push(id),
                Err(_) => leading.of_uid.extend(name.parse::<Slot>().ok()),
            }
        }
        leading
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_as_it_was_written_and_told_from_what_is_known() {
        let names = ["0bac7c97f4767fb7", "000000070000000000000009", "000000080000000000000009"];
        let leading: Leading = names.into_iter().collect();
        assert_eq!(leading.names(), names);
        assert_eq!(leading.slots().iter().map(ToString::to_string).collect::<Vec<_>>(), [names[0], "0000000000000009", "0000000000000009"]);
        let known = [names[0], names[2]].into_iter().collect();
        assert_eq!(leading.beyond(&known).names(), [names[1]]);
    }
}
