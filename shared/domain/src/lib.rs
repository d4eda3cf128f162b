//! The types of the domain: profiles, their identifiers and records, without HTTP and without a database.

mod batch;
mod company;
mod deletion;
mod delivery;
mod error;
mod experience;
mod id;
mod identity;
mod profile;
mod record;
mod upsert;

pub use batch::{Batch, BatchId, BatchItem, Counts, OnModelMissing, Outcome};
pub use company::{Company, CompanyName, MembershipChange};
pub use deletion::{Deletion, DeletionId, Removed};
pub use delivery::{
    AtLimit, Delivery, DeliveryId, DeliveryOrder, MAX_DELIVERIES, MAX_OPTIONS_BYTES, PendingDelivery, Placement, Position, Shown,
};
pub use error::{Collision, Error, Identifier};
pub use experience::{
    About, Group, Interaction, InteractionState, KnownModel, Reached, Snooze, Span, Step, Summary, SurveyResponse, WebhookEvent,
};
pub use id::{Account, AccountId, CompanyId, Id, ProfileId, Slot, User, UserId};
pub use identity::{Email, Identity, InvalidEmail, InvalidUid, MAX_EMAIL_BYTES, MAX_UID_BYTES, Uid};
pub use profile::{OBSERVED_PROPERTIES, Profile, SYSTEM_PROPERTIES};
pub use record::{Event, EventId, InteractionId, MAX_MODEL_ID_BYTES, MAX_SUMMED, Model, ModelKind, ResponseId};
pub use upsert::Upsert;
