//! The sums in an activity head: of each event, tour and Microsurvey how often, when first and when last.
//!
//! Each has its own attributes, which begin with a code, so that one update adds to them whatever is there.

use std::cmp::{max, min};
use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use profiles_domain::{InteractionState, Model, Span};
use profiles_normalization::{Timestamp, Value};
use sha2::{Digest, Sha256};

use super::attributes::SUMMED;
use crate::dynamo::item::{Attributes, Item};
use crate::dynamo::value::number;

/// An activity, as it is summed up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Summed {
    /// The kind of activity, and so the attributes.
    of: SumOf,
    what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Event,
    /// A state of an interaction was reached first and last at these times.
    Reached(Span),
    /// A response, with the number of the button that was pressed.
    Responded(Option<String>),
}

impl Summed {
    /// An event of this name.
    pub(crate) fn event(name: &str) -> Self {
        Self { of: SumOf::event(name), what: What::Event }
    }

    /// A state that an interaction reached, first and last at these times.
    pub(crate) fn reached(model: &Model, state: InteractionState, times: Span) -> Self {
        Self { of: SumOf::reached(model, state), what: What::Reached(times) }
    }

    /// A response to a Microsurvey, with the value of its `button_order`.
    pub(crate) fn responded(survey: &Model, button: Option<&Value>) -> Self {
        let button = match button {
            Some(Value::Number(number)) => Some(number.as_str().to_owned()),
            _ => None,
        };
        Self { of: SumOf::responses(survey), what: What::Responded(button) }
    }

    /// The code of its event, tour or Microsurvey.
    pub(crate) fn code(&self) -> &str {
        &self.of.code
    }

    /// Adds it to the sums in a head by an update with this `ADD` part. Returns the update with its names, and the whole expression.
    pub(super) fn add(&self, update: UpdateBuilder, add: &str, values: &mut Attributes, now: Timestamp) -> (UpdateBuilder, String) {
        let times = self.times(now);
        values.extend([
            (":codes".to_owned(), AttributeValue::Ss(vec![self.of.code.clone()])),
            (":first".to_owned(), millis(times.first)),
            (":last".to_owned(), millis(times.last)),
        ]);
        let update =
            update.expression_attribute_names("#first", self.attribute(FIRST)).expression_attribute_names("#last", self.attribute(LAST));
        let set = match self.what {
            // Its record, which is written on condition that it is as it was read, tells when that was.
            What::Reached(_) => "SET #first = :first, #last = :last",
            What::Event | What::Responded(_) => "SET #first = if_not_exists(#first, :first), #last = :last",
        };
        let add = format!("{add}, {SUMMED} :codes");
        match &self.what {
            What::Reached(_) => (update, format!("{set} {add}")),
            What::Event => {
                values.insert(":more".to_owned(), number(1_u64));
                (update.expression_attribute_names("#count", self.attribute(COUNT)), format!("{set} {add}, #count :more"))
            }
            What::Responded(button) => {
                let update = update.expression_attribute_names("#button", self.attribute(BUTTON));
                match button {
                    Some(button) => {
                        values.insert(":button".to_owned(), AttributeValue::N(button.clone()));
                        (update, format!("{set}, #button = :button {add}"))
                    }
                    None => (update, format!("{set} {add} REMOVE #button")),
                }
            }
        }
    }

    /// When it was done first and last. An event or response was done now.
    fn times(&self, now: Timestamp) -> Span {
        match self.what {
            What::Reached(times) => times,
            What::Event | What::Responded(_) => Span { first: now, last: now },
        }
    }

    /// The name of one of its attributes.
    fn attribute(&self, of: &str) -> String {
        self.of.attribute(of)
    }

    /// Adds it to the sums in a head that is about to be put.
    pub(super) fn add_to(&self, head: &mut Item, now: Timestamp) {
        let mut own = Item::default();
        own.0.insert(SUMMED.to_owned(), AttributeValue::Ss(vec![self.of.code.clone()]));
        let times = self.times(now);
        for (name, time) in [(FIRST, times.first), (LAST, times.last)] {
            own.0.insert(self.attribute(name), millis(time));
        }
        match &self.what {
            What::Event => _ = own.0.insert(self.attribute(COUNT), number(1_u64)),
            What::Responded(Some(button)) => _ = own.0.insert(self.attribute(BUTTON), AttributeValue::N(button.clone())),
            What::Responded(None) | What::Reached(_) => {}
        }
        add_sums(head, &own);
    }
}

// What an attribute of a head says, by its last letter.
/// How often.
const COUNT: &str = "n";
/// When first, in Unix milliseconds.
const FIRST: &str = "f";
/// When last, in Unix milliseconds.
const LAST: &str = "l";
/// The button of the last response.
const BUTTON: &str = "b";

/// Characters of a code.
const CODE_LENGTH: usize = 8;

/// What the attributes of a state have behind the code.
fn letter(state: InteractionState) -> &'static str {
    match state {
        InteractionState::Started => "s",
        InteractionState::Completed => "c",
        InteractionState::Exited => "e",
        InteractionState::Snoozed => "z",
    }
}

/// The attributes in a head of one kind of activity.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct SumOf {
    /// The code of the event, tour or Microsurvey. All of its attributes begin with it.
    code: String,
    /// What these attributes have behind it.
    letter: &'static str,
}

/// The names of the attributes of one kind of activity.
pub(crate) struct SumAttributes {
    /// It is in each head of a user who did it.
    pub(crate) last: String,
    first: String,
    count: String,
    button: String,
}

/// What a head says of one kind of activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sum {
    /// How often, of events.
    pub(crate) count: u64,
    /// When first, in Unix milliseconds.
    pub(crate) first: i64,
    /// When last.
    pub(crate) last: i64,
    /// The button of the last response.
    pub(crate) button: Option<String>,
}

impl SumOf {
    /// Events of this name.
    pub(crate) fn event(name: &str) -> Self {
        Self { code: code("event", name), letter: "" }
    }

    /// Interactions that reached this state.
    pub(crate) fn reached(model: &Model, state: InteractionState) -> Self {
        Self { code: code_of(model), letter: letter(state) }
    }

    /// Responses to a Microsurvey.
    pub(crate) fn responses(survey: &Model) -> Self {
        Self { code: code_of(survey), letter: "r" }
    }

    /// The names of its attributes.
    pub(crate) fn attributes(&self) -> SumAttributes {
        let [last, first, count, button] = [LAST, FIRST, COUNT, BUTTON].map(|of| self.attribute(of));
        SumAttributes { last, first, count, button }
    }

    fn attribute(&self, of: &str) -> String {
        format!("{}{}{of}", self.code, self.letter)
    }
}

impl SumAttributes {
    /// All of them.
    pub(crate) fn names(&self) -> [&str; 4] {
        [&self.last, &self.first, &self.count, &self.button]
    }

    /// What a head says; `None` if the user never did it.
    pub(crate) fn in_head(&self, head: &Item) -> Option<Sum> {
        let last = head.number(&self.last)?;
        let first = head.number(&self.first).unwrap_or(last);
        Some(Sum { count: head.number(&self.count).unwrap_or(0), first, last, button: button_in(head, &self.button) })
    }
}

/// The button that an attribute of a head names.
fn button_in(head: &Item, attribute: &str) -> Option<String> {
    match head.0.get(attribute) {
        Some(AttributeValue::N(button)) => Some(button.clone()),
        _ => None,
    }
}

/// The code of a name: 48 bits of its hash. Names are long, and each write pays for the head's size.
fn code(kind: &str, name: &str) -> String {
    let hash: [u8; 32] = Sha256::digest(format!("{kind}#{name}")).into();
    let (begin, _) = hash.split_at(6);
    BASE64_URL_SAFE_NO_PAD.encode(begin)
}

/// The code of a tour or Microsurvey.
pub(crate) fn code_of(model: &Model) -> String {
    code(model.kind.as_str(), &model.id)
}

/// The codes of the tours and Microsurveys that a head has interactions with.
pub(crate) fn interacted(head: &Item) -> BTreeSet<String> {
    let of_state = |name: &String| {
        let (code, rest) = name.split_at_checked(CODE_LENGTH)?;
        matches!(rest, "sf" | "cf" | "ef" | "zf").then(|| code.to_owned())
    };
    head.0.keys().filter_map(of_state).collect()
}

/// The responses of a user to one Microsurvey, summed up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answered {
    /// When the first one came, in Unix milliseconds.
    pub(crate) first: Option<i64>,
    /// When the last one came or changed.
    pub(crate) last: Option<i64>,
    /// The button of the last one.
    pub(crate) button: Option<String>,
}

impl Answered {
    /// The sums in a head; `None` when they are not there.
    pub(crate) fn in_head(head: &Item, survey: &Model) -> Option<Self> {
        let [first, last, button] = Self::attributes(survey);
        let first = head.number(&first)?;
        Some(Self { first: Some(first), last: head.number(&last), button: button_in(head, &button) })
    }

    /// Adds another response.
    pub(crate) fn add(&mut self, other: Self) {
        if other.last >= self.last {
            (self.last, self.button) = (other.last, other.button);
        }
        self.first = self.first.into_iter().chain(other.first).min();
    }

    /// Puts them in place of those in a head, which loses the Microsurvey's name if nothing else is there of it.
    pub(super) fn replace_in(self, head: &mut Item, survey: &Model) {
        let [first, last, button] = Self::attributes(survey);
        let numbers = [(first, self.first.map(|at| at.to_string())), (last, self.last.map(|at| at.to_string())), (button, self.button)];
        for (name, value) in numbers {
            head.0.remove(&name);
            head.0.extend(value.map(|value| (name, AttributeValue::N(value))));
        }
        let code = code_of(survey);
        if !head.0.keys().any(|name| is_sum(name) && name.starts_with(&code)) {
            let mut codes = head.set(SUMMED).to_vec();
            codes.retain(|known| *known != code);
            head.0.remove(SUMMED);
            if !codes.is_empty() {
                head.0.insert(SUMMED.to_owned(), AttributeValue::Ss(codes));
            }
        }
    }

    fn attributes(survey: &Model) -> [String; 3] {
        [FIRST, LAST, BUTTON].map(|of| SumOf::responses(survey).attribute(of))
    }
}

fn millis(now: Timestamp) -> AttributeValue {
    AttributeValue::N(now.unix_millis().to_string())
}

/// Whether an attribute of a head is one of its sums.
pub(super) fn is_sum(name: &str) -> bool {
    name == SUMMED || name.ends_with(|last: char| last.is_ascii_lowercase())
}

/// Adds sums to those of a head.
pub(super) fn add_sums(head: &mut Item, more: &Item) {
    let codes: BTreeSet<_> = head.set(SUMMED).iter().chain(more.set(SUMMED)).cloned().collect();
    if !codes.is_empty() {
        head.0.insert(SUMMED.to_owned(), AttributeValue::Ss(codes.into_iter().collect()));
    }
    for (name, value) in &more.0 {
        let known: Option<i64> = head.number(name);
        let Some((of, added)) = name.split_at_checked(name.len().saturating_sub(1)).zip(more.number::<i64>(name)) else { continue };
        let united = match (of.1, known) {
            (COUNT, Some(known)) => known.saturating_add(added).to_string(),
            (FIRST, Some(known)) => min(known, added).to_string(),
            (LAST, Some(known)) => max(known, added).to_string(),
            // Below, with the time that it belongs to.
            (BUTTON, _) => continue,
            _ => added.to_string(),
        };
        if of.1 == LAST && known.is_none_or(|known| known <= added) {
            let button = format!("{}{BUTTON}", of.0);
            head.0.remove(&button);
            head.0.extend(more.0.get_key_value(&button).map(|(name, value)| (name.clone(), value.clone())));
        }
        debug_assert!(matches!(value, AttributeValue::N(_)), "a sum is a number");
        head.0.insert(name.clone(), AttributeValue::N(united));
    }
}

#[cfg(test)]
mod tests {
    use super::super::attributes::{CLOSED_AT, EXPIRES_AT, GENERATION, PK, REV, SK};
    use super::*;
    use profiles_domain::ModelKind;
    use profiles_normalization::Number;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_unix_millis(millis).unwrap()
    }

    fn once(millis: i64) -> Span {
        Span { first: at(millis), last: at(millis) }
    }

    fn survey() -> Model {
        Model { kind: ModelKind::Survey, id: "s1".to_owned() }
    }

    fn head(activities: &[(Summed, i64)]) -> Item {
        let mut head = Item::default();
        activities.iter().for_each(|(summed, millis)| summed.add_to(&mut head, at(*millis)));
        head
    }

    fn response(button: Option<&str>) -> Summed {
        let button = button.map(|button| Value::Number(Number::parse(button).unwrap()));
        Summed::responded(&survey(), button.as_ref())
    }

    #[test]
    fn names_of_each_kind_have_codes_of_their_own() {
        let tour = Model { kind: ModelKind::Tour, id: "s1".to_owned() };
        let codes = [
            Summed::event("s1").of.code,
            Summed::reached(&tour, InteractionState::Started, once(1)).of.code,
            Summed::reached(&survey(), InteractionState::Started, once(1)).of.code,
        ];
        assert!(codes.iter().all(|code| code.len() == 8 && code.is_ascii()));
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), 3);
        assert_eq!(response(None).of.code, codes[2]);
    }

    #[test]
    fn a_head_tells_with_which_tours_there_are_interactions() {
        let all =
            head(&[(Summed::event("a"), 1), (response(None), 2), (Summed::reached(&survey(), InteractionState::Snoozed, once(3)), 3)]);
        assert_eq!(interacted(&all), BTreeSet::from([code_of(&survey())]));
        // An event's code may end in any letter.
        let event = Item([("aaaaaaasf".to_owned(), millis(at(1)))].into());
        assert!(interacted(&event).is_empty() && interacted(&head(&[(response(None), 2)])).is_empty());
    }

    #[test]
    fn no_attribute_of_a_sum_is_an_internal_one() {
        for internal in [PK, SK, REV, GENERATION, CLOSED_AT, EXPIRES_AT] {
            assert!(!is_sum(internal), "{internal}");
        }
        let all =
            head(&[(Summed::event("a"), 1), (response(Some("2")), 2), (Summed::reached(&survey(), InteractionState::Exited, once(3)), 3)]);
        assert!(all.0.keys().all(|name| is_sum(name)), "{all:?}");
    }

    #[test]
    fn sums_are_the_same_in_whatever_parts_they_are_united() {
        let all: Vec<_> = [
            (Summed::event("a"), 5),
            (Summed::event("a"), 2),
            (Summed::event("b"), 3),
            (response(Some("1")), 4),
            (response(Some("0")), 7),
            (Summed::reached(&survey(), InteractionState::Completed, once(6)), 6),
            (response(None), 8),
            (Summed::event("a"), 9),
        ]
        .into();
        for end in 1..=all.len() {
            let whole = head(&all[..end]);
            for cut in 0..=end {
                let mut united = head(&all[..cut]);
                add_sums(&mut united, &head(&all[cut..end]));
                assert_eq!(united, whole, "{cut} of {end}");
            }
        }
        let event = Summed::event("a");
        let whole = head(&all);
        assert_eq!([COUNT, FIRST, LAST].map(|of| whole.number::<i64>(&event.attribute(of))), [Some(3), Some(2), Some(9)]);
        // The last response pressed no button.
        assert_eq!(whole.number::<u64>(&response(None).attribute(BUTTON)), None);
        assert_eq!(head(&all[..5]).number::<u64>(&response(None).attribute(BUTTON)), Some(0));
    }
}
