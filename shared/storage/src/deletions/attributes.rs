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
/// What led to the profile besides that: a set of ids of merged profiles, and of slots of uids.
pub(super) const LED_HERE: &str = "LED_HERE";

// The rest is there only while something is left to do.

/// Where the records are: a list of profile ids, each with a generation if only that one is meant.
pub(super) const SCOPES: &str = "SCOPES";
/// The scope that is being counted.
pub(super) const SCOPE: &str = "IN_SCOPE";
/// The sort key of the last record there that was counted.
pub(super) const COUNTED: &str = "COUNTED";
/// Slots with aliases that did not fit into the first transaction.
pub(super) const ALIASES: &str = "ALIASES";
/// The index of what is unfinished.
pub(super) const UNFINISHED_INDEX: &str = "unfinished-index";
