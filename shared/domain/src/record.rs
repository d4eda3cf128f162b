//! Records of a user besides the profile: events, responses to Microsurveys, interactions with tours and surveys, and deliveries.

use std::collections::BTreeMap;

use profiles_normalization::{Timestamp, Value};

use crate::{Id, Interaction, ProfileId, SurveyResponse};

/// An action of a user in the customer's product.
#[derive(Clone, PartialEq)]
pub struct Event {
    /// Its normalized name.
    pub name: String,
    /// All other fields that were sent, normalized.
    pub properties: BTreeMap<String, Value>,
}

/// The kinds of experiences that a user can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ModelKind {
    /// A tour.
    Tour,
    /// A Microsurvey.
    Survey,
}

impl ModelKind {
    /// All values.
    pub const ALL: [Self; 2] = [Self::Tour, Self::Survey];

    /// The API's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tour => "tour",
            Self::Survey => "survey",
        }
    }

    /// Parses the API's word; `None` for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }
}

/// Bytes of the id of a tour or survey at most. The id is another system's, so nothing else is known about it.
pub const MAX_MODEL_ID_BYTES: usize = 255;

/// A tour or survey. Only its id is known here, because it belongs to another system.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Model {
    /// Its kind.
    pub kind: ModelKind,
    /// Its id: 1 to 255 bytes.
    pub id: String,
}

/// A tour or survey that is to be shown to a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// The time of the order, as canonical text.
    pub created_at: String,
    /// The user's profile.
    pub profile: ProfileId,
    /// The order.
    pub order: DeliveryOrder,
}

/// The content of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryOrder {
    /// The tour or survey.
    pub model: Model,
    /// The earliest time to show it.
    pub from: Option<Timestamp>,
    /// The latest time to show it. After that, it is no longer pending.
    pub until: Option<Timestamp>,
    /// True if it is only shown if the user was never shown it.
    pub once: bool,
}

/// Pending deliveries of a user at most.
pub const MAX_DELIVERIES: usize = 3;

/// Different events, tours and Microsurveys at most that are summed up for one user. Activities of others are recorded, and not found by
/// searches for users who did them.
pub const MAX_SUMMED: usize = 200;

/// The id of an event.
pub type EventId = Id<Event>;
/// The id of a response to a Microsurvey.
pub type ResponseId = Id<SurveyResponse>;
/// The id of an interaction.
pub type InteractionId = Id<Interaction>;
/// The id of a delivery.
pub type DeliveryId = Id<Delivery>;
