//! Events, responses and interactions as JSON.

use profiles_domain::{Interaction, InteractionState, ModelKind, RecordedEvent, SurveyResponse};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::users::UserJson;

/// An event with its user.
pub(super) struct EventJson<'a> {
    pub(super) event: &'a RecordedEvent,
    pub(super) user: UserJson<'a>,
}

impl Serialize for EventJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let RecordedEvent { id, created_at, name, properties, .. } = self.event;
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("id", &id.to_string())?;
        map.serialize_entry("created_at", created_at)?;
        map.serialize_entry("name", name)?;
        // Apart, because they may have any name.
        map.serialize_entry("properties", properties)?;
        map.serialize_entry("profile", &self.user)?;
        map.end()
    }
}

/// A response with its user.
pub(super) struct ResponseJson<'a> {
    pub(super) response: &'a SurveyResponse,
    pub(super) user: UserJson<'a>,
}

impl Serialize for ResponseJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let SurveyResponse { id, profile, created_at, updated_at, survey_id, properties } = self.response;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &id.to_string())?;
        map.serialize_entry("created_at", created_at)?;
        map.serialize_entry("updated_at", updated_at)?;
        map.serialize_entry("survey_id", survey_id)?;
        map.serialize_entry("profile_id", &profile.to_string())?;
        map.serialize_entry("profile", &self.user)?;
        for (name, value) in properties {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// An interaction with its user.
pub(super) struct InteractionJson<'a> {
    pub(super) interaction: &'a Interaction,
    pub(super) user: UserJson<'a>,
}

impl Serialize for InteractionJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Interaction { id, created_at, updated_at, model, state, reached, deferrals, snooze, goal_at, group, .. } = self.interaction;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &id.to_string())?;
        map.serialize_entry("created_at", created_at)?;
        map.serialize_entry("updated_at", updated_at)?;
        map.serialize_entry("model_kind", model.kind.as_str())?;
        map.serialize_entry("model_id", &model.id)?;
        let own_id = match model.kind {
            ModelKind::Tour => "tour_id",
            ModelKind::Survey => "survey_id",
        };
        map.serialize_entry(own_id, &model.id)?;
        map.serialize_entry("state", state.as_str())?;
        for state in InteractionState::ALL {
            let (first, last) = state.times();
            let times = reached.get(state);
            map.serialize_entry(first, &times.map(|times| times.first))?;
            map.serialize_entry(last, &times.map(|times| times.last))?;
        }
        map.serialize_entry("deferrals", deferrals)?;
        // Where no webhook told it, our own count is.
        map.serialize_entry("defer_count", &snooze.count.map_or(*deferrals, u64::from))?;
        map.serialize_entry("defer_until", &snooze.until)?;
        map.serialize_entry("goal_at", goal_at)?;
        map.serialize_entry("group_id", &group.id)?;
        map.serialize_entry("group_kind", &group.kind)?;
        map.serialize_entry("profile", &self.user)?;
        map.end()
    }
}
