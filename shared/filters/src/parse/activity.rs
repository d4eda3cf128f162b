//! Filters of what a user did: `event`, `tour`, `survey`.

use profiles_domain::{Error, InteractionState, MAX_MODEL_ID_BYTES};
use profiles_normalization::{Number, Timestamp, name, whole_digits};

use super::number::{days_before, whole};
use super::sent::{Sent, string};
use crate::tree::{Activity, ActivityFilter, Comparison, Window};

const OPS: &str = "`ex` or `nx`";
const COMPARISONS: &str = "`gt`, `gte`, `lt`, `lte` or `eq`";
const TIMES: &str = "a whole number from 0, how often";
const BUTTON: &str = "a whole number from 0, that of the button";
const STATES: &str = "`started`, `completed`, `exited` or `snoozed`";
const CONDITIONS: &str = "`gt-d` for newer or `lt-d` for older than `int` days";
const DAYS: &str = "a number of days from 0 to 36500";
const NAME: &str = "the event's name, with at least one letter or digit and at most 255 bytes";
const MODEL: &str = "a string of 1 to 255 bytes, the id of a tour or Microsurvey";

/// Reads a filter of one of the three kinds.
///
/// # Errors
/// `InvalidField` that names the path.
pub(super) fn read(kind: &str, sent: &Sent<'_>, now: Timestamp) -> Result<ActivityFilter, Error> {
    let activity = match kind {
        "event" => {
            let known = ["prop", "value", "op", "mod", "range", "cond", "int"];
            sent.has_only(&known, "left out, because an event has `prop`, `op`, `mod`, `range`, `cond` and `int` only")?;
            Activity::Event(event_name(sent)?, count(sent, TIMES)?)
        }
        "tour" => {
            let known = ["value", "op", "range", "cond", "int"];
            sent.has_only(&known, "left out, because a tour has `value`, `op`, `range`, `cond` and `int` only")?;
            Activity::Tour(model_id(sent)?, state(sent)?)
        }
        _ => {
            let known = ["value", "op", "mod", "range", "cond", "int"];
            sent.has_only(&known, "left out, because a survey has `value`, `op`, `mod`, `range`, `cond` and `int` only")?;
            Activity::Survey(model_id(sent)?, count(sent, BUTTON)?)
        }
    };
    let negated = match sent.word("op", OPS)?.as_deref() {
        None | Some("ex") => false,
        Some("nx") => true,
        Some(_) => return Err(sent.error("op", OPS)),
    };
    Ok(ActivityFilter { activity, window: window(sent, now)?, negated })
}

/// The name of an event, in `prop` or `value`.
fn event_name(sent: &Sent<'_>) -> Result<String, Error> {
    let read = |field| {
        let Some(raw) = sent.given(field) else { return Ok(None) };
        match string(raw).and_then(|text| name(&text).ok()) {
            Some(name) => Ok(Some(name)),
            None => Err(sent.error(field, NAME)),
        }
    };
    match (read("prop")?, read("value")?) {
        (Some(name), None) | (None, Some(name)) => Ok(name),
        (Some(name), Some(again)) if name == again => Ok(name),
        (Some(_), Some(_)) => Err(sent.error("value", "left out, because `prop` is the event's name")),
        (None, None) => Err(sent.error("prop", NAME)),
    }
}

/// The id of a tour or survey: a string, or a whole number, which is kept as its digits.
fn model_id(sent: &Sent<'_>) -> Result<String, Error> {
    let read = || {
        let raw = sent.given("value")?;
        let id = match string(raw) {
            Some(text) => text.into_owned(),
            None => whole_digits(raw.get(), MAX_MODEL_ID_BYTES).ok()?.into_owned(),
        };
        (1..=MAX_MODEL_ID_BYTES).contains(&id.len()).then_some(id)
    };
    read().ok_or_else(|| sent.error("value", MODEL))
}

fn state(sent: &Sent<'_>) -> Result<Option<InteractionState>, Error> {
    let Some(word) = sent.word("range", STATES)? else { return Ok(None) };
    InteractionState::from_word(&word).map(Some).ok_or_else(|| sent.error("range", STATES))
}

/// A comparison with a whole number: `mod` and `range`, or neither.
fn count(sent: &Sent<'_>, expected: &'static str) -> Result<Option<(Comparison, Number)>, Error> {
    let comparison = match sent.word("mod", COMPARISONS)?.as_deref() {
        None if sent.given("range").is_none() => return Ok(None),
        Some("gt") => Comparison::Greater,
        Some("gte") => Comparison::GreaterOrEqual,
        Some("lt") => Comparison::Less,
        Some("lte") => Comparison::LessOrEqual,
        Some("eq") => Comparison::Equal,
        None | Some(_) => return Err(sent.error("mod", COMPARISONS)),
    };
    let number = sent.given("range").and_then(whole).ok_or_else(|| sent.error("range", expected))?;
    Ok(Some((comparison, number)))
}

/// The time: `cond` and `int`, or neither.
fn window(sent: &Sent<'_>, now: Timestamp) -> Result<Option<Window>, Error> {
    let window = match sent.word("cond", CONDITIONS)?.as_deref() {
        None if sent.given("int").is_none() => return Ok(None),
        Some("gt-d") => Window::After,
        Some("lt-d") => Window::Before,
        None | Some(_) => return Err(sent.error("cond", CONDITIONS)),
    };
    let time = sent.given("int").and_then(|raw| days_before(now, raw)).ok_or_else(|| sent.error("int", DAYS))?;
    Ok(Some(window(time)))
}
