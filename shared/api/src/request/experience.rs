//! The payload of Chameleon's outgoing webhooks, which report what a user did in a tour or Microsurvey.

use profiles_domain::{Error, Identity, InteractionState, Model, ModelKind, Step, WebhookEvent};
use profiles_normalization::{Timestamp, Warning};

use super::{IdentityReader, Parameter, Parameters, half_a_pair, read_model_id};

/// Bytes of a webhook's id at most.
const MAX_WEBHOOK_ID_BYTES: usize = 255;
/// The kind of a webhook about a response to a Microsurvey.
const RESPONSE_FINISHED: &str = "response.finished";
/// Fields of a response that the service sets itself; values sent under these names are ignored.
const SET_BY_SERVICE: [&str; 3] = ["created_at", "survey_id", "profile"];

/// A webhook.
pub(crate) struct Experience {
    /// The webhook's id.
    pub(crate) webhook_id: String,
    /// The user and the event; none if webhooks of this kind are not recorded.
    pub(crate) event: Option<(Identity, WebhookEvent)>,
    /// Fields that were not stored, or not as sent.
    pub(crate) warnings: Vec<Warning>,
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
    let Some((model, state)) = meaning(&kind) else {
        let message =
            "not stored: known are `tour.…` and `survey.…` with `started`, `completed`, `exited` and `snoozed`, and `response.finished`";
        warnings.push(Warning { prop: "kind".to_owned(), message: message.to_owned() });
        return Ok(Experience { webhook_id, event: None, warnings });
    };
    let data = object(parameters, "data", "data")?;
    let identity = identity(&object(&data, "profile", "data.profile")?, &mut warnings)?;
    let path = match model {
        ModelKind::Tour => "data.tour",
        ModelKind::Survey => "data.survey",
    };
    let id = object(&data, model.as_str(), path)?;
    let model = Model { kind: model, id: read_model_id(id_field(model), id.last("id"))? };
    let step = match state {
        Some(state) => Step::Reached(state),
        None => response(&data, now, &mut warnings)?,
    };
    Ok(Experience { event: Some((identity, WebhookEvent { webhook_id: webhook_id.clone(), model, step })), webhook_id, warnings })
}

/// The field that has the id of the tour or Microsurvey.
pub(crate) fn id_field(model: ModelKind) -> &'static str {
    match model {
        ModelKind::Tour => "data.tour.id",
        ModelKind::Survey => "data.survey.id",
    }
}

/// Parses a webhook's kind into the kind of experience and its new state; without a state, it is about a response. `None` if the kind is
/// unknown.
fn meaning(kind: &str) -> Option<(ModelKind, Option<InteractionState>)> {
    if kind == RESPONSE_FINISHED {
        return Some((ModelKind::Survey, None));
    }
    let (model, state) = kind.split_once('.')?;
    Some((ModelKind::from_word(model)?, Some(InteractionState::from_word(state)?)))
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

/// Reads the properties of a response.
fn response(data: &Parameters<'_>, now: Timestamp, warnings: &mut Vec<Warning>) -> Result<Step, Error> {
    const PATH: &str = "data.response";
    let raw = raw_object(data, "response", PATH)?;
    let mut own_warnings = Vec::new();
    let mut properties = profiles_normalization::properties(raw, now, &mut own_warnings).map_err(|_| half_a_pair(PATH))?;
    // The response gets a new id here.
    properties.remove("id");
    for name in SET_BY_SERVICE {
        if properties.remove(name).is_some() {
            own_warnings.push(Warning { prop: name.to_owned(), message: "ignored: only the service itself sets it".to_owned() });
        }
    }
    warnings.extend(own_warnings.into_iter().map(|warning| Warning { prop: format!("{PATH}.{}", warning.prop), ..warning }));
    Ok(Step::Responded(properties))
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
        read(&format!(r#"{{"id":"w1","kind":"{kind}","sent_at":"2029-04-07T12:18:00Z","data":{data}}}"#)).ok().unwrap().event.unwrap()
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
        let Step::Responded(properties) = event.step else { panic!("an answer") };
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
            assert!(read.event.is_none());
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
