//! What users did in tours and Microsurveys, as webhooks tell it.

use std::collections::BTreeMap;

use profiles_normalization::{Timestamp, Value};

use crate::{InteractionId, Model, ProfileId, ResponseId};

/// The state of a user's interaction with a tour or survey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InteractionState {
    /// It was shown.
    Started,
    /// The user completed it.
    Completed,
    /// The user left it.
    Exited,
    /// The user asked to be shown it later.
    Snoozed,
}

impl InteractionState {
    /// All values.
    pub const ALL: [Self; 4] = [Self::Started, Self::Completed, Self::Exited, Self::Snoozed];

    /// The API's word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Completed => "completed",
            Self::Exited => "exited",
            Self::Snoozed => "snoozed",
        }
    }

    /// The API's words for the times at which a user reached it first and last.
    #[must_use]
    pub fn times(self) -> (&'static str, &'static str) {
        match self {
            Self::Started => ("started_at", "last_started_at"),
            Self::Completed => ("completed_at", "last_completed_at"),
            Self::Exited => ("exited_at", "last_exited_at"),
            Self::Snoozed => ("snoozed_at", "last_snoozed_at"),
        }
    }

    /// Parses the API's word; `None` for any other.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }
}

/// A webhook about a user and a tour or survey.
#[derive(Clone, PartialEq)]
pub struct WebhookEvent {
    /// The webhook's id, by which the same webhook sent again is recognized.
    pub webhook_id: String,
    /// The tour or survey.
    pub model: Model,
    /// What else it tells of the tour or survey.
    pub about: About,
    /// The step that is reported.
    pub step: Step,
    /// When it was sent. Of several, the one sent last decides.
    pub sent_at: Timestamp,
    /// What made the tour or survey begin, if that is told.
    pub group: Option<Group>,
    /// How it was put off, of a snooze.
    pub snooze: Snooze,
    /// When the user reached the goal of the tour or survey, if that is told.
    pub goal_at: Option<Timestamp>,
}

/// What is known of a tour or survey besides its id. It belongs to another system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct About {
    /// Its name.
    pub name: Option<String>,
    /// When it was published last.
    pub published_at: Option<Timestamp>,
}

/// What made a tour or survey begin, such as a launcher or a delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Its kind, such as `delivery`.
    pub kind: Option<String>,
    /// Its id.
    pub id: Option<String>,
}

/// How a tour or survey was put off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snooze {
    /// When it is to be shown again.
    pub until: Option<Timestamp>,
    /// How often it was put off so far.
    pub count: Option<u32>,
}

/// A user's step in a tour or survey.
#[derive(Clone, PartialEq)]
pub enum Step {
    /// The user reached this state.
    Reached(InteractionState),
    /// The user responded to a Microsurvey.
    Responded {
        /// The response's own id, if it has one that can be used.
        id: Option<ResponseId>,
        /// `button_text`, `button_order`, `input_text`, `finished_at` and all other fields sent.
        properties: BTreeMap<String, Value>,
    },
}

/// A response to a Microsurvey, as it is stored.
#[derive(Clone, PartialEq)]
pub struct SurveyResponse {
    /// Its id.
    pub id: ResponseId,
    /// The profile for which it was recorded, or the one into which that was merged.
    pub profile: ProfileId,
    /// The time of recording.
    pub created_at: Timestamp,
    /// The time of its last change.
    pub updated_at: Timestamp,
    /// The Microsurvey.
    pub survey_id: String,
    /// The fields of the response, by name.
    pub properties: BTreeMap<String, Value>,
}

/// When a state was reached first, and when last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first time.
    pub first: Timestamp,
    /// The last time.
    pub last: Timestamp,
}

impl Span {
    fn including(self, other: Self) -> Self {
        Self { first: self.first.min(other.first), last: self.last.max(other.last) }
    }
}

/// When each state was reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached([Option<Span>; 4]);

impl Reached {
    /// When this state was reached; `None` when it never was.
    #[must_use]
    pub fn get(self, state: InteractionState) -> Option<Span> {
        let [started, completed, exited, snoozed] = self.0;
        match state {
            InteractionState::Started => started,
            InteractionState::Completed => completed,
            InteractionState::Exited => exited,
            InteractionState::Snoozed => snoozed,
        }
    }

    /// Adds the times at which this state was reached.
    pub fn add(&mut self, state: InteractionState, more: Span) {
        let [started, completed, exited, snoozed] = &mut self.0;
        let known = match state {
            InteractionState::Started => started,
            InteractionState::Completed => completed,
            InteractionState::Exited => exited,
            InteractionState::Snoozed => snoozed,
        };
        *known = Some(known.map_or(more, |known| known.including(more)));
    }
}

/// A user's interaction with a tour or survey, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interaction {
    /// Its id.
    pub id: InteractionId,
    /// The profile for which it was recorded, or the one into which that was merged.
    pub profile: ProfileId,
    /// The time of its beginning.
    pub created_at: Timestamp,
    /// The time of its last change.
    pub updated_at: Timestamp,
    /// The tour or survey.
    pub model: Model,
    /// The state: that of the webhook that was sent last.
    pub state: InteractionState,
    /// When that webhook was sent.
    pub state_at: Timestamp,
    /// When each state was reached.
    pub reached: Reached,
    /// The number of times it was snoozed.
    pub deferrals: u64,
    /// How it was put off the last time.
    pub snooze: Snooze,
    /// When the user reached the goal of the tour or survey.
    pub goal_at: Option<Timestamp>,
    /// What made it begin.
    pub group: Group,
}

impl Interaction {
    /// The interaction that begins with this webhook.
    #[must_use]
    pub fn begun(id: InteractionId, profile: ProfileId, state: InteractionState, webhook: &WebhookEvent, now: Timestamp) -> Self {
        let mut begun = Self {
            id,
            profile,
            created_at: now,
            updated_at: now,
            model: webhook.model.clone(),
            state,
            state_at: webhook.sent_at,
            reached: Reached::default(),
            deferrals: 0,
            snooze: Snooze::default(),
            goal_at: None,
            group: Group::default(),
        };
        begun.reach(state, webhook, now);
        begun
    }

    /// Adds what a webhook tells. One that was sent before the last one changes no state.
    pub fn reach(&mut self, state: InteractionState, webhook: &WebhookEvent, now: Timestamp) {
        let at = webhook.sent_at;
        self.reached.add(state, Span { first: at, last: at });
        if state == InteractionState::Snoozed {
            self.deferrals = self.deferrals.saturating_add(1);
            if self.reached.get(state).is_some_and(|times| times.last == at) {
                self.snooze = webhook.snooze;
            }
        }
        let is_latest = at >= self.state_at;
        if is_latest {
            (self.state, self.state_at) = (state, at);
        }
        if let Some(group) = webhook.group.as_ref().filter(|_| is_latest || self.group == Group::default()) {
            self.group = group.clone();
        }
        if webhook.goal_at.is_some() && (is_latest || self.goal_at.is_none()) {
            self.goal_at = webhook.goal_at;
        }
        self.updated_at = self.updated_at.max(now);
    }

    /// Adds another interaction of the same user with the same tour or survey. Id and creation stay.
    pub fn absorb(&mut self, other: Self, now: Timestamp) {
        let last_snooze = |of: &Self| of.reached.get(InteractionState::Snoozed).map(|times| times.last);
        if last_snooze(&other) > last_snooze(self) {
            self.snooze = other.snooze;
        }
        for state in InteractionState::ALL {
            if let Some(times) = other.reached.get(state) {
                self.reached.add(state, times);
            }
        }
        self.deferrals = self.deferrals.saturating_add(other.deferrals);
        let is_later = other.state_at > self.state_at;
        if is_later {
            (self.state, self.state_at) = (other.state, other.state_at);
        }
        if other.group != Group::default() && (is_later || self.group == Group::default()) {
            self.group = other.group;
        }
        if other.goal_at.is_some() && (is_later || self.goal_at.is_none()) {
            self.goal_at = other.goal_at;
        }
        self.updated_at = self.updated_at.max(now);
    }
}

/// A tour or survey, as webhooks told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownModel {
    /// Its id.
    pub id: String,
    /// When a webhook named it first.
    pub created_at: Timestamp,
    /// What they told of it.
    pub about: About,
}

/// The sums of all users' interactions with a tour or survey.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The number of users who started it.
    pub started_count: u64,
    /// The number of users who completed it.
    pub completed_count: u64,
    /// The number of users who left it.
    pub exited_count: u64,
    /// The time of the last start, as canonical text.
    pub last_started_at: Option<String>,
    /// The time of the last completion, as canonical text.
    pub last_completed_at: Option<String>,
    /// The time of the last exit, as canonical text.
    pub last_exited_at: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ModelKind, Slot};
    use proptest::prelude::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_unix_millis(millis).unwrap()
    }

    fn webhook(sent: i64, count: Option<u32>) -> WebhookEvent {
        WebhookEvent {
            webhook_id: "w".to_owned(),
            model: Model { kind: ModelKind::Tour, id: "t".to_owned() },
            about: About::default(),
            step: Step::Reached(InteractionState::Started),
            sent_at: at(sent),
            group: count.map(|count| Group { kind: Some("link".to_owned()), id: Some(count.to_string()) }),
            snooze: Snooze { until: None, count },
            goal_at: count.map(|count| at(i64::from(count))),
        }
    }

    fn of(steps: &[(InteractionState, i64, Option<u32>)]) -> Option<Interaction> {
        let slot = Slot::from_random(1);
        let mut all: Option<Interaction> = None;
        for (place, (state, sent, count)) in steps.iter().enumerate() {
            let (webhook, now) = (webhook(*sent, *count), at(i64::try_from(place).unwrap()));
            match &mut all {
                Some(known) => known.reach(*state, &webhook, now),
                None => all = Some(Interaction::begun(InteractionId::new(1, slot), ProfileId::new(1, slot), *state, &webhook, now)),
            }
        }
        all
    }

    #[test]
    fn what_was_sent_last_is_the_state_and_of_two_at_once_what_came_last() {
        use InteractionState::{Completed, Exited, Snoozed, Started};
        let late = of(&[(Completed, 9, None), (Started, 3, Some(7))]).unwrap();
        assert_eq!((late.state, late.state_at, late.reached.get(Started)), (Completed, at(9), Some(Span { first: at(3), last: at(3) })));
        // What nobody told before is taken of an older one, too.
        assert_eq!((late.group.id.as_deref(), late.goal_at), (Some("7"), Some(at(7))));
        let same = of(&[(Started, 3, None), (Exited, 3, None)]).unwrap();
        assert_eq!(same.state, Exited);
        let snoozed = of(&[(Snoozed, 5, Some(2)), (Snoozed, 4, Some(1))]).unwrap();
        assert_eq!((snoozed.deferrals, snoozed.snooze.count), (2, Some(2)));
    }

    proptest! {
        #[test]
        fn two_parts_united_are_what_all_of_it_would_be(
            steps in prop::collection::vec((0_usize..4, 0_i64..100, prop::option::of(0_u32..5)), 2..12), cut in 1_usize..11,
        ) {
            // Different times, because of two at one time the order of arrival decides.
            let mut steps: Vec<_> = steps.into_iter().enumerate()
                .map(|(place, (state, sent, count))| (InteractionState::ALL[state], sent * 100 + i64::try_from(place).unwrap(), count))
                .collect();
            let cut = cut.min(steps.len() - 1);
            let whole = of(&steps).unwrap();
            let mut united = of(&steps[..cut]).unwrap();
            united.absorb(of(&steps[cut..]).unwrap(), at(0));
            prop_assert_eq!((united.state, united.state_at, united.reached, united.deferrals), (whole.state, whole.state_at, whole.reached, whole.deferrals));
            prop_assert_eq!(united.snooze, whole.snooze);
            steps.reverse();
            let reversed = of(&steps).unwrap();
            prop_assert_eq!((reversed.state, reversed.reached, reversed.snooze), (whole.state, whole.reached, whole.snooze));
        }
    }
}
