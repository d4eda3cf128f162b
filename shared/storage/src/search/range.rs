//! The part of all profiles that a page lies in: between ids, and between times of creation.

use profiles_domain::{Error, ProfileId, Slot};
use profiles_normalization::Timestamp;

use crate::activities::{Bound, Page};
use crate::dynamo::item::Item;
use crate::schema::attributes::CREATED_AT;

/// The time, in seconds, that an id may be ahead of its profile's creation: the next profile of a slot has a later id even within a second.
const AHEAD: u32 = 60;

/// A range of profiles, without its ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) after: Option<ProfileId>,
    pub(super) before: Option<ProfileId>,
    pub(super) created_after: Option<Timestamp>,
    pub(super) created_before: Option<Timestamp>,
}

impl Range {
    /// The range of a page.
    pub(super) fn of(page: Page) -> Result<Self, Error> {
        let mut range = Self::default();
        match page.after {
            None => {}
            Some(Bound::Id(id)) => range.after = Some(ProfileId::new(id.seconds(), id.slot())),
            Some(Bound::Time(at)) => {
                range.created_after = Some(at);
                // An id is never earlier than the second of its creation.
                range.after = seconds_of(at).checked_sub(1).map(|before| ProfileId::new(before, Slot::from_random(u64::MAX)));
            }
            Some(Bound::Place(..)) => return Err(Error::invalid_field("after", "the id of a profile or a time")),
        }
        match page.before {
            None => {}
            Some(Bound::Id(id)) => range.before = Some(ProfileId::new(id.seconds(), id.slot())),
            Some(Bound::Time(at)) => {
                range.created_before = Some(at);
                let later = seconds_of(at).saturating_add(AHEAD).saturating_add(1);
                range.before = Some(ProfileId::new(later, Slot::from_random(0)));
            }
            Some(Bound::Place(..)) => return Err(Error::invalid_field("before", "the id of a profile or a time")),
        }
        Ok(range)
    }

    /// Whether it lies between times of creation, which ids do not tell to the millisecond.
    pub(super) fn has_times(self) -> bool {
        self.created_after.is_some() || self.created_before.is_some()
    }

    /// Whether a profile of this id may be in it.
    pub(super) fn holds(self, id: ProfileId) -> bool {
        self.after.is_none_or(|after| after < id) && self.before.is_none_or(|before| id < before)
    }

    /// Whether a profile that was read is in it.
    pub(super) fn holds_item(self, item: &Item) -> bool {
        let created_at = || item.text(CREATED_AT).and_then(Timestamp::parse_canonical);
        item.id().is_some_and(|id| self.holds(id))
            && self.created_after.is_none_or(|after| created_at().is_some_and(|at| after < at))
            && self.created_before.is_none_or(|before| created_at().is_some_and(|at| at < before))
    }

    /// The lowest and the highest id as text, both of them possibly outside. The sort key of an index may not be empty.
    pub(super) fn ends(self) -> (String, String) {
        let text = |id: Option<ProfileId>, otherwise: &str| id.map_or_else(|| otherwise.to_owned(), |id| id.to_string());
        let (low, high) = (text(self.after, "0"), text(self.before, "g"));
        // DynamoDB refuses bounds in the wrong order.
        if low > high { (low.clone(), low) } else { (low, high) }
    }

    /// Whether it is empty whatever is stored.
    pub(super) fn is_empty(self) -> bool {
        self.after.zip(self.before).is_some_and(|(after, before)| before <= after)
    }
}

/// A time in the seconds of ids.
fn seconds_of(at: Timestamp) -> u32 {
    u32::try_from(at.unix_seconds().max(0)).unwrap_or(u32::MAX)
}
