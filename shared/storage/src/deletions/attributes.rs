//! The attributes of journals that are not internal.

/// The kind of deletion: `forget`, `clear` or `company`.
pub(super) const KIND: &str = "kind";
/// The id of the profile.
pub(super) const PROFILE_ID: &str = "profile_id";
/// Of a company: its id.
pub(super) const COMPANY: &str = "company_id";
/// Of a company: whether its members are forgotten.
pub(super) const CASCADE: &str = "cascade";
/// Of a company: the number of members that were taken off it, or forgotten.
pub(super) const PROFILES: &str = "profiles";
/// When everything was removed.
pub(super) const COMPLETED_AT: &str = "completed_at";
/// The generations that a clear hid, once it is closed.
pub(super) const CLEARED: &str = "CLEARED";
/// The counts of records found, by kind.
pub(super) const EVENTS: &str = "events";
pub(super) const RESPONSES: &str = "responses";
pub(super) const INTERACTIONS: &str = "interactions";
pub(super) const DELIVERIES: &str = "deliveries";
/// The number of identifiers of the profile.
pub(super) const IDENTITIES: &str = "identities";

/// The index that lists unfinished deletions.
pub(super) const UNFINISHED_INDEX: &str = "unfinished-index";
