//! The record that a user is forgotten or a company is deleted, which outlives both.

use crate::{CompanyId, Id, ProfileId};

/// The record that a user was, or is being, forgotten, or a company deleted. It holds no uid, address or property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// Its id.
    pub id: DeletionId,
    /// What was deleted.
    pub deleted: Deleted,
    /// The time of the request, as canonical text. Since then no read returns the profile or company.
    pub created_at: String,
    /// The time when all was removed, as canonical text; none until then.
    pub completed_at: Option<String>,
}

/// What a deletion deletes, and the numbers of what was removed so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// A user is forgotten, who has this profile.
    Profile(ProfileId, Removed),
    /// A company is deleted. So many of its members were taken off it, or forgotten.
    Company(CompanyId, u64),
}

/// The number of records of each kind that were removed with a profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Events.
    pub events: u64,
    /// Responses to Microsurveys.
    pub responses: u64,
    /// Interactions with tours and surveys.
    pub interactions: u64,
    /// Deliveries.
    pub deliveries: u64,
    /// Identities of the profile: its uid, its address, and the ids of profiles merged into it.
    pub identities: u64,
}

/// The id of a deletion.
pub type DeletionId = Id<Deletion>;
