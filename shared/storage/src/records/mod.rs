//! What is recorded of users besides their profiles: events, interactions, answers, deliveries, and what they add up to.

use profiles_domain::{
    AccountId, Delivery, DeliveryId, DeliveryOrder, Error, Event, EventId, Happening, Identity, Interaction, InteractionId, Model, ProfileId,
    Response, ResponseId, Summary,
};
use profiles_normalization::Timestamp;

use crate::Storage;
use crate::batches::IdempotencyKey;
use crate::database::Database;
use crate::retry::Patience;

/// The records of all accounts.
pub struct Records<'a> {
    storage: &'a Storage,
    database: &'a Database,
    patience: Patience,
}

/// Which part of a list is asked for; the latest come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Items at most.
    pub limit: usize,
    /// Only items created before this time, or before the item of this id: the first 24 digits of an id, or a time as digits of one.
    pub before: Option<Bound>,
    /// Only items created after.
    pub after: Option<Bound>,
}

/// A place in a list that is sorted by ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The place of an item.
    Id(InteractionId),
    /// A time, in Unix seconds.
    Seconds(u32),
}

/// Whose or which items are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Of {
    /// Everybody's, of one tour or survey.
    Model(String),
    /// One user's.
    Profile(Identity),
}

/// A part of a list.
#[derive(Clone, PartialEq)]
pub struct Listed<T> {
    /// The latest first.
    pub items: Vec<T>,
    /// Whether there are more after these.
    pub more: bool,
}

impl Storage {
    /// The records of all accounts.
    #[must_use]
    pub fn records(&self) -> Records<'_> {
        Records { storage: self, database: &self.database, patience: self.patience }
    }
}

impl Records<'_> {
    /// Records an event of the profile that `identity` names. Who has only a uid or address and is new is created.
    ///
    /// # Errors
    /// `ProfileNotFound` for an unknown id, `Conflict` as in an upsert, `KeyIsTaken`, `ItemTooLarge`, or what the database says.
    pub async fn track(
        &self,
        _account: AccountId,
        _identity: &Identity,
        _event: Event,
        _key: Option<&IdempotencyKey>,
        _now: Timestamp,
    ) -> Result<EventId, Error> {
        Err(Error::Unavailable)
    }

    /// Records what a webhook tells, unless it told it before. False: it did.
    ///
    /// # Errors
    /// As `track`.
    pub async fn happened(&self, _account: AccountId, _identity: &Identity, _happening: Happening, _now: Timestamp) -> Result<bool, Error> {
        Err(Error::Unavailable)
    }

    /// Orders a delivery to a profile that is there.
    ///
    /// # Errors
    /// `ProfileNotFound`, `TooManyDeliveries`, `KeyIsTaken`, or what the database says.
    pub async fn deliver(
        &self,
        _account: AccountId,
        _identity: &Identity,
        _order: DeliveryOrder,
        _key: Option<&IdempotencyKey>,
        _now: Timestamp,
    ) -> Result<Delivery, Error> {
        Err(Error::Unavailable)
    }

    /// The deliveries that are pending for a profile, in their order.
    ///
    /// # Errors
    /// `ProfileNotFound`, or what the database says.
    pub async fn deliveries(&self, _account: AccountId, _identity: &Identity) -> Result<Vec<Delivery>, Error> {
        Err(Error::Unavailable)
    }

    /// One delivery, if it is pending.
    ///
    /// # Errors
    /// What the database says.
    pub async fn delivery(&self, _account: AccountId, _id: DeliveryId) -> Result<Option<Delivery>, Error> {
        Err(Error::Unavailable)
    }

    /// Takes a delivery back, and returns it; `None` when it isn't pending.
    ///
    /// # Errors
    /// What the database says.
    pub async fn withdraw(&self, _account: AccountId, _id: DeliveryId, _now: Timestamp) -> Result<Option<Delivery>, Error> {
        Err(Error::Unavailable)
    }

    /// Answers to Microsurveys, the latest first.
    ///
    /// # Errors
    /// `ProfileNotFound`, or what the database says.
    pub async fn responses(&self, _account: AccountId, _of: &Of, _page: Page) -> Result<Listed<Response>, Error> {
        Err(Error::Unavailable)
    }

    /// Interactions with tours and surveys, the latest first.
    ///
    /// # Errors
    /// `ProfileNotFound`, or what the database says.
    pub async fn interactions(&self, _account: AccountId, _of: &Of, _page: Page) -> Result<Listed<Interaction>, Error> {
        Err(Error::Unavailable)
    }

    /// What all users did in a tour or survey; `None` when nobody ever did anything.
    ///
    /// # Errors
    /// What the database says.
    pub async fn summary(&self, _account: AccountId, _model: &Model) -> Result<Option<Summary>, Error> {
        Err(Error::Unavailable)
    }
}
