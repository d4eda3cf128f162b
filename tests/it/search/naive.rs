//! A naive evaluation of filters: JSON as it is sent, on what is known of a user. It is written from the contract alone, and shares no code
//! with the search.

use std::cmp::Ordering;

use super::model::{Did, Fields, User};
use crate::fuzz::decimal::Decimal;
use crate::fuzz::json::Json;
use crate::fuzz::reading::times::{self, Millis};
use crate::fuzz::reading::values::{Reader, Value};
use crate::fuzz::reading::{Warnings, identifiers, names};

/// Returns whether a user fits these filters, of which all or any must fit.
pub(super) fn fits(user: &User, filters: &[Json], op: &str, now: Millis) -> bool {
    let mut each = filters.iter().map(|filter| fits_one(user, filter, now));
    match op {
        _ if filters.is_empty() => true,
        "and" => each.all(|fits| fits),
        "or" => each.any(|fits| fits),
        _ => panic!("{op}"),
    }
}

fn fits_one(user: &User, filter: &Json, now: Millis) -> bool {
    let word = |name: &str| filter.get(name).and_then(Json::as_text);
    match word("kind").unwrap_or("property") {
        "property" => fits_property(user, filter, now),
        "group" => fits(user, filter.get("filters").unwrap().items(), word("filters_op").unwrap_or("and"), now),
        kind => {
            let did = match kind {
                "event" => event(&user.did, filter, now),
                "tour" => tour(&user.did, filter, now),
                "survey" => survey(&user.did, filter, now),
                _ => panic!("{filter}"),
            };
            did == (word("op").unwrap_or("ex") == "ex")
        }
    }
}

/// Returns when it was that many days before now.
fn days_ago(days: &Json, now: Millis) -> Millis {
    let days: f64 = text_of(days).trim().parse().unwrap();
    #[expect(clippy::cast_possible_truncation, reason = "there are few days")]
    let millis = (days * 86_400_000.0).round() as i64;
    now - millis
}

/// Returns the window of an activity: whether it must be newer than a time, and the time.
fn window(filter: &Json, now: Millis) -> Option<(bool, Millis)> {
    let cond = filter.get("cond")?.as_text()?;
    Some((cond == "gt-d", days_ago(filter.get("int").unwrap(), now)))
}

/// Returns whether a number of the user compares as a filter's `mod` and `range` say; `None` if the filter has none.
fn compared(filter: &Json, number: &Decimal) -> Option<bool> {
    let range = Decimal::parse(text_of(filter.get("range")?).trim()).unwrap();
    let order = number.numerically(&range);
    Some(match filter.get("mod").and_then(Json::as_text)? {
        "eq" => order.is_eq(),
        "gt" => order.is_gt(),
        "gte" => order.is_ge(),
        "lt" => order.is_lt(),
        "lte" => order.is_le(),
        other => panic!("{other}"),
    })
}

fn event(did: &Did, filter: &Json, now: Millis) -> bool {
    let name = names::normalized(filter.get("prop").or_else(|| filter.get("value")).and_then(Json::as_text).unwrap()).unwrap();
    let window = window(filter, now);
    let is_in = |at: Millis| window.is_none_or(|(newer, time)| if newer { at > time } else { at < time });
    let count = did.events.iter().filter(|(of, at)| *of == name && is_in(*at)).count();
    // "The user did it": whoever never did is not among those who did it less than so often.
    count > 0 && compared(filter, &Decimal::parse(&count.to_string()).unwrap()).unwrap_or(true)
}

fn tour(did: &Did, filter: &Json, now: Millis) -> bool {
    let (id, state) = (text_of(filter.get("value").unwrap()), filter.get("range").and_then(Json::as_text));
    let reached = did.tours.iter().filter(|(of, reached, ..)| *of == id && state.is_none_or(|state| state == *reached));
    let window = window(filter, now);
    // In one is whoever reached it at any time in it.
    reached.into_iter().any(|(_, _, first, last)| window.is_none_or(|(newer, time)| if newer { *last > time } else { *first < time }))
}

fn survey(did: &Did, filter: &Json, now: Millis) -> bool {
    let id = text_of(filter.get("value").unwrap());
    let answers: Vec<_> = did.answers.iter().filter(|(of, ..)| *of == id).collect();
    let window = window(filter, now);
    let Some((_, _, at, button)) = answers.iter().max_by_key(|(_, _, last, _)| *last) else { return false };
    if filter.get("mod").is_some() {
        let fits = button.as_ref().is_some_and(|button| compared(filter, button).unwrap());
        return fits && window.is_none_or(|(newer, time)| if newer { *at > time } else { *at < time });
    }
    window.is_none_or(|(newer, time)| if newer { *at > time } else { answers.iter().any(|(_, first, ..)| *first < time) })
}

fn fits_property(user: &User, filter: &Json, now: Millis) -> bool {
    let sent = filter.get("prop").and_then(Json::as_text).unwrap();
    let path: Vec<_> = sent.split('.').map(|part| names::normalized(part).unwrap()).collect();
    let nothing = Fields::new();
    let (fields, path) = match path.split_first() {
        Some((first, rest)) if first == "company" && !rest.is_empty() => (user.company.as_deref().unwrap_or(&nothing), rest),
        _ => (&user.fields, &path[..]),
    };
    let pending: Vec<_> = user.deliveries.iter().filter(|(_, until)| until.is_none_or(|until| until > now)).collect();
    let pending = Value::Array(pending.into_iter().map(|(id, _)| Value::Text(id.clone())).collect());
    let found = match path {
        [name] if name == "delivery_ids" => (pending != Value::Array(Vec::new())).then_some(&pending),
        [name, rest @ ..] => rest.iter().fold(fields.get(name), |found, name| match found {
            Some(Value::Hash(members)) => members.get(name),
            _ => None,
        }),
        [] => None,
    };
    test(found, path.last().unwrap(), filter, now)
}

/// Returns whether a value fits, which is of the property or field of this name.
fn test(found: Option<&Value>, name: &str, filter: &Json, now: Millis) -> bool {
    let nothing = Json::text("");
    let sent = filter.get("value").unwrap_or(&nothing);
    let normal = |sent: &Json| normalized(name, sent, now);
    let is_one_of = |values: &[Json]| found.is_some_and(|found| values.iter().any(|value| same(found, &normal(value))));
    let text = |found: Option<&Value>| match found {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let part = if name == "email" { text_of(sent).trim().to_lowercase() } else { text_of(sent) };
    let contains = || text(found).is_some_and(|text| text.contains(&part));
    let contains_in_any_case = || text(found).is_some_and(|text| text.to_lowercase().contains(&part.to_lowercase()));
    let list = || match sent {
        Json::Array(items) => items.clone(),
        other => text_of(other).split(',').map(|part| Json::text(part.trim())).collect(),
    };
    let has = || matches!(found, Some(Value::Array(items)) if items.iter().any(|item| same(item, &normal(sent))));
    match filter.get("op").and_then(Json::as_text).unwrap() {
        "ex" => found.is_some(),
        "nx" => found.is_none(),
        "eq" => is_one_of(std::slice::from_ref(sent)),
        "ne" => !is_one_of(std::slice::from_ref(sent)),
        "gt" => order(found, &normal(sent)).is_some_and(Ordering::is_gt),
        "gte" => order(found, &normal(sent)).is_some_and(Ordering::is_ge),
        "lt" => order(found, &normal(sent)).is_some_and(Ordering::is_lt),
        "lte" => order(found, &normal(sent)).is_some_and(Ordering::is_le),
        "gt-d" => time(found).is_some_and(|time| time > days_ago(sent, now)),
        "lt-d" => time(found).is_some_and(|time| time < days_ago(sent, now)),
        "in" => contains(),
        "nin" => !contains(),
        "in-i" => contains_in_any_case(),
        "nin-i" => !contains_in_any_case(),
        "in-v" => is_one_of(&list()),
        "nin-v" => !is_one_of(&list()),
        "in-a" => has(),
        "nin-a" => !has(),
        "sw" => text(found).is_some_and(|text| text.starts_with(&part)),
        other => panic!("{other}"),
    }
}

/// Returns the text of a value, as it was sent.
fn text_of(sent: &Json) -> String {
    match sent {
        Json::Text(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Returns a value of a filter as the value of this property would be stored.
fn normalized(name: &str, sent: &Json, now: Millis) -> Value {
    match name {
        "uid" | "id" | "company_id" => {
            let whole = |text: &String| Decimal::parse(text).and_then(|number| number.whole(768));
            Value::Text(if let Json::Number(text) = sent { whole(text).unwrap_or_else(|| text.clone()) } else { text_of(sent) })
        }
        "email" => Value::Text(identifiers::address(&text_of(sent)).unwrap_or_else(|| text_of(sent))),
        _ => Reader { now, warnings: &mut Warnings::default() }.read(name, name, sent),
    }
}

fn same(one: &Value, other: &Value) -> bool {
    one == other
}

/// Compares two values of the same type.
fn order(found: Option<&Value>, value: &Value) -> Option<Ordering> {
    match (found?, value) {
        (Value::Number(one), Value::Number(other)) => Some(one.numerically(other)),
        (Value::Text(one), Value::Text(other)) if times::is_written(one) == times::is_written(other) => Some(one.cmp(other)),
        _ => None,
    }
}

/// Returns the time that a value is for a filter by days: also a number of Unix seconds or milliseconds.
fn time(found: Option<&Value>) -> Option<Millis> {
    match found? {
        Value::Text(text) if times::is_written(text) => times::read(text),
        Value::Number(number) => number.whole(15)?.parse().ok().and_then(times::read_unix),
        _ => None,
    }
}
