//! Spells requests: escapes in JSON, percent signs in forms, and the ids that requests name by their place.

use std::fmt::Write;

use super::generator::{Body, Dice, Sent};
use super::json::Json;

/// Spells a body.
pub(super) fn body(body: &Body, dice: &mut Dice) -> String {
    match body {
        Body::Nothing => String::new(),
        Body::Json(fields) => {
            let often = dice.pick(&[1, 4, 1_000_000, 1_000_000, 1_000_000]);
            Json::Object(fields.clone()).spelled(&mut || often == 1 || often == 4 && dice.one_in(4))
        }
        Body::Form(pairs) => form(pairs, dice),
    }
}

/// Shows a request as it is easiest to read.
pub(super) fn shown(sent: &Sent) -> String {
    let body = match &sent.body {
        Body::Nothing => String::new(),
        Body::Json(fields) => Json::Object(fields.clone()).to_string(),
        Body::Form(pairs) => format!("form {pairs:?}"),
    };
    format!("after {} ms: {} {} query {:?} {body}", sent.pause, sent.method, sent.path, sent.query)
}

/// Spells a form or query.
pub(super) fn form(pairs: &[(String, String)], dice: &mut Dice) -> String {
    let brackets_stay = dice.one_in(2);
    let encoded = |text: &str, is_name: bool| {
        let mut out = String::new();
        for byte in text.bytes() {
            match byte {
                b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'.' | b'-' | b'@' => out.push(char::from(byte)),
                b'[' | b']' if is_name && brackets_stay => out.push(char::from(byte)),
                b' ' if brackets_stay => out.push('+'),
                _ => write!(out, "%{byte:02X}").expect("a string takes all"),
            }
        }
        out
    };
    pairs.iter().map(|(name, value)| format!("{}={}", encoded(name, true), encoded(value, false))).collect::<Vec<_>>().join("&")
}

/// Puts ids in place of texts such as `{profile 3}`.
pub(super) fn with_ids(sent: &Sent, id: &dyn Fn(&str, usize) -> String) -> Sent {
    let mut sent = sent.clone();
    sent.path = in_text(&sent.path, id);
    for (_, value) in &mut sent.query {
        *value = in_text(value, id);
    }
    match &mut sent.body {
        Body::Nothing => {}
        Body::Json(fields) => fields.iter_mut().for_each(|(_, value)| in_json(value, id)),
        Body::Form(pairs) => pairs.iter_mut().for_each(|(_, value)| *value = in_text(value, id)),
    }
    sent
}

fn in_json(value: &mut Json, id: &dyn Fn(&str, usize) -> String) {
    match value {
        Json::Text(text) => *text = in_text(text, id),
        Json::Array(items) => items.iter_mut().for_each(|item| in_json(item, id)),
        Json::Object(members) => members.iter_mut().for_each(|(_, member)| in_json(member, id)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Half(_) => {}
    }
}

fn in_text(text: &str, id: &dyn Fn(&str, usize) -> String) -> String {
    let place = |text: &str| {
        let (before, rest) = text.split_once('{')?;
        let (name, after) = rest.split_once('}')?;
        let (kind, number) = name.split_once(' ').filter(|(kind, _)| ["profile", "company", "delivery"].contains(kind))?;
        Some(format!("{before}{}{after}", id(kind, number.parse().ok()?)))
    };
    place(text).unwrap_or_else(|| text.to_owned())
}
