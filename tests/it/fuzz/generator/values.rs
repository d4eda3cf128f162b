//! Values of properties.

use super::{Dice, names, numbers, times};
use crate::fuzz::json::Json;

const TEXTS: [&str; 20] = [
    "", " ", "gold", "silver", "true", "false", "TRUE", " true ", "null", "yes", " padded ", " 42 ", "é", "e\u{301}", "🙂", "a\u{0}b",
    "\"\\/", "{}", "[1]", "\u{200b}",
];

/// A string.
pub(super) fn text(dice: &mut Dice) -> String {
    match dice.below(20) {
        0..7 => dice.pick(&TEXTS).into(),
        7..11 => numbers::any(dice),
        11 => numbers::nearly(dice),
        12..17 => times::any(dice),
        17 => format!(" {} ", numbers::any(dice)),
        _ => long(dice),
    }
}

/// A string of around 768 bytes, whose characters have one to four.
fn long(dice: &mut Dice) -> String {
    let unit = dice.pick(&["a", "é", "名", "😀", "a😀", "é名"]);
    let bytes = dice.pick(&[764, 766, 767, 768, 769, 771, 1_600]);
    unit.repeat(bytes / unit.len()) + dice.pick(&["", "", "b", "bc"])
}

fn scalar(dice: &mut Dice) -> Json {
    match dice.below(10) {
        0 => Json::Null,
        1 => Json::Bool(dice.one_in(2)),
        2..5 => Json::Number(numbers::any(dice)),
        _ => Json::Text(text(dice)),
    }
}

/// Any value. It has up to five levels.
pub(super) fn any(dice: &mut Dice) -> Json {
    at_level(dice, 0)
}

fn at_level(dice: &mut Dice, level: usize) -> Json {
    match dice.below(12) {
        0 | 1 if level < 5 => Json::Array((0..dice.below(4)).map(|_| at_level(dice, level + 1)).collect()),
        2..5 if level > 0 && level < 5 => hash(dice, level),
        2 => hash(dice, level),
        _ => scalar(dice),
    }
}

fn hash(dice: &mut Dice, level: usize) -> Json {
    Json::Object((0..dice.below(4)).map(|_| (names::any(dice), at_level(dice, level + 1))).collect())
}

/// A typed field, mostly with a value of its type.
pub(super) fn typed(dice: &mut Dice) -> (String, Json) {
    let text = |text: &str| Json::text(text);
    let number = |text: &str| Json::Number(text.into());
    let (name, good, bad): (&str, Vec<Json>, Vec<Json>) = match dice.below(7) {
        0 => ("browser_x", vec![number("1920"), text("1280"), number("0")], vec![text("wide"), Json::Bool(true), number("1e300")]),
        1 => ("browserTz", vec![number("-5.5"), text("2")], vec![text("CET"), text("2029-04-07"), Json::Array(vec![])]),
        2 => ("browser_l", vec![text("en-US"), text("")], vec![number("5"), Json::Object(vec![])]),
        3 => ("browser_n", vec![text("chrome"), text("ie11"), text("samsung"), text("unknown")], vec![]),
        4 => ("browser_k", vec![text("mobile"), text("watch")], vec![]),
        5 => (
            "last_seen_at",
            vec![text("2029-04-07 12:18:00+00"), number("1881974806"), text("$now"), text("2016-12-31T23:59:60Z"), text("+3d")],
            vec![text("yesterday"), number("5"), Json::Bool(false), text("2029-02-30")],
        ),
        _ => ("last_seen_session_count", vec![number("7"), text("12"), number("0")], vec![number("-1"), number("1.5"), text("many")]),
    };
    let value = match dice.below(10) {
        0 => Json::Null,
        1 if !bad.is_empty() => dice.pick(&bad),
        _ => dice.pick(&good),
    };
    (name.into(), value)
}
