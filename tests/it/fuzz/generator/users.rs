//! A few users and companies, each spelled in many ways, and what is nearly one.

use super::Dice;
use crate::fuzz::json::Json;

/// Uids as JSON. Those of a line are of one user.
const UIDS: [&[&str]; 8] = [
    &["18821", "\"18821\"", "18821.0", "1.8821e4", "1882100e-2"],
    &["0", "\"0\"", "-0", "0.0", "-0.0e9"],
    &["100", "\"100\"", "1e2", "100.000"],
    &["\"ann\""],
    &["\"Ann\""],
    &["\"josé\""],
    &["\"jose\u{301}\""],
    &["123456789012345678901234567890123456789", "\"123456789012345678901234567890123456789\""],
];
/// What is no uid, or one that looks odd.
const ODD_UIDS: [&str; 24] = [
    "null",
    "\"\"",
    "\"   \"",
    "\"undefined\"",
    "\"NULL\"",
    "\"None\"",
    "\"nil\"",
    "\"NaN\"",
    "\"[object Object]\"",
    "\"True\"",
    "\"FALSE\"",
    "true",
    "false",
    "1.5",
    "-0.25",
    "[]",
    "[1]",
    "{}",
    "{\"uid\":1}",
    "1e999999999",
    "1e-3",
    "\"1.5\"",
    "\"nothing\"",
    "\"18821.0\"",
];

/// Addresses. Those of a line are of one user.
const ADDRESSES: [&[&str]; 6] = [
    &[
        "kim@x.co",
        " Kim@X.CO ",
        "KIM@x.co.",
        "\u{200b}kim@x.co",
        "kim@x.co\u{feff}",
        "\u{202a}kim@X.co\u{202c}",
        "kim@ｘ.co",
        "\u{ad} kim@x.co\t",
    ],
    &["josé@x.co", "jose\u{301}@x.co", "JOSÉ@X.CO", "\u{2066}JOSE\u{301}@x.co.\u{2069}"],
    &[
        "leon@münchen.example",
        "leon@xn--mnchen-3ya.example",
        "Leon@MÜNCHEN.example",
        "leon@mu\u{308}nchen.example.",
        "LEON@XN--MNCHEN-3YA.EXAMPLE",
    ],
    &["ann+tag@sub.x.co", "Ann+Tag@Sub.X.co"],
    &["bob@例え.example", "BOB@xn--r8jz45g.example"],
    &["o'neil@x.co", "O'Neil@x.co"],
];
/// What is no address.
const NO_ADDRESSES: [&str; 8] =
    ["nobody", "a b@x.co", "ki\u{200b}m@x.co", "@x.co", "kim@", "kim@xn--zzzzzzzz999.example", "k\u{ad}im@x.co", "kim@x\u{feff}.co"];

/// Uids of companies, as JSON. Those of a line are of one company.
const COMPANIES: [&[&str]; 4] = [&["931", "\"931\""], &["\"acme\""], &["\"72d8ce91-fa3c-40f4-954d-4a8e8319a61e\""], &["\"b\u{fc}ro\""]];

fn parse(text: &str) -> Json {
    Json::parse(text).unwrap_or_else(|| panic!("no JSON: {text}"))
}

pub(super) fn uid(dice: &mut Dice) -> Json {
    let user = UIDS[dice.below(UIDS.len())];
    parse(dice.pick(user))
}

/// A uid, or what is nearly one.
pub(super) fn any_uid(dice: &mut Dice) -> Json {
    match dice.below(30) {
        0..6 => parse(dice.pick(&ODD_UIDS)),
        6 => Json::text("é".repeat(384)),
        7 => Json::text("é".repeat(384) + "x"),
        8 => Json::text("a\u{0}b"),
        9 => Json::Half("a".into()),
        _ => uid(dice),
    }
}

pub(super) fn email(dice: &mut Dice) -> Json {
    let user = ADDRESSES[dice.below(ADDRESSES.len())];
    Json::text(dice.pick(user))
}

/// An address, or what is nearly one.
pub(super) fn any_email(dice: &mut Dice) -> Json {
    match dice.below(30) {
        0..3 => Json::text(dice.pick(&NO_ADDRESSES)),
        3 => {
            dice.pick(&[Json::Null, Json::text(""), Json::Number("5".into()), Json::Bool(true), Json::Array(vec![]), Json::Object(vec![])])
        }
        4..6 => Json::text("$unset"),
        6 => Json::text(format!("{}@x.co", "a".repeat(dice.pick(&[315, 316])))),
        7 => Json::Half("kim@x.co".into()),
        _ => email(dice),
    }
}

/// An id that was answered before, or what is nearly one.
pub(super) fn any_id(dice: &mut Dice) -> Json {
    match dice.below(30) {
        0 => Json::text("0123456789abcdef01234567"),
        1 => dice.pick(&[Json::text("18821"), Json::text("0123456789ABCDEF01234567"), Json::Number("5".into()), Json::Array(vec![])]),
        2 => dice.pick(&[Json::Null, Json::text("")]),
        _ => id(dice),
    }
}

pub(super) fn id(dice: &mut Dice) -> Json {
    Json::text(format!("{{profile {}}}", dice.below(40)))
}

pub(super) fn company_uid(dice: &mut Dice) -> Json {
    let company = COMPANIES[dice.below(COMPANIES.len())];
    parse(dice.pick(company))
}

/// A company's uid or id, or what is nearly one.
pub(super) fn any_company(dice: &mut Dice) -> Json {
    match dice.below(20) {
        0..2 => Json::Null,
        2 => dice.pick(&[Json::text(""), Json::Bool(true), Json::Array(vec![]), Json::text("x".repeat(769))]),
        3 => Json::text("0123456789abcdef01234567"),
        4..8 => Json::text(format!("{{company {}}}", dice.below(8))),
        _ => company_uid(dice),
    }
}
