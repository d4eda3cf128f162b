//! Exports the schedules of pairs as JSON lines. The model of identities in `tests/model` replays each of them, and must give the same
//! answers and the same state.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::catalogue::{Preparation, Tear};
use super::linearizability::Invocation;
use super::observed::Observed;
use super::operations::{Answer, Company, Operation, Size, Who};

/// The schedule of a pair.
#[derive(Clone)]
pub(super) struct Schedule {
    before: Vec<Value>,
    first: Value,
    second: Value,
    /// Runs after both.
    last: Option<Value>,
    /// The number of calls of the first operation before the second one runs.
    at: usize,
    /// The profiles that the preparations wrote, in order.
    written: Vec<Option<String>>,
}

impl Schedule {
    /// Returns the schedule; `None` if the model does not know one of the operations.
    pub(super) fn of(
        preparations: &[Preparation],
        first: &Operation,
        second: &Operation,
        last: Option<&Operation>,
        at: usize,
        written: &[Option<String>],
    ) -> Option<Self> {
        let is_batch = |preparation: &&Preparation| matches!(preparation, Preparation::Do(Operation::Accept(_)));
        let before: Vec<_> = preparations.iter().take_while(|preparation| !is_batch(preparation)).collect();
        let operation = |operation: &Operation, label: &str| match operation {
            Operation::Apply(place) => batch(preparations.get(*place)?, &format!("s{place}")),
            other => single(other, label),
        };
        let before: Option<Vec<_>> = before
            .into_iter()
            .enumerate()
            .map(|(place, preparation)| match preparation {
                Preparation::Do(operation) => single(operation, &format!("s{place}")),
                Preparation::Hour => None,
                Preparation::Tear(tear) => Some(torn(*tear)),
            })
            .collect();
        let before = before?;
        let written = written.iter().take(before.len()).cloned().collect();
        // The real code forgets several members side by side, and their calls come in another order than the model's.
        let joins = |preparation: &&Preparation| matches!(preparation, Preparation::Do(Operation::Upsert { company: Company::Named, .. }));
        if *first == (Operation::DeleteCompany { cascade: true }) && preparations.iter().filter(joins).count() > 1 {
            return None;
        }
        let last = last.and_then(|last| single(last, "last"));
        Some(Self { before, first: operation(first, "outer")?, second: operation(second, "inner")?, last, at, written })
    }

    /// Returns the schedule's line, with the answers of the first two invocations and the stored state.
    pub(super) fn line(&self, invocations: &[Invocation], stored: &Observed) -> String {
        let mut tokens = Tokens::default();
        self.written.iter().flatten().for_each(|id| _ = tokens.of(id));
        let answers: Vec<_> = invocations.iter().take(2).map(|invocation| tokens.answer(invocation)).collect();
        let mut profiles = stored.summary();
        profiles.iter_mut().for_each(|(id, profile)| profile["profile"] = tokens.of(id));
        let profiles: Vec<_> = profiles.into_iter().map(|(_, profile)| profile).collect();
        let Self { before, first, second, last, at, .. } = self;
        let mut line =
            json!({"before": before, "first": first, "second": second, "at": at, "answers": answers, "state": {"profiles": profiles}});
        if let Some(last) = last {
            line["last"] = last.clone();
        }
        line.to_string()
    }
}

/// The numbers of the profiles, in the order of their first appearance.
#[derive(Default)]
struct Tokens(BTreeMap<String, usize>);

impl Tokens {
    fn of(&mut self, id: &str) -> Value {
        let next = self.0.len();
        json!(self.0.entry(id.to_owned()).or_insert(next))
    }

    fn answer(&mut self, invocation: &Invocation) -> Value {
        match invocation.answer.as_ref().expect("an answer") {
            Answer::Profile(id) => json!({"status": 200, "profile": self.of(id)}),
            Answer::Shown(shown) => json!({"status": 200, "profile": self.of(&shown.id)}),
            Answer::Forgotten { profile, .. } => json!({"status": 200, "profile": self.of(profile)}),
            Answer::Applied(counts) => json!({"counts": counts}),
            Answer::Refused(status, _) if !has_no_profile(&invocation.operation) => {
                json!({"status": status, "profile": null})
            }
            // If two workers apply one chunk, only the counts of the last one are known.
            Answer::Refused(status, _) | Answer::Unknown(status) => json!({"status": status}),
            Answer::Company(_) | Answer::CompanyDeleted(_) => json!({"status": 200}),
            Answer::Event(_) | Answer::Webhook | Answer::Delivery(_) | Answer::Accepted(_) => json!({"status": 200}),
        }
    }
}

/// Returns whether an operation's answer names no profile.
fn has_no_profile(operation: &Operation) -> bool {
    matches!(operation, Operation::Event { .. } | Operation::UpsertCompany | Operation::DeleteCompany { .. } | Operation::RetrieveCompany)
}

fn named(what: &str, who: Who) -> Map<String, Value> {
    let mut fields = Map::from_iter([("do".to_owned(), json!(what))]);
    fields.extend(who.id.map(|place| ("id".to_owned(), json!(place))));
    fields.extend(who.uid.map(|uid| ("uid".to_owned(), json!(uid))));
    fields.extend(who.email.map(|email| ("email".to_owned(), json!(email))));
    fields.extend(who.unsets.then(|| ("unsets".to_owned(), json!(true))));
    fields
}

fn single(operation: &Operation, label: &str) -> Option<Value> {
    let mut fields = match operation {
        Operation::Upsert { who, size: Size::Small, .. } => named("upsert", *who),
        Operation::UpsertCompany => Map::from_iter([("do".to_owned(), json!("company")), ("prop".to_owned(), json!("plan"))]),
        Operation::DeleteCompany { cascade } => {
            Map::from_iter([("do".to_owned(), json!("delete")), ("cascade".to_owned(), json!(cascade))])
        }
        Operation::RetrieveCompany => Map::from_iter([("do".to_owned(), json!("retrieve company"))]),
        Operation::Event { who, .. } => named("event", *who),
        Operation::Clear(who) => named("clear", *who),
        Operation::Forget(who) => named("forget", *who),
        Operation::Retrieve(who) => named("retrieve", *who),
        _ => return None,
    };
    match operation {
        Operation::Upsert { company, .. } => {
            fields.insert("prop".to_owned(), json!(format!("p_{label}")));
            let uid = match company {
                Company::Unnamed => None,
                Company::Named | Company::WithProperties => Some("c"),
                Company::Other => Some("d"),
                Company::Left => Some("$leave"),
            };
            fields.extend(uid.map(|uid| ("company".to_owned(), json!(uid))));
            fields.extend((*company == Company::WithProperties).then(|| ("gives".to_owned(), json!(label))));
        }
        Operation::UpsertCompany => {
            fields.extend([("company".to_owned(), json!("c")), ("value".to_owned(), json!(label))]);
        }
        Operation::DeleteCompany { .. } | Operation::RetrieveCompany => _ = fields.insert("company".to_owned(), json!("c")),
        Operation::Event { key, .. } => {
            fields.insert("name".to_owned(), json!("opened"));
            fields.extend(key.map(|key| ("key".to_owned(), json!(key))));
        }
        _ => {}
    }
    Some(Value::Object(fields))
}

fn torn(tear: Tear) -> Value {
    match tear {
        Tear::LostProfile(place) => json!({"do": "tear", "what": "lose profile", "id": place}),
        Tear::Claim(email, place) => json!({"do": "tear", "what": "claim", "email": email, "id": place}),
        Tear::LostClaim(email) => json!({"do": "tear", "what": "lose claim", "email": email}),
    }
}

/// Returns a batch whose items all belong together. Otherwise the order of the calls is not that of the model.
fn batch(preparation: &Preparation, label: &str) -> Option<Value> {
    let Preparation::Do(Operation::Accept(batch)) = preparation else { return None };
    let (first, others) = batch.items.split_first()?;
    if !others.iter().all(|other| other.shares_with(*first)) {
        return None;
    }
    let items: Vec<_> = batch
        .items
        .iter()
        .enumerate()
        .map(|(index, who)| {
            let mut item = named("", *who);
            item.remove("do");
            item.insert("prop".to_owned(), json!(format!("p_{label}{index}")));
            item.extend(batch.joins.then(|| ("company".to_owned(), json!("c"))));
            Value::Object(item)
        })
        .collect();
    Some(json!({"do": "batch", "items": items, "ignore": batch.ignore}))
}
