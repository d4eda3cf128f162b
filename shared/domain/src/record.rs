//! Records of a user besides the profile: events, responses to Microsurveys, and interactions with tours and surveys.

use std::collections::{BTreeMap, BTreeSet};

use profiles_normalization::{Timestamp, Value};

use crate::{Id, Interaction, ProfileId, SurveyResponse};

/// An action of a user in the customer's product.
#[derive(Clone, PartialEq)]
pub struct Event {
    /// Its normalized name.
    pub name: String,
    /// All other fields that were sent, normalized.
    pub properties: BTreeMap<String, Value>,
    /// The properties of which a value was cut.
    pub cut: BTreeSet<String>,
}

/// An event, as it is stored.
#[derive(Clone, PartialEq)]
pub struct RecordedEvent {
    /// Its id.
    pub id: EventId,
    /// The profile for which it was recorded, or the one into which that was merged.
    pub profile: ProfileId,
    /// The time of recording.
    pub created_at: Timestamp,
    /// Its name.
    pub name: String,
    /// The event's own properties, by name.
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

/// Different events, tours and Microsurveys at most that are summed up for one user. Activities of others are recorded, and not found by
/// searches for users who did them.
pub const MAX_SUMMED: usize = 200;

/// The id of an event.
pub type EventId = Id<Event>;
/// The id of a response to a Microsurvey.
pub type ResponseId = Id<SurveyResponse>;
/// The id of an interaction.
pub type InteractionId = Id<Interaction>;
