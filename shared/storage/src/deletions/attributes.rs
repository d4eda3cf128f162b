//! The names of the attributes of logs.

/// What is done: `forget` or `clear`.
pub(super) const KIND: &str = "kind";
/// Whose profile.
pub(super) const PROFILE_ID: &str = "profile_id";
/// When nothing was left to do.
pub(super) const COMPLETED_AT: &str = "completed_at";
/// Records found, by kind.
pub(super) const EVENTS: &str = "events";
pub(super) const RESPONSES: &str = "responses";
pub(super) const INTERACTIONS: &str = "interactions";
pub(super) const DELIVERIES: &str = "deliveries";
/// What the profile was found by.
pub(super) const IDENTITIES: &str = "identities";

// The rest is there only while something is left to do.

/// The index of what is unfinished.
pub(super) const UNFINISHED_INDEX: &str = "unfinished-index";
