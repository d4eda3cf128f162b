//! The attributes of records and summaries that are not internal.

pub(super) use crate::schema::attributes::{MODEL_ID, MODEL_KIND};

/// The index that lists records by tour or survey, sorted by creation.
pub(super) const MODEL_INDEX: &str = "model-index";
/// The index that lists all pending deliveries.
pub(super) const PENDING_INDEX: &str = "pending-index";
/// The index that lists records by tour or survey, sorted by their last change.
pub(super) const CHANGED_INDEX: &str = "changed-index";

/// An event's name.
pub(crate) const NAME: &str = "name";
/// The properties of an event or a response, as a map: they may have any names.
pub(super) const PROPERTIES: &str = "properties";
