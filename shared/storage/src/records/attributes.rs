//! The names of the attributes of records and summaries.

/// In a record that is listed by its tour or survey: the account, the record's kind, and the id of that.
pub(super) const MODEL: &str = "MODEL";
/// Lists records by it.
pub(super) const MODEL_INDEX: &str = "model-index";
/// In what is known by a key: the SHA-256 of what came with it.
pub(super) const BODY: &str = "BODY";
/// In what is known by a key: the id of the record that was made of it.
pub(super) const RECORD_ID: &str = "RECORD_ID";
/// In what is known by a key: the id of the profile of a delivery.
pub(super) const PROFILE: &str = "PROFILE";

/// An event's name.
pub(super) const NAME: &str = "name";
/// What else was sent with an event or an answer, as a map: it may have any names.
pub(super) const PROPERTIES: &str = "properties";
/// A tour or survey's kind.
pub(crate) const MODEL_KIND: &str = "model_kind";
/// The id of a tour or survey.
pub(crate) const MODEL_ID: &str = "model_id";
/// An interaction's state.
pub(super) const STATE: &str = "state";
/// How often an interaction was put off.
pub(super) const DEFERRALS: &str = "deferrals";
/// A delivery's first time.
pub(super) const FROM: &str = "from";
/// A delivery's last time.
pub(super) const UNTIL: &str = "until";
/// Whether a delivery is only for who was never shown the experience.
pub(super) const ONCE: &str = "once";
