//! Values of every type, and at the edges of each.

use profiles_normalization::{Number, Value};

/// A time that is among the values.
pub(super) const TIME: &str = "2029-04-07T12:18:00.000Z";

pub(super) fn text(text: impl Into<String>) -> Value {
    Value::String(text.into())
}

pub(super) fn number(text: &str) -> Value {
    Value::Number(Number::parse(text).unwrap())
}

pub(super) fn hash(members: &[(&str, Value)]) -> Value {
    Value::Hash(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
}

/// Texts, also those that look like something else.
pub(super) fn texts() -> Vec<String> {
    let some = [
        "",
        " ",
        "a",
        "A",
        "abc",
        "ABC",
        "xabcx",
        "100",
        "1E2",
        "true",
        "null",
        "S",
        "L",
        "STRASSE",
        "straße",
        "é",
        "e\u{301}",
        "日本",
        "🦎",
        "\u{ffff}",
        ":f0",
        "#f0",
        "a,b",
        "(a)",
        TIME,
        "2029-04-07T12:18:00.001Z",
        "1999-12-31T23:59:59.999Z",
        "0000-01-01T00:00:00.000Z",
        "9999-12-31T23:59:59.999Z",
        "2029-04-07T12:18:00Z",
        "2029-04-07",
        "2029-13-07T12:18:00.000Z",
        "/",
        "0",
        "9999-12-31T23:59:59.999Zz",
    ];
    some.into_iter().map(str::to_owned).chain(["x".repeat(768), format!("{}y", "x".repeat(767))]).collect()
}

fn scalars() -> Vec<Value> {
    let numbers = [
        "0",
        "-1",
        "100",
        "100.5",
        // The time in seconds and milliseconds, and near to it.
        "1870258679",
        "1870258680",
        "1870258680.5",
        "1870258680000",
        "1870258680001",
        "94694400",
        "94694399",
        "4102444800",
        "4102444799999",
        "0.1",
        "1e-20",
        "1e-130",
        "9.9e125",
        "-9.9e125",
        "12345678901234567890123456789012345678",
        "12345678901234567890123456789012345677",
        "1.2345678901234567890123456789012345678",
    ];
    let numbers = numbers.into_iter().map(number);
    [Value::Bool(true), Value::Bool(false)].into_iter().chain(numbers).chain(texts().into_iter().map(text)).collect()
}

/// Values as properties hold them.
pub(super) fn all() -> Vec<Value> {
    let scalars = scalars();
    let others = [
        Value::Null,
        Value::Array(Vec::new()),
        Value::Array(vec![text("abc")]),
        Value::Array(vec![text("")]),
        Value::Array(vec![number("100"), Value::Bool(true)]),
        Value::Array(vec![Value::Bool(true), number("100")]),
        Value::Array(scalars.clone()),
        hash(&[]),
        hash(&[("a", Value::Null)]),
        hash(&[("a", number("100")), ("size", text("abc"))]),
        hash(&[("a", number("100")), ("size", Value::Array(vec![number("100")]))]),
        hash(&[("a", hash(&[("size", hash(&[("a", number("100"))]))]))]),
    ];
    scalars.into_iter().chain(others).collect()
}
