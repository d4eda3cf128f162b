//! Compares what the API answers with what the reading says.

use std::collections::{BTreeMap, BTreeSet};

use super::decimal::Decimal;
use super::json::Json;
use super::reading::batches::{Batch, Outcome};
use super::reading::fields::TYPED;
use super::reading::profiles::{Company, Profile, State};
use super::reading::times;
use super::reading::values::Value;
use super::reading::{Fault, Warnings, names};

/// The difference, in words.
pub(super) type Difference = String;

/// Compares an answer with the faults of which it must be one.
pub(super) fn refusal(faults: &[Fault], status: u16, text: &str) -> Result<(), Difference> {
    let fits = |fault: &Fault| fault.status == status && fault.names.iter().all(|name| text.contains(name.as_str()));
    if faults.iter().any(fits) { Ok(()) } else { Err(format!("expected one of {faults:?}, got {status} {text}")) }
}

/// Compares the names in an answer's warnings with the expected ones.
pub(super) fn warnings(expected: &Warnings, body: &Json) -> Result<(), Difference> {
    let warned = body.get("warnings").map_or(&[][..], Json::items);
    let props: BTreeSet<_> = warned.iter().filter_map(|warning| warning.get("prop")?.as_text()).map(str::to_owned).collect();
    // A long name is shortened. `…` alone says that there are more.
    let is = |prop: &String, name: &String| prop == name || prop.strip_suffix('…').is_some_and(|start| name.starts_with(start));
    let missing: Vec<_> = expected.must.iter().filter(|name| !props.iter().any(|prop| is(prop, name))).collect();
    let more: Vec<_> = props.iter().filter(|prop| !expected.must.iter().chain(&expected.may).any(|name| is(prop, name))).collect();
    if missing.is_empty() && more.is_empty() {
        return Ok(());
    }
    Err(format!("warnings: missing of {missing:?}, not expected of {more:?}"))
}

/// Compares a profile as it was answered, with `expand[company]=all`.
pub(super) fn profile(state: &State, expected: &Profile, shown: &Json) -> Result<(), Difference> {
    let Json::Object(members) = shown else { return Err(format!("no profile: {shown}")) };
    let nothing = Value::Null;
    let mut known = BTreeSet::from(["id", "created_at", "updated_at", "uid", "percent", "delivery_ids"].map(str::to_owned));
    field(shown, "uid", &expected.uid.clone().map_or(Value::Null, Value::Text))?;
    field(shown, "created_at", &Value::Text(times::written(expected.created_at)))?;
    if let Some(id) = &expected.id {
        field(shown, "id", &Value::Text(id.clone()))?;
    }
    if let Some(percent) = &expected.percent
        && shown.get("percent") != Some(percent)
    {
        return Err(format!("percent: expected {percent}, got {:?}", shown.get("percent")));
    }
    for name in TYPED {
        field(shown, name, expected.properties.get(name).unwrap_or(&nothing))?;
        known.insert(name.to_owned());
    }
    for (name, value) in &expected.properties {
        field(shown, name, value)?;
        known.insert(name.clone());
    }
    if let Some(email) = &expected.email {
        field(shown, "email", &Value::Text(email.clone()))?;
        known.insert("email".into());
    }
    if let Some(time) = expected.cleared_at {
        field(shown, "last_cleared_at", &Value::Text(times::written(time)))?;
        known.insert("last_cleared_at".into());
    }
    if let Some(place) = expected.company {
        company(&state.companies[place], shown)?;
        known.extend(["company_id".to_owned(), "company".to_owned()]);
    }
    let pending: BTreeSet<_> = expected.deliveries.iter().map(String::as_str).collect();
    let answered: BTreeSet<_> = shown.get("delivery_ids").map_or(&[][..], Json::items).iter().filter_map(Json::as_text).collect();
    if pending != answered {
        return Err(format!("delivery_ids: expected {pending:?}, got {answered:?}"));
    }
    match members.iter().find(|(name, _)| !known.contains(name)) {
        Some((name, value)) => Err(format!("{name:?} is not expected, got {value}")),
        None => Ok(()),
    }
}

fn company(expected: &Company, shown: &Json) -> Result<(), Difference> {
    let company = shown.get("company").ok_or("no company")?;
    if shown.get("company_id") != company.get("id") {
        return Err("company_id is not the company's id".into());
    }
    field(company, "uid", &Value::Text(expected.uid.clone())).map_err(|difference| format!("company.{difference}"))?;
    if let Some(id) = &expected.id {
        field(company, "id", &Value::Text(id.clone())).map_err(|difference| format!("company.{difference}"))?;
    }
    for (name, value) in &expected.properties {
        field(company, name, value).map_err(|difference| format!("company.{difference}"))?;
    }
    let Json::Object(members) = company else { return Err("no company".into()) };
    let is_known =
        |name: &String| ["id", "uid", "created_at", "updated_at"].contains(&name.as_str()) || expected.properties.contains_key(name);
    match members.iter().find(|(name, _)| !is_known(name)) {
        Some((name, value)) => Err(format!("company.{name} is not expected, got {value}")),
        None => Ok(()),
    }
}

fn field(shown: &Json, name: &str, expected: &Value) -> Result<(), Difference> {
    match shown.get(name) {
        Some(value) if is(expected, value) => Ok(()),
        Some(value) => Err(format!("{name:?}: expected {expected:?}, got {value}")),
        None => Err(format!("{name:?}: expected {expected:?}, got nothing")),
    }
}

/// Returns whether this is the value.
pub(super) fn is(expected: &Value, value: &Json) -> bool {
    match (expected, value) {
        (Value::Null, Json::Null) => true,
        (Value::Bool(expected), Json::Bool(truth)) => expected == truth,
        (Value::Number(expected), Json::Number(text)) | (Value::TextOfNumber(expected), Json::Text(text)) => {
            Decimal::parse(text).is_some_and(|number| number == *expected)
        }
        (Value::Text(expected), Json::Text(text)) => expected == text,
        (Value::TextOfHash(sent), Json::Text(text)) => match Json::parse(text) {
            Some(hash) => same(&hash, sent),
            // It was cut.
            None => (765..=768).contains(&text.len()),
        },
        (Value::Array(expected), Json::Array(items)) => {
            expected.len() == items.len() && expected.iter().zip(items).all(|(expected, item)| is(expected, item))
        }
        (Value::Hash(expected), Json::Object(members)) => {
            expected.len() == members.len()
                && members.iter().all(|(name, value)| expected.get(name).is_some_and(|expected| is(expected, value)))
        }
        _ => false,
    }
}

/// Returns whether two JSON values mean the same. Of members that repeat a name the last counts; names may be normalized or as sent.
fn same(hash: &Json, sent: &Json) -> bool {
    match (hash, sent) {
        (Json::Number(one), Json::Number(other)) => Decimal::parse(one) == Decimal::parse(other),
        (Json::Array(items), Json::Array(others)) => {
            items.len() == others.len() && items.iter().zip(others).all(|(one, other)| same(one, other))
        }
        (Json::Object(members), Json::Object(_)) => members.iter().all(|(name, value)| {
            let as_sent = sent.get(name);
            as_sent.is_some_and(|other| same(value, other)) || names::normalized(name).is_none()
        }),
        (one, other) => one == other,
    }
}

/// Returns the codes of the errors of a batch's items.
pub(super) fn errors(body: &Json) -> BTreeMap<usize, u16> {
    let number = |error: &Json, name| match error.get(name) {
        Some(Json::Number(text)) => text.parse::<usize>().ok(),
        _ => None,
    };
    let errors = body.get("errors").map_or(&[][..], Json::items);
    errors.iter().filter_map(|error| Some((number(error, "index")?, number(error, "code")?.try_into().ok()?))).collect()
}

/// Compares the status of a completed batch.
pub(super) fn batch(batch: &Batch, outcomes: &[Outcome], status: &Json) -> Result<(), Difference> {
    let counted = |name: &str| match status.get("batch").and_then(|batch| batch.get(name)) {
        Some(Json::Number(text)) => text.parse::<usize>().ok(),
        _ => None,
    };
    let errors = errors(status);
    let told = |(index, outcome): (usize, &Outcome)| match outcome {
        Outcome::IgnoredOrFailed(faults) if errors.contains_key(&index) => Outcome::Failed(faults.clone()),
        Outcome::IgnoredOrFailed(_) => Outcome::Ignored,
        outcome => outcome.clone(),
    };
    let outcomes: Vec<_> = outcomes.iter().enumerate().map(told).collect();
    let count = |is: &dyn Fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| is(outcome)).count();
    let (updated, unchanged) = (count(&|outcome| *outcome == Outcome::Updated), count(&|outcome| *outcome == Outcome::Unchanged));
    let mut expected = vec![
        ("created_count", count(&|outcome| *outcome == Outcome::Created)),
        ("ignored_count", count(&|outcome| *outcome == Outcome::Ignored)),
        ("failed_count", count(&|outcome| matches!(outcome, Outcome::Failed(_)))),
    ];
    if !batch.changes_companies() {
        expected.extend([("updated_count", updated), ("unchanged_count", unchanged)]);
    }
    for (name, expected) in expected {
        if counted(name) != Some(expected) {
            return Err(format!("{name}: expected {expected} by {outcomes:?}, got {status}"));
        }
    }
    for (index, outcome) in outcomes.iter().enumerate() {
        let fits = match (outcome, errors.get(&index)) {
            (Outcome::Failed(faults), Some(code)) => faults.iter().any(|fault| fault.status == *code),
            (Outcome::Failed(_), None) | (_, Some(_)) => false,
            (_, None) => true,
        };
        if !fits {
            return Err(format!("item {index}: expected {outcome:?}, got {status}"));
        }
    }
    warnings_of_items(batch, &outcomes, status)
}

/// Compares the warnings of the items that were applied.
fn warnings_of_items(batch: &Batch, outcomes: &[Outcome], status: &Json) -> Result<(), Difference> {
    let warned = status.get("warnings").map_or(&[][..], Json::items);
    for (index, (item, outcome)) in batch.items.iter().zip(outcomes).enumerate() {
        let own = warned.iter().filter(|warning| warning.get("index") == Some(&Json::Number(index.to_string())));
        let own = Json::Object(vec![("warnings".into(), Json::Array(own.cloned().collect()))]);
        if let (Ok(upsert), Outcome::Created | Outcome::Updated | Outcome::Unchanged) = (item, outcome) {
            warnings(&upsert.warnings, &own).map_err(|difference| format!("item {index}: {difference}"))?;
        }
    }
    Ok(())
}
