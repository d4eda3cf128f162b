//! Forms and queries: flat, with brackets, and with names that repeat.

use super::{Dice, names, values};
use crate::fuzz::json::Json;

/// The text of a value that has one.
fn text_of(value: &Json) -> Option<String> {
    match value {
        Json::Text(text) | Json::Number(text) => Some(text.clone()),
        _ => None,
    }
}

/// Turns fields into pairs of a form.
pub(super) fn of(dice: &mut Dice, fields: &[(String, Json)]) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = fields
        .iter()
        .filter(|(name, _)| !name.contains(['[', ']']))
        .filter_map(|(name, value)| Some((name.clone(), text_of(value)?)))
        .collect();
    if dice.one_in(3) {
        pairs.extend(bracketed(dice));
    }
    pairs
}

/// Some pairs with brackets.
fn bracketed(dice: &mut Dice) -> Vec<(String, String)> {
    let mut text = || values::text(dice);
    let pairs: Vec<(&str, String)> = match (text().len() % 7, text(), text()) {
        (0, one, other) => vec![("tags[]", one), ("tags[]", other)],
        (1, one, other) => vec![("traits[plan]", one), ("traits[userRole]", other)],
        (2, one, other) => vec![("traits[a][b]", one), ("traits[a][c][]", other)],
        (3, one, other) => vec![("traits[list][]", one.clone()), ("traits[list][]", other), ("traits[seen_at]", one)],
        (4, one, other) => vec![("items[][name]", one), ("items[][size]", other.clone()), ("items[][name]", other)],
        (5, one, other) => vec![("company[uid]", "931".into()), ("company[name]", one), ("company[traits][size]", other)],
        (_, one, other) => vec![("deep[a][b][c][d]", one), ("tags[]", other)],
    };
    let mut pairs: Vec<_> = pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    if dice.one_in(6) {
        pairs.push((format!("traits[{}]", names::any(dice).replace(['[', ']'], "")), values::text(dice)));
    }
    pairs
}
