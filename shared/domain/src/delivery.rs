//! Deliveries: tours and surveys that are to be shown to a user.

use std::fmt;

use profiles_normalization::Timestamp;

use crate::{Error, Id, InteractionId, Model, ProfileId};

/// The id of a delivery.
pub type DeliveryId = Id<Delivery>;

/// Pending deliveries of a user at most.
pub const MAX_DELIVERIES: usize = 3;

/// Bytes of a delivery's options at most.
pub const MAX_OPTIONS_BYTES: usize = 4096;

/// A tour or survey that is, or was, to be shown to a user.
#[derive(Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// The time of the order, as canonical text.
    pub created_at: String,
    /// The time of the last change, as canonical text.
    pub updated_at: String,
    /// The user's profile.
    pub profile: ProfileId,
    /// The key under which it was ordered.
    pub idempotency_key: Option<String>,
    /// The order.
    pub order: DeliveryOrder,
    /// When it was shown; `None` while it is not.
    pub shown: Option<Shown>,
}

/// What is known of a delivery that was shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// When, as canonical text.
    pub at: String,
    /// The user's interaction with what was shown.
    pub interaction: Option<InteractionId>,
}

/// The content of a delivery.
#[derive(Clone, PartialEq, Eq)]
pub struct DeliveryOrder {
    /// The tour or survey.
    pub model: Model,
    /// The earliest time to show it.
    pub from: Option<Timestamp>,
    /// The time at which it is no longer pending.
    pub until: Option<Timestamp>,
    /// Whether it is only shown if the user was never shown it.
    pub once: bool,
    /// Whether it is only shown if the user is in its audience.
    pub use_segmentation: bool,
    /// Whether it is shown without waiting for what triggers its first step.
    pub skip_triggers: bool,
    /// Whether it is shown whatever the page's URL.
    pub skip_url_match: bool,
    /// Content for it: a JSON object, as it was sent.
    pub options: Option<String>,
    /// Its place among the user's deliveries.
    pub placement: Placement,
}

impl DeliveryOrder {
    /// The order of a tour or survey, with nothing else told.
    #[must_use]
    pub fn of(model: Model) -> Self {
        Self {
            model,
            from: None,
            until: None,
            once: false,
            use_segmentation: false,
            skip_triggers: true,
            skip_url_match: true,
            options: None,
            placement: Placement::default(),
        }
    }
}

/// The place of a delivery among those that are pending for its user, and what becomes of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// The place; the first one unless told.
    pub position: Option<Position>,
    /// The number of deliveries that may be pending then; [`MAX_DELIVERIES`] unless told.
    pub limit: Option<usize>,
    /// What happens beyond the limit; an error unless told.
    pub at_limit: Option<AtLimit>,
}

/// A place in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// Before all others.
    First,
    /// After all others.
    Last,
    /// After so many others, or after all if there are fewer.
    Index(usize),
}

/// What happens to deliveries beyond the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtLimit {
    /// The request is refused.
    Error,
    /// The last ones in the list are withdrawn.
    Drop,
}

impl AtLimit {
    /// All values.
    pub const ALL: [Self; 2] = [Self::Error, Self::Drop];

    /// The API's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Drop => "drop",
        }
    }

    /// Parses the API's word; `None` for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }
}

/// A delivery in the list of its profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PendingDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// The time at which it is no longer pending.
    pub until: Option<Timestamp>,
}

impl PendingDelivery {
    /// Whether its time is over.
    #[must_use]
    pub fn has_run_out(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until <= now)
    }
}

impl Placement {
    /// Puts a delivery into the list of those that are pending. Returns those that the limit drops.
    ///
    /// # Errors
    /// `TooManyDeliveries` if the limit does not allow it: also if it would itself be dropped.
    pub fn put(self, list: &mut Vec<PendingDelivery>, new: PendingDelivery) -> Result<Vec<PendingDelivery>, Error> {
        let limit = self.limit.unwrap_or(MAX_DELIVERIES);
        let place = match self.position.unwrap_or(Position::First) {
            Position::First => 0,
            Position::Last => list.len(),
            Position::Index(index) => index.min(list.len()),
        };
        let drops = self.at_limit == Some(AtLimit::Drop);
        if (list.len() >= limit && !drops) || place >= limit {
            return Err(Error::TooManyDeliveries(limit));
        }
        list.insert(place, new);
        Ok(list.split_off(limit.min(list.len())))
    }
}

// Options and keys are private data and must not reach a log.
impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery").field("id", &self.id).finish_non_exhaustive()
    }
}

impl fmt::Debug for DeliveryOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliveryOrder").field("model", &self.model).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Slot;
    use proptest::prelude::*;

    fn pending(seconds: u32) -> PendingDelivery {
        PendingDelivery { id: DeliveryId::new(seconds, Slot::from_random(1)), until: None }
    }

    /// Puts the delivery 9 into a list of so many, numbered from 1. Returns the list and what was dropped, or `None` if that is refused.
    fn put(size: u32, position: Option<Position>, limit: Option<usize>, at_limit: Option<AtLimit>) -> Option<(Vec<u32>, Vec<u32>)> {
        let mut list: Vec<_> = (1..=size).map(pending).collect();
        let dropped = Placement { position, limit, at_limit }.put(&mut list, pending(9)).ok()?;
        let seconds = |list: Vec<PendingDelivery>| list.into_iter().map(|one| one.id.seconds()).collect();
        Some((seconds(list), seconds(dropped)))
    }

    #[test]
    fn a_delivery_goes_first_unless_its_place_is_told() {
        assert_eq!(put(2, None, None, None), Some((vec![9, 1, 2], vec![])));
        assert_eq!(put(2, Some(Position::Last), None, None), Some((vec![1, 2, 9], vec![])));
        assert_eq!(put(2, Some(Position::Index(1)), None, None), Some((vec![1, 9, 2], vec![])));
        assert_eq!(put(1, Some(Position::Index(7)), None, None), Some((vec![1, 9], vec![])));
    }

    #[test]
    fn the_limit_refuses_or_drops_the_last_but_never_the_new_one() {
        use AtLimit::{Drop, Error};
        assert_eq!(put(3, None, None, None), None);
        assert_eq!(put(1, None, Some(1), Some(Error)), None);
        assert_eq!(put(3, None, None, Some(Drop)), Some((vec![9, 1, 2], vec![3])));
        assert_eq!(put(3, None, Some(1), Some(Drop)), Some((vec![9], vec![1, 2, 3])));
        assert_eq!(put(3, Some(Position::Last), None, Some(Drop)), None);
        assert_eq!(put(2, Some(Position::Last), None, Some(Drop)), Some((vec![1, 2, 9], vec![])));
        // Merged profiles may have more than the limit.
        assert_eq!(put(6, None, None, None), None);
        assert_eq!(put(6, None, None, Some(Drop)), Some((vec![9, 1, 2], vec![3, 4, 5, 6])));
    }

    proptest! {
        #[test]
        fn a_list_is_never_longer_than_its_limit_and_loses_only_its_end(size in 0_u32..7, index in 0_usize..9, limit in 1_usize..4) {
            if let Some((list, dropped)) = put(size, Some(Position::Index(index)), Some(limit), Some(AtLimit::Drop)) {
                prop_assert!(list.len() <= limit && list.contains(&9));
                let all: Vec<_> = list.into_iter().chain(dropped).filter(|one| *one != 9).collect();
                prop_assert_eq!(all, (1..=size).collect::<Vec<_>>());
            }
        }
    }
}
