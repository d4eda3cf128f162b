//! The activities of users: events, interactions, survey responses and deliveries, and the summaries of interactions.
//!
//! Every record is written together with its profile's activity head, on condition that the head is of the generation the record is for.
//! So once a profile is merged, forgotten or cleared, nothing is added to the records that are being removed. A delivery is written
//! together with the profile itself, which lists it.

mod attributes;
mod deliveries;
mod event_list;
mod events;
mod experiences;
mod interactions;
mod lists;
mod locate;
mod models;
mod record;
mod responses;
mod summaries;
mod visible;

pub use deliveries::{DeliveriesOf, Ordered};
pub use events::Tracked;
pub use experiences::Experienced;
pub use models::{Counted, ModelBound};

pub(crate) use attributes::NAME as EVENT_NAME;
pub(crate) use models::KnownModels;

use profiles_domain::{Identity, InteractionId};
use profiles_normalization::Timestamp;

use crate::Storage;
use crate::dynamo::database::Database;
use crate::properties::Registry;

/// The activities of all accounts.
pub struct Activities<'a> {
    database: &'a Database,
    models: &'a KnownModels,
    registry: &'a Registry,
}

/// The part of a list that is asked for; the latest come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Items at most.
    pub limit: usize,
    /// Only items created before this.
    pub before: Option<Bound>,
    /// Only items created after this.
    pub after: Option<Bound>,
}

/// A place in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// The place of an item of this id, of any kind.
    Id(InteractionId),
    /// A time.
    Time(Timestamp),
    /// The place of an item of this id when it had this time.
    Place(Timestamp, InteractionId),
}

/// The times by which a list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Creation.
    #[default]
    Creation,
    /// The last change.
    Change,
}

/// The user, or the tour or survey, whose items are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Of {
    /// Those of the tour or survey of this id.
    Model(String),
    /// Those of one user.
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
    /// The activities of all accounts.
    #[must_use]
    pub fn activities(&self) -> Activities<'_> {
        Activities { database: &self.database, models: &self.models, registry: &self.registry }
    }
}
