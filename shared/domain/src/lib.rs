//! The types of the domain: profiles, their identifiers and records, without HTTP and without a database.

mod batch;
mod blank;
mod company;
mod deletion;
mod delivery;
mod email;
#[cfg(test)]
mod email_tests;
mod error;
mod experience;
mod id;
mod identity;
mod observed;
mod profile;
mod property;
mod record;
mod uid;
mod upsert;

pub use batch::{Batch, BatchId, BatchItem, BatchItems, BatchModel, Counts, OnModelMissing, Outcome};
pub use blank::is_blank;
pub use company::{Cascade, Company, CompanyName, CompanyUpsert, MembershipChange};
pub use deletion::{Deleted, Deletion, DeletionId, Removed};
pub use delivery::{
    AtLimit, Delivery, DeliveryId, DeliveryOrder, MAX_DELIVERIES, MAX_OPTIONS_BYTES, PendingDelivery, Placement, Position, Shown,
};
pub use email::{Email, InvalidEmail, MAX_EMAIL_BYTES};
pub use error::{Collision, Error, Identifier};
pub use experience::{
    About, Group, Interaction, InteractionState, KnownModel, Reached, Snooze, Span, Step, Summary, SurveyResponse, WebhookEvent,
};
pub use id::{Account, AccountId, CompanyId, Id, ProfileId, Slot, User, UserId};
pub use identity::{Identity, Unusable};
pub use observed::{ObservedType, observed_names, observed_type};
pub use profile::{Profile, SYSTEM_PROPERTIES};
pub use property::{
    MAX_PROPERTIES, MAX_SAMPLE_CHARACTERS, MAX_SAMPLES, Property, PropertyId, PropertyKind, PropertyTypes, display_name, sample,
};
pub use record::{Event, EventId, InteractionId, MAX_MODEL_ID_BYTES, MAX_SUMMED, Model, ModelKind, RecordedEvent, ResponseId};
pub use uid::{InvalidUid, MAX_UID_BYTES, Uid};
pub use upsert::Upsert;
