//! Random filters.

use rand::rngs::StdRng;
use rand::{Rng, RngExt};

use super::model::Known;
use super::population::pick;
use super::vocabulary::{EVENTS, PATHS, PROPERTIES, SURVEYS, TOURS, UNKNOWN};
use crate::fuzz::json::Json;
use crate::fuzz::reading::values::Value;

/// Filters of a search.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) filters: Vec<Json>,
    pub(super) op: &'static str,
}

impl Tree {
    /// Returns the body of a request.
    pub(super) fn body(&self, more: &str) -> String {
        let filters: Vec<_> = self.filters.iter().map(Json::to_string).collect();
        format!(r#"{{"filters":[{}],"filters_op":"{}"{more}}}"#, filters.join(","), self.op)
    }

    /// Returns random ones.
    pub(super) fn random(known: &Known, rng: &mut StdRng) -> Self {
        let op = if rng.random_ratio(2, 3) { "and" } else { "or" };
        let mut filters = Vec::new();
        // Those that are found by a key or an index.
        if rng.random_ratio(1, 4) {
            filters.push(narrow(known, rng));
        }
        for _ in 0..rng.random_range(usize::from(filters.is_empty())..4) {
            filters.push(filter(known, rng, 1));
        }
        Self { filters, op }
    }

    /// Returns random ones of companies, which are those known.
    pub(super) fn of_companies(known: &Known, rng: &mut StdRng) -> Self {
        let op = if rng.random_ratio(2, 3) { "and" } else { "or" };
        let filters = (0..rng.random_range(1..4)).map(|_| filter_of_company(known, rng, 1)).collect();
        Self { filters, op }
    }

    /// Returns those that have one filter less.
    pub(super) fn smaller(&self) -> Vec<Self> {
        let lists = smaller(&self.filters);
        lists.into_iter().map(|filters| Self { filters, op: self.op }).collect()
    }
}

fn smaller(filters: &[Json]) -> Vec<Vec<Json>> {
    let mut lists = Vec::new();
    for (index, filter) in filters.iter().enumerate() {
        let with = |other: Vec<Json>| [&filters[..index], &other, &filters[index + 1..]].concat();
        lists.push(with(Vec::new()));
        if let (Json::Object(members), Some(inner)) = (filter, filter.get("filters")) {
            lists.push(with(inner.items().to_vec()));
            for inner in smaller(inner.items()) {
                let members = members.iter().map(|(name, value)| match name.as_str() {
                    "filters" => (name.clone(), Json::Array(inner.clone())),
                    _ => (name.clone(), value.clone()),
                });
                lists.push(with(vec![Json::Object(members.collect())]));
            }
        }
    }
    lists
}

fn object(members: &[(&str, Json)]) -> Json {
    Json::Object(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

fn property(prop: &str, op: &str, value: Option<Json>) -> Json {
    let mut members = vec![("prop", Json::text(prop)), ("op", Json::text(op))];
    members.extend(value.map(|value| ("value", value)));
    object(&members)
}

fn any_text<'k>(known: &'k Known, field: &str, rng: &mut StdRng) -> Option<&'k str> {
    let place = rng.random_range(0..known.users.len());
    let user = known.users.values().nth(place).unwrap();
    match user.fields.get(field) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

/// Returns a filter that a key or index finds, or nearly.
fn narrow(known: &Known, rng: &mut StdRng) -> Json {
    let field = pick(rng, &["id", "uid", "email", "company_id", "uid", "email"]);
    let Some(text) = any_text(known, field, rng) else { return property(field, "nx", None) };
    let upper = if field == "email" && rng.random() { text.to_uppercase() } else { text.to_owned() };
    match rng.random_range(0..6) {
        0 | 1 if field != "company_id" => {
            let length = rng.random_range(1..=text.chars().count());
            property(field, "sw", Some(Json::text(text.chars().take(length).collect::<String>())))
        }
        2 => {
            let others = (0..rng.random_range(0..30)).filter_map(|_| any_text(known, field, rng));
            let values: Vec<_> = others.map(Json::text).chain([Json::text(&upper), Json::text("nobody@x.co")]).collect();
            property(field, "in-v", Some(Json::Array(values)))
        }
        3 if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0') && text.len() < 20 => {
            property(field, "eq", Some(Json::Number(text.to_owned())))
        }
        4 => property(field, pick(rng, &["ne", "nin-v"]), Some(Json::text(upper))),
        _ => property(field, "eq", Some(Json::text(upper))),
    }
}

fn filter(known: &Known, rng: &mut StdRng, level: usize) -> Json {
    match rng.random_range(0..20) {
        0..4 if level < 5 => {
            let filters = (0..rng.random_range(0..4)).map(|_| filter(known, rng, level + 1)).collect();
            let mut members = vec![("kind", Json::text("group")), ("filters", Json::Array(filters))];
            if rng.random_ratio(3, 4) {
                members.push(("filters_op", Json::text(pick(rng, &["and", "or"]))));
            }
            object(&members)
        }
        4..9 => activity(rng),
        9 => narrow(known, rng),
        10 => field(known, rng),
        _ => any_property(rng),
    }
}

fn filter_of_company(known: &Known, rng: &mut StdRng, level: usize) -> Json {
    match rng.random_range(0..20) {
        0..4 if level < 5 => {
            let filters = (0..rng.random_range(0..4)).map(|_| filter_of_company(known, rng, level + 1)).collect();
            object(&[
                ("kind", Json::text("group")),
                ("filters", Json::Array(filters)),
                ("filters_op", Json::text(pick(rng, &["and", "or"]))),
            ])
        }
        4..7 => loop {
            let filter = narrow(known, rng);
            if matches!(filter.get("prop").and_then(Json::as_text), Some("id" | "uid")) {
                return filter;
            }
        },
        7..10 => loop {
            let filter = field(known, rng);
            if matches!(filter.get("prop").and_then(Json::as_text), Some("created_at" | "updated_at" | "last_cleared_at" | "percent")) {
                return filter;
            }
        },
        _ => loop {
            let filter = any_property(rng);
            if filter.get("prop").and_then(Json::as_text).is_some_and(|prop| !prop.to_lowercase().starts_with("company")) {
                return filter;
            }
        },
    }
}

/// Returns a filter of a field of the service.
fn field(known: &Known, rng: &mut StdRng) -> Json {
    let place = rng.random_range(0..known.users.len());
    let user = known.users.values().nth(place).unwrap();
    match rng.random_range(0..6) {
        0 => property("percent", pick(rng, &["gt", "lte"]), Some(Json::Number(rng.random_range(0..100).to_string()))),
        1 => property("delivery_ids", pick(rng, &["ex", "nx"]), None),
        2 => {
            let id = user.deliveries.first().map_or("5f3c4232c712de665632a6d5", |(id, _)| id);
            property("delivery_ids", pick(rng, &["in-a", "nin-a"]), Some(Json::text(id)))
        }
        3 => property("last_cleared_at", pick(rng, &["ex", "nx"]), None),
        _ => {
            let name = pick(rng, &["created_at", "updated_at"]);
            let Some(Value::Text(text)) = user.fields.get(name) else { panic!("{name} is not there") };
            match rng.random_range(0..3) {
                0 => property(name, pick(rng, &["gt-d", "lt-d"]), Some(Json::text(pick_days(rng)))),
                1 => property(name, "sw", Some(Json::text(&text[..10]))),
                _ => property(name, pick(rng, &["gt", "gte", "lt", "lte", "eq", "ne"]), Some(Json::text(text))),
            }
        }
    }
}

fn pick_days(rng: &mut impl Rng) -> &'static str {
    pick(rng, &["0", "0.5", "1", "7", "20", "30.25", "365", "36500"])
}

fn any_property(rng: &mut StdRng) -> Json {
    let (name, values) = match rng.random_range(0..8) {
        0..5 => pick(rng, &PROPERTIES),
        5..7 => pick(rng, &PATHS),
        _ => (pick(rng, &UNKNOWN), PROPERTIES[0].1),
    };
    let name = match rng.random_range(0..4) {
        0 => name.to_uppercase().replace('_', " ").replace("INVITEDUSERSCOUNT", "Invited-Users  Count"),
        _ => name.to_owned(),
    };
    let value = Json::parse(pick(rng, values)).unwrap();
    let is_scalar = !matches!(value, Json::Array(_) | Json::Object(_));
    let text = match &value {
        Json::Text(text) => text.clone(),
        other => other.to_string(),
    };
    let days = Json::text(pick_days(rng));
    let part = || {
        let (from, length) = (text.chars().count() / 3, 1 + text.chars().count() / 3);
        text.chars().skip(from).take(length).collect::<String>()
    };
    match rng.random_range(0..17) {
        0 => property(&name, "ex", None),
        1 => property(&name, "nx", None),
        2 | 3 => property(&name, "eq", Some(value)),
        4 => property(&name, "ne", Some(value)),
        5..8 if is_scalar && !matches!(value, Json::Null | Json::Bool(_)) && !matches!(text.trim(), "true" | "false" | "") => {
            property(&name, pick(rng, &["gt", "gte", "lt", "lte"]), Some(value))
        }
        8 => property(&name, pick(rng, &["gt-d", "lt-d"]), Some(days)),
        9 if !text.is_empty() => property(&name, pick(rng, &["in", "nin"]), Some(Json::text(part()))),
        // Where letters are folded, `ß` is `ss`. Here it is not.
        10 if !text.is_empty() && !values.iter().any(|value| value.contains('ß')) => {
            let part = part();
            property(&name, pick(rng, &["in-i", "nin-i"]), Some(Json::text(if rng.random() { part.to_uppercase() } else { part })))
        }
        11 => {
            let list: Vec<_> = values.iter().map(|value| Json::parse(value).unwrap()).filter(|_| rng.random()).collect();
            let list: Vec<_> = list.into_iter().filter(|item| !matches!(item, Json::Array(_) | Json::Object(_))).collect();
            property(&name, pick(rng, &["in-v", "nin-v"]), Some(Json::Array(list)))
        }
        12 if !text.is_empty() && is_scalar && value != Json::Null => {
            property(&name, pick(rng, &["in-v", "nin-v"]), Some(Json::text(format!("{text} , x,{text}"))))
        }
        13 | 14 if is_scalar && value != Json::Null => {
            let item = pick(rng, &[r#""a""#, r#""A""#, "1", r#""2029-04-07""#, r#""1.10""#, "true"]);
            property(if rng.random() { "tags" } else { &name }, pick(rng, &["in-a", "nin-a"]), Json::parse(item))
        }
        15 if !text.is_empty() && is_scalar && value != Json::Null => {
            let start: String = text.chars().take(1 + text.chars().count() / 2).collect();
            property(&name, "sw", Some(Json::text(start)))
        }
        _ => property(&name, pick(rng, &["eq", "ne"]), Some(value)),
    }
}

fn activity(rng: &mut StdRng) -> Json {
    let mut members = Vec::new();
    let compare = |members: &mut Vec<(&'static str, Json)>, rng: &mut StdRng, most: u32| {
        if rng.random() {
            members.push(("mod", Json::text(pick(rng, &["gt", "gte", "lt", "lte", "eq"]))));
            let number = rng.random_range(0..most).to_string();
            members.push(("range", if rng.random() { Json::Number(number) } else { Json::text(number) }));
        }
    };
    match rng.random_range(0..4) {
        0 | 1 => {
            members.push(("kind", Json::text("event")));
            members.push((pick(rng, &["prop", "value"]), Json::text(pick(rng, &EVENTS))));
            compare(&mut members, rng, 5);
        }
        2 => {
            members.push(("kind", Json::text("tour")));
            members.push(("value", Json::text(pick(rng, &TOURS))));
            if rng.random() {
                members.push(("range", Json::text(pick(rng, &["started", "completed", "exited", "snoozed"]))));
            }
        }
        _ => {
            members.push(("kind", Json::text("survey")));
            members.push(("value", Json::text(pick(rng, &SURVEYS))));
            compare(&mut members, rng, 11);
        }
    }
    if rng.random_ratio(1, 3) {
        members.push(("op", Json::text(pick(rng, &["ex", "nx"]))));
    }
    if rng.random_ratio(1, 2) {
        members.push(("cond", Json::text(pick(rng, &["gt-d", "lt-d"]))));
        members.push(("int", Json::text(pick_days(rng))));
    }
    object(&members)
}
