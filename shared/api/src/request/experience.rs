//! The payload of Chameleon's outgoing webhooks, which report what a user did in a tour or Microsurvey.

use std::collections::{BTreeMap, BTreeSet};

use profiles_domain::{About, Error, Event, Group, Identity, InteractionState, Model, ModelKind, ResponseId, Snooze, Step, WebhookEvent};
use profiles_normalization::{Timestamp, Value, Warning};

use super::{IdentityReader, Parameter, Parameters, half_a_pair, read_model_id, read_time};

/// Bytes of a webhook's id at most.
const MAX_WEBHOOK_ID_BYTES: usize = 255;
/// Bytes of the name of a tour or survey at most; a longer one is cut.
const MAX_NAME_BYTES: usize = 768;
/// The kind of a webhook about a response to a Microsurvey.
const RESPONSE_FINISHED: &str = "response.finished";
/// Fields of a response that the service sets itself; values sent under these names are ignored.
const SET_BY_SERVICE: [&str; 5] = ["created_at", "updated_at", "survey_id", "profile_id", "profile"];
/// The models of which an event has the id, if a webhook tells it.
const NAMED_IN_EVENTS: [&str; 6] = ["tour", "survey", "embed", "demo", "step", "button"];

/// A webhook.
pub(crate) struct Experience {
    /// The webhook's id.
    pub(crate) webhook_id: String,
    /// The user and what happened; none if webhooks of this kind are not recorded.
    pub(crate) happened: Option<(Identity, Happened)>,
    /// Fields that were not stored, or not as sent.
    pub(crate) warnings: Vec<Warning>,
}

/// What a webhook tells.
pub(crate) enum Happened {
    /// A step in a tour or Microsurvey.
    Step(WebhookEvent),
    /// Something else, which is recorded as an event.
    Event(Event),
}

/// Reads a webhook.
///
/// # Errors
/// A field that cannot be used, or no identifier.
pub(crate) fn read_experience(parameters: &Parameters<'_>, now: Timestamp) -> Result<Experience, Error> {
    let webhook_id = webhook_id(parameters)?;
    let mut warnings = Vec::new();
    let kind = parameters.last("kind").and_then(Parameter::string);
    let kind = kind.ok_or_else(|| Error::invalid_field("kind", "a string such as `tour.started`"))?;
    let happened = if let Some((model, state)) = meaning(&kind) {
        let data = object(parameters, "data", "data")?;
        let identity = identity(&object(&data, "profile", "data.profile")?, &mut warnings)?;
        let path = match model {
            ModelKind::Tour => "data.tour",
            ModelKind::Survey => "data.survey",
        };
        let sent = object(&data, model.as_str(), path)?;
        let model = Model { kind: model, id: read_model_id(id_field(model), sent.last("id"))? };
        let about = about(&sent, path, now, &mut warnings);
        let step = match state {
            Some(state) => Step::Reached(state),
            None => response(&data, &model, now, &mut warnings)?,
        };
        let webhook_id = webhook_id.clone();
        let Action { group, snooze, goal_at } = action(&data, now, &mut warnings);
        let event = WebhookEvent { webhook_id, model, about, step, sent_at: sent_at(parameters, now), group, snooze, goal_at };
        Some((identity, Happened::Step(event)))
    } else if is_event(&kind) {
        let event = event(parameters, &kind, now, &mut warnings)?;
        if event.is_none() {
            let message = "not stored: the webhook names no user";
            warnings.push(Warning { prop: "data.profile".to_owned(), message: message.to_owned() });
        }
        event.map(|(identity, event)| (identity, Happened::Event(event)))
    } else {
        let message = "not stored: known are `tour.…` and `survey.…` with `started`, `completed`, `exited` and `snoozed`, \
                       `response.finished`, `….button.clicked`, `embed.…`, `helpbar.…` and `demo.…`";
        warnings.push(Warning { prop: "kind".to_owned(), message: message.to_owned() });
        None
    };
    Ok(Experience { webhook_id, happened, warnings })
}

/// When a webhook was sent: now, if it does not say that, or says that it will be.
fn sent_at(parameters: &Parameters<'_>, now: Timestamp) -> Timestamp {
    let sent_at = parameters.last("sent_at").and_then(|sent| read_time("sent_at", sent, now).ok()?);
    sent_at.map_or(now, |sent_at| sent_at.min(now))
}

/// What a webhook tells in `data.action`.
#[derive(Default)]
struct Action {
    group: Option<Group>,
    snooze: Snooze,
    goal_at: Option<Timestamp>,
}

/// Reads what made a tour or survey begin, how it was put off, and when its goal was reached.
fn action(data: &Parameters<'_>, now: Timestamp, warnings: &mut Vec<Warning>) -> Action {
    let Some(action) = raw_object(data, "action", "data.action").ok().and_then(|raw| Parameters::of_object(raw).ok()) else {
        return Action::default();
    };
    let text = |name: &str| action.last(name).and_then(word);
    let group = Group { kind: text("group_kind"), id: text("group_id") };
    // The original spells these in one way in webhooks, and in another where it lists interactions.
    let either = |one: &str, other: &str| {
        let is_there = |name: &str| action.last(name).is_some_and(|sent| !sent.is_null());
        if is_there(one) { one.to_owned() } else { other.to_owned() }
    };
    let until = time(&action, "data.action", &either("deferred_until", "defer_until"), now, warnings);
    let count = action.last(&either("deferred_count", "defer_count")).and_then(Parameter::number);
    let goal_at = time(&action, "data.action", "goal_at", now, warnings);
    Action { group: (group != Group::default()).then_some(group), snooze: Snooze { until, count }, goal_at }
}

/// Reads what is told of a tour or survey.
fn about(sent: &Parameters<'_>, path: &str, now: Timestamp, warnings: &mut Vec<Warning>) -> About {
    let name = sent.last("name").and_then(Parameter::string).map(|mut name| {
        name.truncate(name.floor_char_boundary(MAX_NAME_BYTES));
        name
    });
    About { name: name.filter(|name| !name.is_empty()), published_at: time(sent, path, "published_at", now, warnings) }
}

/// Reads a time that is not needed. What is no time is left out, and said.
fn time(sent: &Parameters<'_>, path: &str, name: &str, now: Timestamp, warnings: &mut Vec<Warning>) -> Option<Timestamp> {
    let value = sent.last(name)?;
    read_time(name, value, now).unwrap_or_else(|_| {
        warnings.push(Warning { prop: format!("{path}.{name}"), message: "ignored: it is not a time".to_owned() });
        None
    })
}

/// Reads a short text, or a number as one.
fn word(sent: Parameter<'_>) -> Option<String> {
    const MAX_BYTES: usize = 255;
    let text = sent.string().or_else(|| sent.number().map(|number| number.to_string()))?;
    Some(text).filter(|text| (1..=MAX_BYTES).contains(&text.len()))
}

/// The field that has the id of the tour or Microsurvey.
pub(crate) fn id_field(model: ModelKind) -> &'static str {
    match model {
        ModelKind::Tour => "data.tour.id",
        ModelKind::Survey => "data.survey.id",
    }
}

/// Parses a webhook's kind into the kind of experience and its new state; without a state, it is about a response. `None` for all others.
fn meaning(kind: &str) -> Option<(ModelKind, Option<InteractionState>)> {
    if kind == RESPONSE_FINISHED {
        return Some((ModelKind::Survey, None));
    }
    let (model, state) = kind.split_once('.')?;
    Some((ModelKind::from_word(model)?, Some(InteractionState::from_word(state)?)))
}

/// Whether webhooks of this kind are recorded as events of their user.
fn is_event(kind: &str) -> bool {
    let about = kind.split_once('.').map(|(model, topic)| (model, !topic.is_empty()));
    kind.strip_suffix(".button.clicked").is_some_and(|model| !model.is_empty())
        || matches!(about, Some(("embed" | "helpbar" | "demo", true)))
}

/// Reads a webhook as an event, whose name is the webhook's kind; `None` if it names no user.
fn event(parameters: &Parameters<'_>, kind: &str, now: Timestamp, warnings: &mut Vec<Warning>) -> Result<Option<(Identity, Event)>, Error> {
    let Ok(data) = object(parameters, "data", "data") else { return Ok(None) };
    let Ok(profile) = object(&data, "profile", "data.profile") else { return Ok(None) };
    let identity = match identity(&profile, warnings) {
        Err(Error::NoIdentifier | Error::NoUsableIdentifier(_)) => return Ok(None),
        identity => identity?,
    };
    let mut properties = match raw_object(&data, "action", "data.action") {
        Ok(raw) => normalized(raw, "data.action", now, warnings)?,
        Err(_) => BTreeMap::new(),
    };
    // It is the id of the webhook's own action.
    properties.remove("id");
    for model in NAMED_IN_EVENTS {
        let sent = object(&data, model, "data").ok();
        if let Some(id) = sent.and_then(|sent| sent.last("id").and_then(word)) {
            properties.insert(format!("{model}_id"), Value::String(id));
        }
    }
    let name = profiles_normalization::name(kind).map_err(|_| Error::invalid_field("kind", "a string of at most 255 bytes"))?;
    Ok(Some((identity, Event { name, properties, cut: BTreeSet::new() })))
}

fn webhook_id(parameters: &Parameters<'_>) -> Result<String, Error> {
    let id = parameters.last("id").and_then(Parameter::string).filter(|id| (1..=MAX_WEBHOOK_ID_BYTES).contains(&id.len()));
    id.ok_or_else(|| Error::invalid_field("id", "a string of 1 to 255 bytes, the webhook's own id"))
}

/// Reads the user's identifier. Only one is used, because a webhook never changes a uid or an address: the customer's uid, else the
/// address, else the id, which may be from another service.
fn identity(profile: &Parameters<'_>, warnings: &mut Vec<Warning>) -> Result<Identity, Error> {
    let mut identity = IdentityReader::default();
    if let Some(sent) = profile.last("uid") {
        identity.read_uid("data.profile.uid", sent, warnings)?;
    }
    if let Some(sent) = profile.last("email").filter(|_| identity.is_empty()) {
        // A webhook changes no address anyway.
        let mut of_null = Vec::new();
        identity.read_email("data.profile.email", sent, if sent.is_null() { &mut of_null } else { warnings })?;
    }
    if let Some(sent) = profile.last("id").filter(|_| identity.is_empty()) {
        identity.read_id("data.profile.id", sent)?;
    }
    identity.finish()
}

/// Reads a response: its id, if it can be used, and its properties.
fn response(data: &Parameters<'_>, survey: &Model, now: Timestamp, warnings: &mut Vec<Warning>) -> Result<Step, Error> {
    const PATH: &str = "data.response";
    let raw = raw_object(data, "response", PATH)?;
    let mut properties = normalized(raw, PATH, now, warnings)?;
    let mut ignored = |name: &str, message: &str| warnings.push(Warning { prop: format!("{PATH}.{name}"), message: message.to_owned() });
    let id = match properties.remove("id") {
        None | Some(Value::Null) => None,
        Some(Value::String(id)) if id.parse::<ResponseId>().is_ok() => id.parse().ok(),
        Some(_) => {
            ignored("id", "not used: an id is 24 hex digits in lower case, so the response was given another one");
            None
        }
    };
    for name in SET_BY_SERVICE {
        let sent = properties.remove(name);
        let is_known = name == "survey_id" && sent == Some(Value::String(survey.id.clone()));
        if sent.is_some() && !is_known {
            ignored(name, "ignored: only the service itself sets it");
        }
    }
    Ok(Step::Responded { id, properties })
}

/// Normalizes the properties in an object; warnings name them by their paths.
fn normalized(raw: &str, path: &'static str, now: Timestamp, warnings: &mut Vec<Warning>) -> Result<BTreeMap<String, Value>, Error> {
    let mut own = Vec::new();
    let properties = profiles_normalization::properties(raw, now, &mut own).map_err(|_| half_a_pair(path))?;
    warnings.extend(own.into_iter().map(|warning| Warning { prop: format!("{path}.{}", warning.prop), ..warning }));
    Ok(properties)
}

fn object<'a>(parameters: &'a Parameters<'_>, name: &str, path: &'static str) -> Result<Parameters<'a>, Error> {
    Parameters::of_object(raw_object(parameters, name, path)?).map_err(|_| half_a_pair(path))
}

fn raw_object<'a>(parameters: &'a Parameters<'_>, name: &str, path: &'static str) -> Result<&'a str, Error> {
    match parameters.last(name) {
        Some(Parameter::Json(raw)) if raw.get().starts_with('{') => Ok(raw.get()),
        _ => Err(Error::invalid_field(path, "an object, as Chameleon's webhooks have it")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(json: &str) -> Result<Experience, Error> {
        let parameters = Parameters::of_object(json).map_err(|_| Error::NoIdentifier)?;
        read_experience(&parameters, Timestamp::from_unix_millis(0).unwrap())
    }

    fn event(kind: &str, data: &str) -> (Identity, WebhookEvent) {
        let read = read(&format!(r#"{{"id":"w1","kind":"{kind}","sent_at":"2029-04-07T12:18:00Z","data":{data}}}"#)).ok().unwrap();
        match read.happened.unwrap() {
            (identity, Happened::Step(event)) => (identity, event),
            (_, Happened::Event(_)) => panic!("a step"),
        }
    }

    const DATA: &str = r#"{"profile":{"id":"5f3c4232c712de665632a6d5","uid":18821},"tour":{"id":"t1","name":"Welcome"},"survey":{"id":"s1"},
        "response":{"id":"r1","button_text":"Great","button_order":2,"inputText":null,"finished_at":"2029-04-07T12:18:00Z"}}"#;

    #[test]
    fn each_kind_tells_what_happened_in_which_experience() {
        for model in ModelKind::ALL {
            for state in InteractionState::ALL {
                let (_, event) = event(&format!("{}.{}", model.as_str(), state.as_str()), DATA);
                let id = if model == ModelKind::Tour { "t1" } else { "s1" };
                assert!(event.model == Model { kind: model, id: id.to_owned() } && event.webhook_id == "w1");
                assert!(event.step == Step::Reached(state));
            }
        }
    }

    #[test]
    fn an_answer_has_all_that_was_sent_of_it_but_its_id() {
        let (_, event) = event("response.finished", DATA);
        let Step::Responded { properties, .. } = event.step else { panic!("an answer") };
        assert_eq!(properties.keys().collect::<Vec<_>>(), ["button_order", "button_text", "finished_at", "input_text"]);
        assert!(event.model == Model { kind: ModelKind::Survey, id: "s1".to_owned() });
    }

    #[test]
    fn what_an_answer_has_of_its_own_is_not_taken_from_the_request() {
        let data = DATA.replace("\"id\":\"r1\"", r#""survey_id":"x","createdAt":1,"profile":{},"notes":[[]]"#);
        let read = read(&format!(r#"{{"id":"w1","kind":"response.finished","data":{data}}}"#)).ok().unwrap();
        let warned: Vec<_> = read.warnings.iter().map(|warning| warning.prop.as_str()).collect();
        assert_eq!(warned, ["data.response.notes", "data.response.created_at", "data.response.survey_id", "data.response.profile"]);
    }

    #[test]
    fn what_made_it_begin_is_read_where_it_is_told() {
        let group =
            |action: &str| event("tour.started", &format!(r#"{{"profile":{{"uid":1}},"tour":{{"id":1}},"action":{action}}}"#)).1.group;
        let of = |kind: Option<&str>, id: Option<&str>| Some(Group { kind: kind.map(str::to_owned), id: id.map(str::to_owned) });
        assert_eq!(
            group(r#"{"id":"a","group_kind":"delivery","group_id":"5f3c4232c712de665632a6d5"}"#),
            of(Some("delivery"), Some("5f3c4232c712de665632a6d5"))
        );
        assert_eq!(group(r#"{"group_kind":"link","group_id":null}"#), of(Some("link"), None));
        assert_eq!(group(r#"{"group_kind":[],"group_id":17}"#), of(None, Some("17")));
        for nothing in ["{}", "null", "[]", "5", r#"{"group_kind":"","group_id":{}}"#] {
            assert_eq!(group(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_webhook_was_sent_when_it_says_but_never_later_than_now() {
        let now = Timestamp::from_unix_millis(1_870_258_680_000).unwrap();
        let sent_at = |sent: &str| {
            let json = format!(r#"{{"id":"w","kind":"tour.started",{sent}"data":{{"profile":{{"uid":1}},"tour":{{"id":1}}}}}}"#);
            let parameters = Parameters::of_object(&json).ok().unwrap();
            match read_experience(&parameters, now).ok().unwrap().happened.unwrap().1 {
                Happened::Step(event) => event.sent_at,
                Happened::Event(_) => panic!("a step"),
            }
        };
        assert_eq!(sent_at(r#""sent_at":"2029-04-07T12:17:59.999Z","#).to_string(), "2029-04-07T12:17:59.999Z");
        assert_eq!(sent_at(r#""sent_at":1870258000,"#).unix_millis(), 1_870_258_000_000);
        for unknown in ["", r#""sent_at":null,"#, r#""sent_at":"soon","#, r#""sent_at":[],"#, r#""sent_at":"2029-04-07T12:18:00.001Z","#] {
            assert_eq!(sent_at(unknown), now, "{unknown}");
        }
    }

    #[test]
    fn a_user_is_named_by_the_uid_else_by_the_address_else_by_the_id() {
        let named = |profile: &str| event("tour.started", &format!(r#"{{"profile":{profile},"tour":{{"id":1}}}}"#)).0;
        let all = named(r#"{"id":"5f3c4232c712de665632a6d5","uid":1,"email":"a@b"}"#);
        assert!(all.uid.is_some() && all.email.is_none() && all.id.is_none());
        let address = named(r#"{"id":"5f3c4232c712de665632a6d5","uid":null,"email":"a@b"}"#);
        assert!(address.uid.is_none() && address.email.is_some() && address.id.is_none());
        assert!(named(r#"{"id":"5f3c4232c712de665632a6d5","email":"nobody"}"#).id.is_some());
    }

    #[test]
    fn an_unknown_kind_is_said_and_nothing_else_of_it_is_read() {
        for kind in ["tour.seen", "tour", "launcher.started", "survey.finished", "", "response.started"] {
            let read = read(&format!(r#"{{"id":"w1","kind":"{kind}"}}"#)).ok().unwrap();
            assert!(read.happened.is_none());
            assert_eq!(read.warnings.iter().map(|warning| warning.prop.as_str()).collect::<Vec<_>>(), ["kind"]);
        }
    }

    #[test]
    fn whatever_is_wrong_is_named_by_its_field() {
        let whole = |data: &str| format!(r#"{{"id":"w1","kind":"response.finished","data":{data}}}"#);
        for (json, expected) in [
            (r#"{"kind":"tour.started"}"#.to_owned(), "id"),
            (r#"{"id":"","kind":"tour.started"}"#.to_owned(), "id"),
            (r#"{"id":5,"kind":"tour.started"}"#.to_owned(), "id"),
            (format!(r#"{{"id":"{}","kind":"tour.started"}}"#, "x".repeat(256)), "id"),
            (r#"{"id":"w1"}"#.to_owned(), "kind"),
            (r#"{"id":"w1","kind":["tour.started"]}"#.to_owned(), "kind"),
            (r#"{"id":"w1","kind":"tour.started"}"#.to_owned(), "data"),
            (whole("[]"), "data"),
            (whole("{}"), "data.profile"),
            (whole(r#"{"profile":{"id":5}}"#), "data.profile.id"),
            (whole(r#"{"profile":{"uid":1}}"#), "data.survey"),
            (whole(r#"{"profile":{"uid":1},"survey":{}}"#), "data.survey.id"),
            (whole(r#"{"profile":{"uid":1},"survey":{"id":1.5}}"#), "data.survey.id"),
            (whole(&format!(r#"{{"profile":{{"uid":1}},"survey":{{"id":"{}"}}}}"#, "x".repeat(256))), "data.survey.id"),
            (whole(r#"{"profile":{"uid":1},"survey":{"id":"s"}}"#), "data.response"),
        ] {
            assert!(matches!(read(&json), Err(Error::InvalidField { field, .. }) if field == expected), "{json}");
        }
        assert!(matches!(read(&whole(r#"{"profile":{"uid":true,"email":"x"}}"#)), Err(Error::NoUsableIdentifier(_))));
        let long = whole(&format!(r#"{{"profile":{{"uid":"{}"}}}}"#, "x".repeat(769)));
        assert!(matches!(read(&long), Err(Error::InvalidUid { field: "data.profile.uid", .. })));
    }

    proptest! {
        #[test]
        fn no_payload_makes_it_panic(kind in "(tour|survey|response)\\.(started|finished|x)", data in "(\\{\"(profile|survey|tour|response)\":(\\{\"(id|uid)\":(1|\"a\"|null|\"\\\\\\\\ud83d\")\\}|[0-9]|null)\\}|\\[\\]|5)") {
            let _ = read(&format!(r#"{{"id":"w","kind":"{kind}","data":{data}}}"#));
        }
    }
}
