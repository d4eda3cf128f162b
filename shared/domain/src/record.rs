//! Records of a user besides the profile: events, responses to Microsurveys, and interactions with tours and surveys.

use std::collections::BTreeMap;

use profiles_normalization::{Timestamp, Value};

use crate::{Id, ProfileId};

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

/// The state of a user's interaction with a tour or survey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InteractionState {
    /// It was shown.
    Started,
    /// The user completed it.
    Completed,
    /// The user left it.
    Exited,
    /// The user asked to be shown it later.
    Snoozed,
}

impl InteractionState {
    /// All values.
    pub const ALL: [Self; 4] = [Self::Started, Self::Completed, Self::Exited, Self::Snoozed];

    /// The API's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Completed => "completed",
            Self::Exited => "exited",
            Self::Snoozed => "snoozed",
        }
    }

    /// Parses the API's word; `None` for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }
}

/// A webhook about a user and a tour or survey.
#[derive(Clone, PartialEq)]
pub struct WebhookEvent {
    /// The webhook's id, by which the same webhook sent again is recognized.
    pub webhook_id: String,
    /// The tour or survey.
    pub model: Model,
    /// The step that is reported.
    pub step: Step,
    /// When it was sent. Of several, the one sent last decides.
    pub sent_at: Timestamp,
    /// What made the tour or survey begin, if that is told.
    pub group: Option<Group>,
}

/// What made a tour or survey begin, such as a launcher or a delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Its kind, such as `delivery`.
    pub kind: Option<String>,
    /// Its id.
    pub id: Option<String>,
}

/// A user's step in a tour or survey.
#[derive(Clone, PartialEq)]
pub enum Step {
    /// The user reached this state.
    Reached(InteractionState),
    /// The user responded to a Microsurvey: `button_text`, `button_order`, `input_text`, `finished_at` and all other fields sent.
    Responded(BTreeMap<String, Value>),
}

/// A response to a Microsurvey, as it is stored.
#[derive(Clone, PartialEq)]
pub struct SurveyResponse {
    /// Its id.
    pub id: ResponseId,
    /// The profile for which it was recorded, or the one into which that was merged.
    pub profile: ProfileId,
    /// The time of recording, as canonical text.
    pub created_at: String,
    /// The Microsurvey.
    pub survey_id: String,
    /// The fields of the response, by name.
    pub properties: BTreeMap<String, Value>,
}

/// A user's interaction with a tour or survey, as it is stored.
#[derive(Clone, PartialEq)]
pub struct Interaction {
    /// Its id.
    pub id: InteractionId,
    /// The profile for which it was recorded, or the one into which that was merged.
    pub profile: ProfileId,
    /// The time of its beginning, as canonical text.
    pub created_at: String,
    /// The time of its last change, as canonical text.
    pub updated_at: String,
    /// The tour or survey.
    pub model: Model,
    /// The latest state.
    pub state: InteractionState,
    /// The number of times it was snoozed.
    pub deferrals: u64,
}

/// Different events, tours and Microsurveys at most that are summed up for one user. Activities of others are recorded, and not found by
/// searches for users who did them.
pub const MAX_SUMMED: usize = 200;

/// The sums of all users' interactions with a tour or survey.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The number of starts.
    pub started_count: u64,
    /// The number of completions.
    pub completed_count: u64,
    /// The number of exits.
    pub exited_count: u64,
    /// The time of the last start, as canonical text.
    pub last_started_at: Option<String>,
    /// The time of the last completion, as canonical text.
    pub last_completed_at: Option<String>,
    /// The time of the last exit, as canonical text.
    pub last_exited_at: Option<String>,
}

/// The id of an event.
pub type EventId = Id<Event>;
/// The id of a response to a Microsurvey.
pub type ResponseId = Id<SurveyResponse>;
/// The id of an interaction.
pub type InteractionId = Id<Interaction>;
