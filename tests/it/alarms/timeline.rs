//! A timeline: five hours of metrics, and what an alarm has to make of them.

use profiles_template::{Alarm, Metric};

use super::evaluation::{Model, State, states};
use super::math::Expression;
use super::metrics::Metrics;

/// The length of a timeline in minutes.
pub(super) const MINUTES: u64 = 300;
/// Before this minute, an alarm may do what it likes, unless this is about a new stack.
const FROM: u64 = 60;
/// The minute at which most troubles begin.
pub(super) const BEGIN: u64 = 120;
/// The minute at which most troubles end.
pub(super) const END: u64 = 240;

/// Metrics, and what an alarm has to make of them.
#[derive(Clone)]
pub(super) struct Timeline {
    pub(super) alarm: &'static str,
    /// What happens, for the message of a failure.
    what: String,
    metrics: Metrics,
    pub(super) rings: Option<Rings>,
    /// The one of the alarm's expressions that this is about, if it depends on a condition.
    expression: Option<usize>,
    /// The minute from which on the alarm is looked at.
    from: u64,
}

/// When an alarm has to be on.
#[derive(Clone, Copy)]
pub(super) struct Rings {
    /// Never before this minute.
    pub(super) not_before: u64,
    /// From this minute on at the latest.
    pub(super) from: u64,
    /// Until this minute at least.
    pub(super) until: u64,
    /// Over from this minute on.
    pub(super) over: u64,
}

impl Rings {
    /// From so many minutes after the usual begin until the usual end, and over after so many minutes more.
    pub(super) fn within(minutes: u64, over: u64) -> Self {
        Self { not_before: BEGIN, from: BEGIN + minutes, until: END, over: END + over }
    }
}

impl Timeline {
    /// A timeline in which the alarm rings like this, or not at all.
    pub(super) fn new(alarm: &'static str, what: impl Into<String>, rings: impl Into<Option<Rings>>) -> Self {
        Self { alarm, what: what.into(), metrics: Metrics::default(), rings: rings.into(), expression: None, from: FROM }
    }

    /// A data point every so many seconds of the whole timeline.
    pub(super) fn always(self, metric: &Metric, seconds: usize, value: f64) -> Self {
        self.during(0, MINUTES, metric, seconds, value)
    }

    /// A data point every so many seconds of the usual trouble.
    pub(super) fn in_trouble(self, metric: &Metric, seconds: usize, value: f64) -> Self {
        self.during(BEGIN, END, metric, seconds, value)
    }

    /// A data point every so many seconds, from a minute until another.
    pub(super) fn during(self, begin: u64, end: u64, metric: &Metric, seconds: usize, value: f64) -> Self {
        self.points(metric, (begin * 60..end * 60).step_by(seconds).map(|second| (second, value)))
    }

    /// Data points at these seconds.
    pub(super) fn points(mut self, metric: &Metric, points: impl IntoIterator<Item = (u64, f64)>) -> Self {
        for (second, value) in points {
            self.metrics.put(metric, second, value);
        }
        self
    }

    /// The same, about only this one of the alarm's expressions.
    pub(super) fn about(mut self, expression: usize) -> Self {
        self.expression = Some(expression);
        self
    }

    /// The same, from the creation of the alarm on.
    pub(super) fn of_a_new_stack(mut self) -> Self {
        self.from = 1;
        self
    }

    /// Runs it through all models. Returns what is wrong in the first one that fails.
    pub(super) fn run(&self, alarm: &Alarm) -> Option<String> {
        let texts: Vec<_> = match (&alarm.expressions[..], self.expression) {
            ([], _) => vec![None],
            (all, None) => all.iter().map(Some).collect(),
            (all, Some(index)) => vec![Some(&all[index])],
        };
        texts.into_iter().find_map(|text| {
            let expression = text.map(|text| Expression::new(text));
            Model::all(alarm, expression.as_ref()).find_map(|model| {
                let wrong = self.wrong(&states(alarm, expression.as_ref(), &self.metrics, model, MINUTES))?;
                Some(format!("{}, {}: {wrong} ({}, {model:?})", alarm.logical_id, self.what, text.map_or("no expression", String::as_str)))
            })
        })
    }

    fn wrong(&self, states: &[State]) -> Option<String> {
        let changes = || {
            let on = |minute: &u64| states[*minute as usize - 1] == State::Alarm;
            let changes = (self.from + 1..MINUTES).filter(|minute| on(minute) != on(&(minute - 1)));
            changes.map(|minute| format!("{} at {minute}", if on(&minute) { "on" } else { "off" })).collect::<Vec<_>>().join(", ")
        };
        let is_on = |from: u64, until: u64| (from..until).any(|minute| states[minute as usize - 1] == State::Alarm);
        let is_off = |from: u64, until: u64| (from..until).any(|minute| states[minute as usize - 1] == State::Ok);
        let what = match self.rings {
            None if is_on(self.from, MINUTES) => "goes off",
            Some(rings) if is_on(self.from, rings.not_before) => "goes off too early",
            Some(rings) if is_off(rings.from, rings.until) => "is not on all the time",
            Some(rings) if is_on(rings.over, MINUTES) => "is not over",
            _ => return None,
        };
        Some(format!("{what}: {}", changes()))
    }
}
