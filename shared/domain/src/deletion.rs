//! The record of a user's being forgotten, which outlives the user.

use crate::{Id, ProfileId};

/// That somebody was, or is being, forgotten. It holds no uid, address or property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// Its id.
    pub id: DeletionId,
    /// Who was forgotten.
    pub profile_id: ProfileId,
    /// When that was asked for, as canonical text. Since then nobody reads the profile.
    pub created_at: String,
    /// When nothing of it was left, as canonical text; none while something is.
    pub completed_at: Option<String>,
    /// What was found and removed so far.
    pub removed: Removed,
}

/// How many records of each kind were removed with a profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Events.
    pub events: u64,
    /// Answers to Microsurveys.
    pub responses: u64,
    /// Interactions with tours and surveys.
    pub interactions: u64,
    /// Deliveries.
    pub deliveries: u64,
    /// What the profile was found by: its uid, its address, and ids of profiles merged into it.
    pub identities: u64,
}

/// The id of a deletion.
pub type DeletionId = Id<Deletion>;
