//! The fields of an upsert.

use std::collections::{BTreeMap, BTreeSet};

use super::identifiers::{self, Address, Sent};
use super::times::{self, Millis};
use super::values::{Reader, Value};
use super::{Fault, Warnings, names};
use crate::fuzz::json::Json;

/// The fields that only the service sets.
const OF_THE_SERVICE: [&str; 5] = ["created_at", "updated_at", "percent", "delivery_ids", "last_cleared_at"];
/// The typed fields.
pub(crate) const TYPED: [&str; 7] =
    ["browser_x", "browser_tz", "browser_l", "browser_n", "browser_k", "last_seen_at", "last_seen_session_count"];
const BROWSERS: [&str; 8] = ["chrome", "firefox", "safari", "opera", "ie10", "ie11", "edge", "unknown"];
const DEVICES: [&str; 3] = ["desktop", "mobile", "tablet"];

/// The identifiers that a request names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Who {
    pub(crate) id: Option<String>,
    pub(crate) uid: Option<String>,
    pub(crate) email: Option<Address>,
}

/// How a company is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CompanyName {
    Id(String),
    Uid(String),
}

/// What a request does to the membership.
#[derive(Clone, Debug)]
pub(crate) enum Membership {
    Stays,
    Ends,
    /// In the company of each of these names, which must be one, with these properties.
    In(Vec<CompanyName>, BTreeMap<String, Value>),
}

/// An upsert.
#[derive(Clone, Debug)]
pub(crate) struct Upsert {
    pub(crate) who: Who,
    pub(crate) membership: Membership,
    pub(crate) properties: BTreeMap<String, Value>,
    pub(crate) warnings: Warnings,
}

/// A field, and whether its name was repeated.
type Fields = BTreeMap<String, (Json, bool)>;

/// Reads an upsert, or returns its faults: the answer is one of them.
pub(crate) fn upsert(query: &[(String, Json)], body: &[(String, Json)], now: Millis) -> Result<Upsert, Vec<Fault>> {
    let mut warnings = Warnings::default();
    let mut fields = distinct(query, "", true, &mut warnings);
    let overruling = distinct(body, "", true, &mut warnings);
    let overruled = fields.iter().filter(|(name, (_, repeated))| *repeated && overruling.contains_key(*name));
    warnings.may.extend(overruled.map(|(name, _)| name.clone()));
    fields.extend(overruling);
    let mut faults = Vec::new();
    let mut reading = Reading { who: Who::default(), unusable: Vec::new(), company: Company::default(), now, faults: &mut faults };
    let mut properties = BTreeMap::new();
    for (name, (sent, repeated)) in fields {
        if repeated {
            warnings.must.insert(name.clone());
        }
        if sent.is_broken() {
            reading.faults.push(Fault::field(422, &name));
            continue;
        }
        match name.as_str() {
            "id" | "uid" | "email" => reading.identifier(&name, &sent, &mut warnings),
            "company_id" | "company_uid" => reading.company_name(&name, name == "company_id", &sent),
            "company" => reading.company(&sent, &mut warnings),
            "account_secret" => {}
            system if OF_THE_SERVICE.contains(&system) => _ = warnings.must.insert(name),
            _ => {
                let value = Reader { now, warnings: &mut warnings }.read(&name, &name, &sent);
                match typed(&name, value) {
                    Typed::Is(value) => _ = properties.insert(name, value),
                    Typed::Instead(value) => {
                        warnings.must.insert(name.clone());
                        properties.extend(value.map(|value| (name, value)));
                    }
                    Typed::Wrong => reading.faults.push(Fault::field(422, &name)),
                }
            }
        }
    }
    let Reading { who, unusable, company, .. } = reading;
    let identifies = who.id.is_some() || who.uid.is_some() || matches!(who.email, Some(Address::Is(_)));
    if !identifies {
        // It says why what was sent is none.
        let names = if who.email.is_some() { vec!["email".to_owned()] } else { unusable };
        faults.push(Fault { status: 422, names });
    }
    let membership = company.membership(&mut warnings, &mut faults);
    if faults.is_empty() { Ok(Upsert { who, membership, properties, warnings }) } else { Err(faults) }
}

/// Returns the last field of each name.
fn distinct(sent: &[(String, Json)], path: &str, of_user: bool, warnings: &mut Warnings) -> Fields {
    let mut fields = Fields::new();
    for (sent_name, value) in sent {
        match names::normalized(sent_name) {
            Some(name) if name == "id" && sent_name != "id" && of_user => _ = warnings.must.insert(sent_name.clone()),
            Some(name) => {
                let repeated = fields.contains_key(&name);
                fields.insert(name, (value.clone(), repeated));
            }
            None => _ = warnings.must.insert(format!("{path}{sent_name}")),
        }
    }
    fields
}

struct Reading<'a> {
    who: Who,
    /// The identifiers that were sent, and identify nobody.
    unusable: Vec<String>,
    company: Company,
    now: Millis,
    faults: &'a mut Vec<Fault>,
}

/// What was said of the company.
#[derive(Default)]
struct Company {
    ends: bool,
    named: Vec<CompanyName>,
    properties: BTreeMap<String, Value>,
}

impl Reading<'_> {
    fn identifier(&mut self, name: &str, sent: &Json, warnings: &mut Warnings) {
        let is_unusable = match name {
            "id" => match identifiers::id(sent) {
                Ok(read) => {
                    self.who.id = read.is();
                    false
                }
                Err(fault) => return self.faults.push(fault),
            },
            "uid" => match identifiers::uid(sent, "uid") {
                Ok(read) => {
                    let is_unusable = read == Sent::Unusable;
                    self.who.uid = read.is();
                    is_unusable
                }
                Err(fault) => return self.faults.push(fault),
            },
            _ => match identifiers::email(sent, true) {
                Ok(read) => {
                    let is_unusable = read == Sent::Unusable;
                    self.who.email = read.is();
                    is_unusable
                }
                Err(fault) => return self.faults.push(fault),
            },
        };
        if is_unusable {
            warnings.must.insert(name.to_owned());
            self.unusable.push(name.to_owned());
        }
    }

    /// Reads a name of the company. `may_be_ours`: 24 hex digits are our id.
    fn company_name(&mut self, path: &str, may_be_ours: bool, sent: &Json) {
        match sent {
            // In the object, `null` does not end the membership.
            Json::Null => self.company.ends |= !path.contains('.'),
            Json::Text(text) if text.is_empty() => {}
            Json::Text(text) if may_be_ours && identifiers::is_id(text) => self.company.named.push(CompanyName::Id(text.clone())),
            _ => match identifiers::uid(sent, path) {
                Ok(Sent::Is(uid)) => self.company.named.push(CompanyName::Uid(uid)),
                Ok(_) => self.faults.push(Fault::field(422, path)),
                Err(fault) => self.faults.push(fault),
            },
        }
    }

    fn company(&mut self, sent: &Json, warnings: &mut Warnings) {
        match sent {
            Json::Null => self.company.ends = true,
            Json::Text(text) if text.is_empty() => {}
            Json::Object(members) => {
                for (name, (value, repeated)) in distinct(members, "company.", false, warnings) {
                    let path = format!("company.{name}");
                    if repeated {
                        warnings.must.insert(path.clone());
                    }
                    match name.as_str() {
                        "id" | "uid" => self.company_name(&path, name == "id", &value),
                        "created_at" | "updated_at" => _ = warnings.must.insert(path),
                        _ => {
                            let value = Reader { now: self.now, warnings }.read(&name, &path, &value);
                            self.company.properties.insert(name, value);
                        }
                    }
                }
            }
            _ => _ = warnings.must.insert("company".into()),
        }
    }
}

impl Company {
    fn membership(self, warnings: &mut Warnings, faults: &mut Vec<Fault>) -> Membership {
        let Self { ends, named, properties } = self;
        if named.is_empty() {
            if !properties.is_empty() {
                warnings.must.insert("company".into());
            }
            return if ends { Membership::Ends } else { Membership::Stays };
        }
        let uids: BTreeSet<_> = named.iter().filter_map(|name| if let CompanyName::Uid(uid) = name { Some(uid) } else { None }).collect();
        if uids.len() > 1 {
            faults.push(Fault { status: 422, names: vec!["company".into()] });
        }
        Membership::In(named, properties)
    }
}

enum Typed {
    Is(Value),
    /// Another value, or none, with a warning.
    Instead(Option<Value>),
    Wrong,
}

fn typed(name: &str, value: Value) -> Typed {
    if value == Value::Null || !TYPED.contains(&name) {
        return Typed::Is(value);
    }
    let fits = match (name, &value) {
        ("browser_n", Value::Text(text)) if !BROWSERS.contains(&text.as_str()) => {
            return Typed::Instead(Some(Value::Text("unknown".into())));
        }
        ("browser_k", Value::Text(text)) if !DEVICES.contains(&text.as_str()) => return Typed::Instead(None),
        ("browser_l" | "browser_n" | "browser_k", Value::Text(_)) => true,
        ("browser_x" | "browser_tz", Value::Number(_)) => true,
        ("last_seen_at", Value::Text(text)) => times::is_written(text),
        ("last_seen_session_count", Value::Number(number)) => number.is_whole() && !number.is_negative(),
        _ => false,
    };
    if fits { Typed::Is(value) } else { Typed::Wrong }
}
