//! The operations to explore: their requests and answers.

use std::fmt;

use profiles_tests::api::request;
use profiles_tests::{Api, Reply, stream};
use serde_json::{Map, Value, json};

const BATCH: &str = "/v3/observe/hooks/profiles/batch";

/// An operation by a client, or by the worker.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Operation {
    Upsert {
        who: Who,
        company: Company,
        size: Size,
    },
    Event {
        who: Who,
        key: Option<&'static str>,
    },
    Webhook {
        who: Who,
        id: &'static str,
        state: &'static str,
    },
    Deliver {
        who: Who,
        key: Option<&'static str>,
    },
    /// Takes back the delivery that this preparation ordered.
    Withdraw(usize),
    Clear(Who),
    Forget(Who),
    Retrieve(Who),
    /// Creates or updates the company `c`.
    UpsertCompany,
    /// Deletes the company `c`.
    DeleteCompany {
        cascade: bool,
    },
    RetrieveCompany,
    /// Sends a batch. It is applied when all other operations are over.
    Accept(Batch),
    /// Applies the batch that this preparation sent.
    Apply(usize),
}

/// The identifiers in a request. The id is given as the place of the preparation that wrote the profile.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct Who {
    pub(super) id: Option<usize>,
    pub(super) uid: Option<&'static str>,
    pub(super) email: Option<&'static str>,
    /// Whether an upsert takes the address away.
    pub(super) unsets: bool,
}

/// The company in an upsert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Company {
    Unnamed,
    /// The company `c`.
    Named,
    WithProperties,
    /// The company `d`.
    Other,
    /// The profile leaves its company.
    Left,
}

/// The number of properties in an upsert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Size {
    Small,
    /// More properties than an update expression holds.
    Large,
}

/// The items of a batch.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Batch {
    pub(super) items: Vec<Who>,
    pub(super) ignore: bool,
    /// Whether all of them join the company `c`.
    pub(super) joins: bool,
}

/// The answer to an operation. Ids are strings in an answer of the API, and tokens in one of the specification.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Answer<Id> {
    Profile(Id),
    Shown(Shown<Id>),
    Event(Id),
    Webhook,
    Delivery(Id),
    Forgotten {
        profile: Id,
        deletion: Id,
    },
    Company(Id),
    CompanyDeleted(Id),
    Accepted(Id),
    /// The counts of items: created, updated, unchanged, ignored and failed.
    Applied([u64; 5]),
    Refused(u16, String),
    /// The operation may or may not have taken place: a 503, a 500, or no answer.
    Unknown(u16),
}

/// A profile in an answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Shown<Id> {
    pub(super) id: Id,
    pub(super) uid: Option<String>,
    pub(super) email: Option<String>,
    pub(super) properties: Properties,
    pub(super) company: Option<String>,
    pub(super) deliveries: Vec<Id>,
    pub(super) is_cleared: bool,
}

/// Properties by their names. Those of a large upsert are summed up as one: `q`.
pub(super) type Properties = std::collections::BTreeMap<String, String>;

/// The value of `email` that takes an address away.
const UNSET: &str = "$unset";
/// The number of properties in a large upsert.
const LARGE: usize = 300;

/// The ids of the profiles, deliveries and batches that the preparations wrote, by place.
#[derive(Clone, Debug, Default)]
pub(super) struct Written(pub(super) Vec<Option<String>>);

impl Written {
    pub(super) fn id(&self, place: usize) -> String {
        // An id that no profile has.
        self.0.get(place).cloned().flatten().unwrap_or_else(|| "0".repeat(24))
    }
}

impl Who {
    fn fields(self, written: &Written) -> Map<String, Value> {
        let id = self.id.map(|place| ("id", written.id(place)));
        let email = if self.unsets { Some(UNSET) } else { self.email };
        let texts = [("uid", self.uid), ("email", email)];
        let texts = texts.into_iter().filter_map(|(name, text)| Some((name, text?.to_owned())));
        id.into_iter().chain(texts).map(|(name, text)| (name.to_owned(), Value::String(text))).collect()
    }

    /// Returns whether two requests share an identifier.
    pub(super) fn shares_with(self, other: Self) -> bool {
        let alike = |one: Option<&str>, other: Option<&str>| one.is_some() && one == other;
        self.id.is_some() && self.id == other.id || alike(self.uid, other.uid) || alike(self.email, other.email)
    }
}

impl fmt::Debug for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.id.map(|place| format!("#{place}"));
        let names: Vec<_> = id.iter().map(String::as_str).chain(self.uid).chain(self.email).collect();
        write!(f, "{}{}", names.join("+"), if self.unsets { " without address" } else { "" })
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { items, ignore, joins } = self;
        write!(f, "{}{items:?}{}", if *ignore { "ignore " } else { "" }, if *joins { " company" } else { "" })
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Upsert { who, company, size } => {
                write!(f, "upsert {who:?}")?;
                if *company != Company::Unnamed {
                    write!(f, " company {company:?}")?;
                }
                f.write_str(if *size == Size::Large { " large" } else { "" })
            }
            Self::Event { who, key } => write!(f, "event {who:?}{}", key.map(|key| format!(" key {key}")).unwrap_or_default()),
            Self::Webhook { who, id, state } => write!(f, "webhook {id} {state} {who:?}"),
            Self::Deliver { who, key } => write!(f, "deliver {who:?}{}", key.map(|key| format!(" key {key}")).unwrap_or_default()),
            Self::Withdraw(place) => write!(f, "withdraw #{place}"),
            Self::Clear(who) => write!(f, "clear {who:?}"),
            Self::Forget(who) => write!(f, "forget {who:?}"),
            Self::Retrieve(who) => write!(f, "retrieve {who:?}"),
            Self::UpsertCompany => f.write_str("upsert company"),
            Self::DeleteCompany { cascade } => write!(f, "delete company{}", if *cascade { " and its members" } else { "" }),
            Self::RetrieveCompany => f.write_str("retrieve company"),
            Self::Accept(batch) => write!(f, "accept {batch:?}"),
            Self::Apply(place) => write!(f, "apply #{place}"),
        }
    }
}

/// Returns the e-mail address of this name.
pub(super) fn address(name: &str) -> String {
    format!("{name}@example.com")
}

impl Operation {
    /// Sends the operation's request. `label` is the value of the properties that it writes.
    pub(super) async fn send(&self, api: &Api, account: &str, label: &str, written: &Written) -> Answer<String> {
        let own = |fields: Map<String, Value>| {
            let mut fields = with_addresses(fields);
            fields.insert("p".to_owned(), json!(label));
            fields.insert(format!("p_{label}"), json!(label));
            fields
        };
        match self {
            Self::Upsert { who, company, size } => {
                let mut fields = own(who.fields(written));
                match company {
                    Company::Unnamed => {}
                    Company::Named => _ = fields.insert("company_uid".to_owned(), json!("c")),
                    Company::Other => _ = fields.insert("company_uid".to_owned(), json!("d")),
                    Company::Left => _ = fields.insert("company_uid".to_owned(), Value::Null),
                    Company::WithProperties => _ = fields.insert("company".to_owned(), json!({"uid": "c", "plan": label})),
                }
                if *size == Size::Large {
                    fields.extend((0..LARGE).map(|n| (format!("q{n}"), json!(label))));
                }
                let reply = api.upsert(&Value::Object(fields).to_string()).await;
                answer(&reply, |body| Answer::Profile(id(&body["profile"])))
            }
            Self::Event { who, key } => {
                let mut fields = with_addresses(who.fields(written));
                fields.insert("name".to_owned(), json!("opened"));
                let reply = keyed(api, "/v3/observe/hooks/events", *key, fields).await;
                answer(&reply, |body| Answer::Event(id(&body["event"])))
            }
            Self::Webhook { who, id, state } => {
                let user = Value::Object(with_addresses(who.fields(written)));
                let body = json!({"id": id, "kind": format!("tour.{state}"), "data": {"profile": user, "tour": {"id": "t"}}});
                answer(&api.post("/v3/observe/hooks/experiences", &body.to_string()).await, |_| Answer::Webhook)
            }
            Self::Deliver { who, key } => {
                let mut fields = with_addresses(who.fields(written));
                if let Some(own) = fields.remove("id") {
                    fields.insert("profile_id".to_owned(), own);
                }
                fields.extend([("model_kind".to_owned(), json!("tour")), ("model_id".to_owned(), json!("d"))]);
                fields.extend(key.map(|key| ("idempotency_key".to_owned(), json!(key))));
                answer(&api.deliver(&Value::Object(fields).to_string()).await, |body| Answer::Delivery(id(&body["delivery"])))
            }
            Self::Withdraw(place) => {
                let reply = api.delete(&format!("/v3/edit/deliveries/{}", written.id(*place))).await;
                answer(&reply, |body| Answer::Delivery(id(&body["delivery"])))
            }
            Self::Clear(who) => answer(&api.clear(&query(*who, written)).await, |body| Answer::Shown(shown(&body["profile"]))),
            Self::Forget(who) => answer(&api.forget(&query(*who, written)).await, |body| Answer::Forgotten {
                profile: id(&body["profile"]),
                deletion: id(&body["deletion"]),
            }),
            Self::Retrieve(who) => answer(&api.retrieve(&query(*who, written)).await, |body| Answer::Shown(shown(&body["profile"]))),
            Self::UpsertCompany => {
                let reply = api.post("/v3/observe/hooks/companies", &json!({"uid": "c", "plan": label}).to_string()).await;
                answer(&reply, |body| Answer::Company(id(&body["company"])))
            }
            Self::DeleteCompany { cascade } => {
                let cascade = if *cascade { "&cascade=profiles" } else { "" };
                let reply = api.delete(&format!("/v3/edit/company?uid=c{cascade}")).await;
                answer(&reply, |body| Answer::CompanyDeleted(id(&body["deletion"])))
            }
            Self::RetrieveCompany => answer(&api.get("/v3/analyze/company?uid=c").await, |body| Answer::Company(id(&body["company"]))),
            Self::Accept(batch) => match accept(api, batch, label, written).await {
                Ok(id) => Answer::Accepted(id),
                Err(reply) => answer(&reply, |_| panic!("a batch is accepted with a 202")),
            },
            Self::Apply(place) => apply(api, account, &written.id(*place)).await,
        }
    }

    /// Returns the id of the profile, delivery or batch that was written, so that later operations can name it.
    pub(super) fn wrote(answer: &Answer<String>) -> Option<String> {
        match answer {
            Answer::Profile(id) | Answer::Delivery(id) | Answer::Accepted(id) | Answer::Company(id) => Some(id.clone()),
            _ => None,
        }
    }
}

/// Hands a batch's ticket to the worker. The counts are read at the end of the run.
pub(super) async fn apply(api: &Api, account: &str, batch: &str) -> Answer<String> {
    let failures = api.work(&stream::event(&format!("{account}#{batch}"), "ticket#000"), None).await;
    if failures["batchItemFailures"] == json!([]) { Answer::Applied([0; 5]) } else { Answer::Unknown(500) }
}

async fn accept(api: &Api, batch: &Batch, label: &str, written: &Written) -> Result<String, Reply> {
    let items = batch.items.iter().enumerate().map(|(index, who)| {
        let mut fields = with_addresses(who.fields(written));
        fields.insert("p".to_owned(), json!(format!("{label}{index}")));
        fields.insert(format!("p_{label}{index}"), json!(format!("{label}{index}")));
        if batch.joins {
            fields.insert("company_uid".to_owned(), json!("c"));
        }
        Value::Object(fields)
    });
    let missing = if batch.ignore { "ignore" } else { "create" };
    let reply = api.post(BATCH, &json!({"profiles": items.collect::<Vec<_>>(), "on_model_missing": missing}).to_string()).await;
    if reply.status == 202 { Ok(reply.batch_id()) } else { Err(reply) }
}

async fn keyed(api: &Api, path: &str, key: Option<&str>, fields: Map<String, Value>) -> Reply {
    let mut request = api.with_secret(request("POST", path, Value::Object(fields).to_string().as_bytes()));
    if let Some(key) = key {
        request.headers.insert("idempotency-key", key.parse().unwrap());
    }
    api.send(request).await
}

fn with_addresses(mut fields: Map<String, Value>) -> Map<String, Value> {
    if let Some(email) = fields.get_mut("email").filter(|email| **email != UNSET) {
        *email = json!(address(email.as_str().unwrap()));
    }
    fields
}

fn query(who: Who, written: &Written) -> String {
    let fields = with_addresses(who.fields(written));
    fields.iter().map(|(name, value)| format!("{name}={}", value.as_str().unwrap())).collect::<Vec<_>>().join("&")
}

fn answer(reply: &Reply, read: impl FnOnce(&Value) -> Answer<String>) -> Answer<String> {
    match reply.status {
        200..=202 => read(&reply.body),
        500.. => Answer::Unknown(reply.status),
        status => Answer::Refused(status, reply.message(status).to_owned()),
    }
}

fn id(of: &Value) -> String {
    of["id"].as_str().expect("an id").to_owned()
}

fn shown(profile: &Value) -> Shown<String> {
    let text = |name: &str| profile[name].as_str().map(str::to_owned);
    let texts = profile.as_object().unwrap().iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    Shown {
        id: id(profile),
        uid: text("uid"),
        email: text("email"),
        properties: properties(texts),
        company: profile["company"]["uid"].as_str().map(str::to_owned),
        deliveries: profile["delivery_ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect(),
        is_cleared: !profile["last_cleared_at"].is_null(),
    }
}

/// Returns the properties among a profile's fields. Those of a large upsert, if all are there with one value, become one.
pub(super) fn properties(fields: impl Iterator<Item = (String, String)>) -> Properties {
    let mut properties: Properties = fields.filter(|(name, _)| matches!(name.as_bytes(), [b'p'] | [b'p', b'_', ..] | [b'q', ..])).collect();
    let large: Vec<_> = properties.extract_if(.., |name, _| name.starts_with('q')).collect();
    if let Some((_, value)) = large.first() {
        let is_whole = large.len() == LARGE && large.iter().all(|(_, other)| other == value);
        properties.insert("q".to_owned(), if is_whole { value.clone() } else { "in part".to_owned() });
    }
    properties
}
