//! Records and filters for tests.

use std::collections::BTreeMap;

use profiles_domain::Error;
use profiles_filters::{Activity, ActivityFilter, Filters, GroupOp, Look, Normalized, PropertyFilter, Record, Stored};
use profiles_normalization::{Number, Timestamp, Value};

/// The time of all requests: 2029-04-07T12:00:00.000Z
pub(crate) const NOW: i64 = 1_870_257_600_000;

pub(crate) fn now() -> Timestamp {
    Timestamp::from_unix_millis(NOW).unwrap()
}

/// The text of the time so many milliseconds before the request.
pub(crate) fn ago(millis: i64) -> String {
    Timestamp::from_unix_millis(NOW - millis).unwrap().to_string()
}

pub(crate) fn read(json: &str) -> Result<Filters, Error> {
    Filters::parse(json, GroupOp::And, now())
}

pub(crate) fn filters(json: &str) -> Filters {
    read(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

/// The path and the expectation of the error.
pub(crate) fn refusal(json: &str) -> (String, &'static str) {
    match read(json) {
        Err(Error::InvalidField { field, expected }) => (field, expected),
        Err(error) => panic!("{json}: {error}"),
        Ok(_) => panic!("accepted: {json}"),
    }
}

/// A value as it is, without normalization.
pub(crate) fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(bool) => Value::Bool(*bool),
        serde_json::Value::Number(number) => Value::Number(Number::parse(&number.to_string()).unwrap()),
        serde_json::Value::String(text) => Value::String(text.clone()),
        serde_json::Value::Array(items) => Value::Array(items.iter().map(value).collect()),
        serde_json::Value::Object(members) => Value::Hash(hash(members)),
    }
}

fn hash(members: &serde_json::Map<String, serde_json::Value>) -> BTreeMap<String, Value> {
    members.iter().map(|(name, json)| (name.clone(), value(json))).collect()
}

/// A record, with what its company and its activities are said to fit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Person {
    pub(crate) properties: BTreeMap<String, Value>,
    pub(crate) delivery_ids: Vec<String>,
    pub(crate) company: Option<Box<Person>>,
    /// The numbers of the filters of activities that fit.
    pub(crate) did: Vec<usize>,
    /// The names of the events that the user did.
    pub(crate) events: Vec<String>,
}

/// A record with these properties, a JSON object.
pub(crate) fn person(json: &str) -> Person {
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    Person { properties: hash(json.as_object().unwrap()), ..Person::default() }
}

impl Stored for Person {
    type Value = Value;

    fn look(value: &Value) -> Look<'_, Value> {
        Normalized::look(value)
    }
}

impl Record for Person {
    fn property(&self, name: &str) -> Option<&Value> {
        self.properties.get(name)
    }

    fn delivery_ids(&self) -> Vec<String> {
        self.delivery_ids.clone()
    }

    fn company_fits(&self, _: usize, filter: &PropertyFilter) -> bool {
        self.company.as_deref().map_or_else(|| filter.fits_nothing(), |company| filter.fits(company))
    }

    fn activity_fits(&self, number: usize, filter: &ActivityFilter) -> bool {
        let by_name = matches!(&filter.activity, Activity::Event(name, _) if self.events.contains(name));
        (by_name || self.did.contains(&number)) != filter.negated
    }
}
