//! The attributes of records and summaries that are not internal.

/// The index that lists records by tour or survey.
pub(super) const MODEL_INDEX: &str = "model-index";
/// The index that lists all pending deliveries.
pub(super) const PENDING_INDEX: &str = "pending-index";

/// An event's name.
pub(super) const NAME: &str = "name";
/// The properties of an event or a response, as a map: they may have any names.
pub(super) const PROPERTIES: &str = "properties";
/// A tour or survey's kind.
pub(crate) const MODEL_KIND: &str = "model_kind";
/// The id of a tour or survey.
pub(crate) const MODEL_ID: &str = "model_id";
/// An interaction's state.
pub(super) const STATE: &str = "state";
/// How often an interaction was deferred.
pub(super) const DEFERRALS: &str = "deferrals";
/// The kind of what made an interaction begin.
pub(super) const GROUP_KIND: &str = "group_kind";
/// The id of what made an interaction begin.
pub(super) const GROUP_ID: &str = "group_id";
