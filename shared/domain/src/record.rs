//! What is recorded of a user besides the profile: events, what they did in tours and surveys, and deliveries.

use std::collections::BTreeMap;

use profiles_normalization::{Timestamp, Value};

use crate::{Id, ProfileId};

/// Something that a user did in the customer's product.
#[derive(Clone, PartialEq)]
pub struct Event {
    /// Its normalized name.
    pub name: String,
    /// What else was sent, normalized.
    pub properties: BTreeMap<String, Value>,
}

/// The kinds of experience that a user can meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ModelKind {
    /// A tour.
    Tour,
    /// A Microsurvey.
    Survey,
}

impl ModelKind {
    /// Each of them.
    pub const ALL: [Self; 2] = [Self::Tour, Self::Survey];

    /// The API's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tour => "tour",
            Self::Survey => "survey",
        }
    }

    /// What the API's word means; `None` for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }
}

/// Bytes that the id of a tour or survey may have. It is not ours, so nothing else is known of it.
pub const MAX_MODEL_ID_BYTES: usize = 255;

/// A tour or survey, which lives elsewhere and is known here by its id only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Model {
    /// Which of the two it is.
    pub kind: ModelKind,
    /// Its id: 1 to 255 bytes.
    pub id: String,
}

/// How far a user is with a tour or survey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InteractionState {
    /// It was shown.
    Started,
    /// The user came to its end.
    Completed,
    /// The user left it.
    Exited,
    /// The user asked to be shown it later.
    Snoozed,
}

impl InteractionState {
    /// Each of them.
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

    /// What the API's word means; `None` for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }
}

/// What a webhook tells of a user and an experience.
#[derive(Clone, PartialEq)]
pub struct WebhookEvent {
    /// The webhook's id, by which the same webhook sent again is recognized.
    pub webhook_id: String,
    /// The tour or survey.
    pub model: Model,
    /// What the user did.
    pub step: Step,
}

/// A step of a user in an experience.
#[derive(Clone, PartialEq)]
pub enum Step {
    /// The user reached this state of a tour or survey.
    Reached(InteractionState),
    /// The user responded to a Microsurvey: `button_text`, `button_order`, `input_text`, `finished_at` and all other fields sent.
    Responded(BTreeMap<String, Value>),
}

/// A response to a Microsurvey, as it is stored.
#[derive(Clone, PartialEq)]
pub struct SurveyResponse {
    /// Its id.
    pub id: ResponseId,
    /// The profile under whose id it was recorded, or into which that one was merged.
    pub profile: ProfileId,
    /// When it was recorded, as canonical text.
    pub created_at: String,
    /// The Microsurvey.
    pub survey_id: String,
    /// What was answered, by name.
    pub properties: BTreeMap<String, Value>,
}

/// How far a user is with a tour or survey, as it is stored.
#[derive(Clone, PartialEq)]
pub struct Interaction {
    /// Its id.
    pub id: InteractionId,
    /// The profile under whose id it was recorded, or into which that one was merged.
    pub profile: ProfileId,
    /// When it began, as canonical text.
    pub created_at: String,
    /// When it last changed, as canonical text.
    pub updated_at: String,
    /// The tour or survey.
    pub model: Model,
    /// What happened last.
    pub state: InteractionState,
    /// How often it was put off.
    pub deferrals: u64,
}

/// An experience that is to be shown to a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// When it was ordered, as canonical text.
    pub created_at: String,
    /// To whom.
    pub profile: ProfileId,
    /// What.
    pub order: DeliveryOrder,
}

/// What a delivery is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryOrder {
    /// What is shown.
    pub model: Model,
    /// Not before this time.
    pub from: Option<Timestamp>,
    /// Not after this time. Then it counts as pending no longer.
    pub until: Option<Timestamp>,
    /// Only if the user was never shown it.
    pub once: bool,
}

/// Deliveries that may be pending for a user at once.
pub const MAX_DELIVERIES: usize = 3;

/// What all users together did in a tour or survey.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Times that it was started.
    pub started_count: u64,
    /// Times that it was completed.
    pub completed_count: u64,
    /// Times that it was exited.
    pub exited_count: u64,
    /// When it was last started, as canonical text.
    pub last_started_at: Option<String>,
    /// When it was last completed, as canonical text.
    pub last_completed_at: Option<String>,
    /// When it was last exited, as canonical text.
    pub last_exited_at: Option<String>,
}

/// The id of an event.
pub type EventId = Id<Event>;
/// The id of a response to a Microsurvey.
pub type ResponseId = Id<SurveyResponse>;
/// The id of an interaction.
pub type InteractionId = Id<Interaction>;
/// The id of a delivery.
pub type DeliveryId = Id<Delivery>;
