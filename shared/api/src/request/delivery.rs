//! The fields of a delivery: of an order, or of a change of one.

use profiles_domain::{AtLimit, DeliveryOrder, Error, MAX_DELIVERIES, MAX_OPTIONS_BYTES, Model, ModelKind, Placement, Position};
use profiles_normalization::Timestamp;
use serde_json::{Map, Value};

use super::{Parameter, Parameters, read_model_id, read_time};

/// The fields of an order that a change may have, too.
pub(crate) const DELIVERY_FIELDS: [&str; 12] = [
    MODEL_KIND,
    MODEL_ID,
    "from",
    UNTIL,
    "once",
    "use_segmentation",
    "skip_triggers",
    "skip_url_match",
    "options",
    POSITION,
    LIMIT,
    AT_LIMIT,
];

const MODEL_KIND: &str = "model_kind";
const MODEL_ID: &str = "model_id";
const UNTIL: &str = "until";
const POSITION: &str = "delivery_ids_position";
const LIMIT: &str = "delivery_ids_limit";
const AT_LIMIT: &str = "delivery_ids_at_limit";

/// Reads an order.
///
/// # Errors
/// The first field that cannot be used.
pub(crate) fn read_order(parameters: &Parameters<'_>, now: Timestamp) -> Result<DeliveryOrder, Error> {
    let kind = read_model_kind(parameters.last_named(MODEL_KIND))?;
    let id = read_model_id(MODEL_ID, parameters.last_named(MODEL_ID))?;
    edit_order(DeliveryOrder::of(Model { kind, id }), parameters, now)
}

/// Returns an order with the fields that were sent. `null` makes a field what it is without being told.
///
/// # Errors
/// The first field that cannot be used.
pub(crate) fn edit_order(order: DeliveryOrder, parameters: &Parameters<'_>, now: Timestamp) -> Result<DeliveryOrder, Error> {
    let sent = |field: &str| parameters.last_named(field);
    let DeliveryOrder { model: Model { mut kind, mut id }, .. } = order;
    if let Some(sent) = sent(MODEL_KIND) {
        kind = read_model_kind(Some(sent))?;
    }
    if let Some(sent) = sent(MODEL_ID) {
        id = read_model_id(MODEL_ID, Some(sent))?;
    }
    let untold = DeliveryOrder::of(Model { kind, id });
    let time = |field: &str, before| sent(field).map_or(Ok(before), |sent| read_time(field, sent, now));
    let (from, until) = (time("from", order.from)?, time(UNTIL, order.until)?);
    if until.is_some_and(|until| until <= now) {
        return Err(Error::invalid_field(UNTIL, "a time that is not over yet"));
    }
    if from.zip(until).is_some_and(|(from, until)| until <= from) {
        return Err(Error::invalid_field(UNTIL, "a time after that of `from`"));
    }
    let flag = |field: &str, before, untold| match sent(field) {
        None => Ok(before),
        Some(sent) if sent.is_null() => Ok(untold),
        Some(Parameter::Json(raw)) => truth(field, raw.get().trim_matches('"')),
        Some(Parameter::Text(text)) => truth(field, text),
    };
    Ok(DeliveryOrder {
        from,
        until,
        once: flag("once", order.once, untold.once)?,
        use_segmentation: flag("use_segmentation", order.use_segmentation, untold.use_segmentation)?,
        skip_triggers: flag("skip_triggers", order.skip_triggers, untold.skip_triggers)?,
        skip_url_match: flag("skip_url_match", order.skip_url_match, untold.skip_url_match)?,
        options: sent("options").map_or(Ok(order.options), read_options)?,
        placement: read_placement(parameters)?,
        ..untold
    })
}

/// Reads the kind of an experience.
///
/// # Errors
/// If it is none.
pub(crate) fn read_model_kind(sent: Option<Parameter<'_>>) -> Result<ModelKind, Error> {
    let kind = sent.and_then(Parameter::string).and_then(|word| ModelKind::from_word(&word));
    kind.ok_or_else(|| Error::invalid_field(MODEL_KIND, "`tour` or `survey`"))
}

fn truth(field: &str, text: &str) -> Result<bool, Error> {
    text.parse().map_err(|_| Error::invalid_field(field, "`true` or `false`"))
}

/// Reads the options, which stay as they were sent: they are read by what is shown, not here.
fn read_options(sent: Parameter<'_>) -> Result<Option<String>, Error> {
    let text = match sent {
        sent if sent.is_null() => return Ok(None),
        Parameter::Text("") => return Ok(None),
        Parameter::Json(raw) => raw.get(),
        Parameter::Text(text) => text,
    };
    let is_read = serde_json::from_str::<Map<String, Value>>(text).is_ok() && text.len() <= MAX_OPTIONS_BYTES;
    if is_read { Ok(Some(text.to_owned())) } else { Err(Error::invalid_field("options", "a hash of at most 4096 bytes of JSON")) }
}

fn read_placement(parameters: &Parameters<'_>) -> Result<Placement, Error> {
    let sent = |field: &str| parameters.last_named(field).filter(|sent| !sent.is_null());
    let position = match sent(POSITION) {
        None => None,
        Some(sent) => Some(read_position(sent).ok_or_else(|| Error::invalid_field(POSITION, "`first`, `last` or an index from 0"))?),
    };
    let limit = match sent(LIMIT) {
        None => None,
        Some(sent) => {
            let limit = sent.number().and_then(|limit| usize::try_from(limit).ok()).filter(|limit| (1..=MAX_DELIVERIES).contains(limit));
            Some(limit.ok_or_else(|| Error::invalid_field(LIMIT, "a whole number from 1 to 3"))?)
        }
    };
    let at_limit = match sent(AT_LIMIT) {
        None => None,
        Some(sent) => {
            let known = sent.string().and_then(|word| AtLimit::from_word(&word));
            Some(known.ok_or_else(|| Error::invalid_field(AT_LIMIT, "`error` or `drop`"))?)
        }
    };
    Ok(Placement { position, limit, at_limit })
}

fn read_position(sent: Parameter<'_>) -> Option<Position> {
    match sent.string().as_deref() {
        Some("first") => Some(Position::First),
        Some("last") => Some(Position::Last),
        _ => sent.number().and_then(|index| usize::try_from(index).ok()).map(Position::Index),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_870_258_680_000;

    fn now() -> Timestamp {
        Timestamp::from_unix_millis(NOW).unwrap()
    }

    fn read(json: &str) -> Result<DeliveryOrder, Error> {
        read_order(&Parameters::of_object(json).ok().unwrap(), now())
    }

    fn model() -> Model {
        Model { kind: ModelKind::Tour, id: "t1".to_owned() }
    }

    fn time(text: &str) -> Option<Timestamp> {
        Timestamp::parse_canonical(text)
    }

    #[test]
    fn an_order_says_what_when_and_how() {
        assert_eq!(read(r#"{"model_kind":"tour","model_id":"t1","uid":1}"#), Ok(DeliveryOrder::of(model())));
        let all = read(
            r#"{"modelKind":"tour","modelId":"t1","from":"+30m","until":"+3d","once":true,"use_segmentation":"true","skip_triggers":false,
                "skipUrlMatch":"false","options":{"Title":"1.10","b":{"c":[1.10]}},"delivery_ids_position":"1","delivery_ids_limit":2,
                "delivery_ids_at_limit":"drop"}"#,
        );
        let expected = DeliveryOrder {
            from: time("2029-04-07T12:48:00.000Z"),
            until: time("2029-04-10T12:18:00.000Z"),
            once: true,
            use_segmentation: true,
            skip_triggers: false,
            skip_url_match: false,
            options: Some(r#"{"Title":"1.10","b":{"c":[1.10]}}"#.to_owned()),
            placement: Placement { position: Some(Position::Index(1)), limit: Some(2), at_limit: Some(AtLimit::Drop) },
            ..DeliveryOrder::of(model())
        };
        assert_eq!(all, Ok(expected));
    }

    #[test]
    fn a_change_has_what_was_sent_and_leaves_the_rest() {
        let before = DeliveryOrder {
            from: time("2029-04-01T00:00:00.000Z"),
            until: time("2029-05-01T00:00:00.000Z"),
            skip_triggers: false,
            options: Some("{}".to_owned()),
            ..DeliveryOrder::of(model())
        };
        let edit = |json: &str| edit_order(before.clone(), &Parameters::of_object(json).ok().unwrap(), now());
        assert_eq!(edit("{}"), Ok(before.clone()));
        assert_eq!(edit(r#"{"once":true}"#), Ok(DeliveryOrder { once: true, ..before.clone() }));
        let untold = edit(r#"{"from":null,"until":null,"skip_triggers":null,"options":null,"once":null,"delivery_ids_limit":null}"#);
        assert_eq!(untold, Ok(DeliveryOrder::of(model())));
        let other = edit(r#"{"model_kind":"survey"}"#).unwrap().model;
        assert_eq!(other, Model { kind: ModelKind::Survey, id: "t1".to_owned() });
        for (json, field) in
            [(r#"{"model_id":null}"#, "model_id"), (r#"{"from":"2029-06-01"}"#, "until"), (r#"{"until":"2029-04-01"}"#, "until")]
        {
            assert!(matches!(edit(json), Err(Error::InvalidField { field: named, .. }) if named == field), "{json}");
        }
    }

    #[test]
    fn whatever_is_wrong_is_named_by_its_field() {
        let with = |rest: &str| format!(r#"{{"model_kind":"tour","model_id":"t1",{rest}}}"#);
        let long = format!(r#""options":{{"a":"{}"}}"#, "x".repeat(MAX_OPTIONS_BYTES));
        for (json, expected) in [
            ("{}".to_owned(), "model_kind"),
            (r#"{"model_kind":"launcher","model_id":"t1"}"#.to_owned(), "model_kind"),
            (r#"{"model_kind":"tour"}"#.to_owned(), "model_id"),
            (r#"{"model_kind":"tour","model_id":""}"#.to_owned(), "model_id"),
            (r#"{"model_kind":"tour","model_id":[]}"#.to_owned(), "model_id"),
            (with(r#""from":"soon""#), "from"),
            (with(r#""until":true"#), "until"),
            (with(r#""from":"+3d","until":"+3d""#), "until"),
            (with(r#""until":"2020-01-01""#), "until"),
            (with(r#""until":1577836800"#), "until"),
            (with(r#""until":"$now""#), "until"),
            (with(r#""until":"+0m""#), "until"),
            (with(r#""until":"2029-04-07T14:18:00+02:00""#), "until"),
            (with(r#""once":"perhaps""#), "once"),
            (with(r#""once":1"#), "once"),
            (with(r#""use_segmentation":[]"#), "use_segmentation"),
            (with(r#""skip_triggers":"""#), "skip_triggers"),
            (with(r#""skip_url_match":"yes""#), "skip_url_match"),
            (with(r#""options":[]"#), "options"),
            (with(r#""options":"a""#), "options"),
            (with(r#""options":{"a":"\ud83d"}"#), "options"),
            (with(&long), "options"),
            (with(r#""delivery_ids_position":"middle""#), "delivery_ids_position"),
            (with(r#""delivery_ids_position":-1"#), "delivery_ids_position"),
            (with(r#""delivery_ids_limit":0"#), "delivery_ids_limit"),
            (with(r#""delivery_ids_limit":4"#), "delivery_ids_limit"),
            (with(r#""delivery_ids_at_limit":"pop""#), "delivery_ids_at_limit"),
        ] {
            let Err(Error::InvalidField { field, .. }) = read(&json) else { panic!("{json}") };
            assert_eq!(field, expected, "{json}");
        }
    }

    proptest! {
        #[test]
        fn no_order_makes_it_panic(
            name in "(model_kind|model_id|from|until|once|options|delivery_ids_(position|limit|at_limit))",
            value in "(null|true|-?(0|[1-9][0-9]{0,39})|\"[+0-9a-z:-]*\"|\\{\\}|\\[\\])",
        ) {
            let _ = read(&format!(r#"{{"model_kind":"tour","model_id":"t","{name}":{value}}}"#));
        }

        #[test]
        fn an_order_never_ends_before_it_can_begin(from in -100_i64..100, until in -100_i64..100) {
            let time = |hours: i64| Timestamp::from_unix_millis(NOW + hours * 3_600_000).unwrap();
            let json = format!(r#"{{"model_kind":"tour","model_id":"t","from":"{}","until":"{}"}}"#, time(from), time(until));
            prop_assert_eq!(read(&json).is_ok(), until > from.max(0));
        }
    }
}
