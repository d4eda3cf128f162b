//! Filters of a property of the profile or of its company.

use serde_json::{Number, Value, json};

use super::scanner::Scanner;
use super::{Problem, part};

/// The symbols, the longer ones first, with the API's operators.
const SYMBOLS: [(&str, Operator); 12] = [
    ("!~*", Operator::One("nin-i")),
    ("~*", Operator::One("in-i")),
    ("!~", Operator::One("nin")),
    ("!=", Operator::One("ne")),
    (">=", Operator::Order("gte", None)),
    ("<=", Operator::Order("lte", None)),
    ("^=", Operator::One("sw")),
    ("~", Operator::One("in")),
    ("=", Operator::One("eq")),
    // More than so many days ago is older; less is newer.
    (">", Operator::Order("gt", Some("lt-d"))),
    ("<", Operator::Order("lt", Some("gt-d"))),
    ("?", Operator::Exists),
];
/// The words, with the API's operators.
const WORDS: [(&str, Operator); 3] = [("in", Operator::List("in-v")), ("has", Operator::One("in-a")), ("lacks", Operator::One("nin-a"))];
/// What a name is written with only in quotes.
const NOT_IN_NAMES: &str = "=!<>~^?:,;()\"'`";
const OPERATORS: &str = "`=`, `!=`, `<`, `<=`, `>`, `>=`, `~`, `!~`, `~*`, `!~*`, `^=`, `?`, `in`, `not in`, `has` or `lacks`";

#[derive(Clone, Copy)]
enum Operator {
    /// Whether the property is there.
    Exists,
    /// With a value.
    One(&'static str),
    /// With a value, or with days: then it is the second, if there is one.
    Order(&'static str, Option<&'static str>),
    /// With several values.
    List(&'static str),
}

/// Reads a filter of a property.
pub(super) fn read(negated: bool, scanner: &mut Scanner<'_>) -> Result<Value, Problem> {
    let name = name(scanner)?;
    if scanner.peek() == Some(':') {
        return Err(format!(
            "`{}:` is no kind of filter: write `event:`, `tour:` or `survey:`, or put the name of a property into quotes",
            part(&name)
        ));
    }
    scanner.skip_blanks();
    let (sign, operator) = operator(scanner).ok_or_else(|| no_operator(&name, scanner))?;
    let filter = |op: &str, value: Value| json!({"kind": "property", "prop": name, "op": op, "value": value});
    if let Operator::Exists = operator {
        scanner.end("`?`")?;
        return Ok(json!({"kind": "property", "prop": name, "op": if negated { "nx" } else { "ex" }}));
    }
    if negated {
        return Err(format!(
            "`!` stands only before `{}?`, `event:`, `tour:` and `survey:`; others are negated by their operators: `!=`, `!~`, `!~*`, `not in`, `lacks`",
            part(&name)
        ));
    }
    match operator {
        Operator::List(op) => Ok(filter(op, Value::Array(list(sign, scanner)?))),
        Operator::Order(op, in_days) => {
            let days = days(scanner.rest().trim());
            match (days, in_days) {
                (Some(days), Some(op)) => Ok(filter(op, Value::Number(days))),
                (Some(_), None) => {
                    let strict = sign.trim_end_matches('=');
                    Err(format!("`{sign}` can't be used with days: write `{strict}{}`", part(scanner.rest().trim())))
                }
                (None, _) => Ok(filter(op, value(sign, scanner)?)),
            }
        }
        Operator::One(op) => Ok(filter(op, value(sign, scanner)?)),
        Operator::Exists => Err(no_operator(&name, scanner)),
    }
}

fn name(scanner: &mut Scanner<'_>) -> Result<String, Problem> {
    let name = match scanner.quoted()? {
        Some(name) => name,
        None => scanner.until(|c| c.is_whitespace() || NOT_IN_NAMES.contains(c)).to_owned(),
    };
    if !name.trim().is_empty() {
        return Ok(name);
    }
    let rest = part(scanner.rest());
    if scanner.peek() == Some('(') {
        return Err(format!(
            "no name stands before `{rest}`: there are no parentheses here; use `--any`, or a group in the file of `--filters`"
        ));
    }
    Err(format!("no name of a property stands before `{rest}`: write, for instance, `role=admin`"))
}

fn operator(scanner: &mut Scanner<'_>) -> Option<(&'static str, Operator)> {
    if let Some(found) = SYMBOLS.into_iter().find(|(symbol, _)| scanner.eat(symbol)) {
        return Some(found);
    }
    if let Some(found) = WORDS.into_iter().find(|(word, _)| scanner.eat_word(word)) {
        return Some(found);
    }
    if scanner.eat_word("not") {
        scanner.skip_blanks();
        return scanner.eat_word("in").then_some(("not in", Operator::List("nin-v")));
    }
    None
}

fn no_operator(name: &str, scanner: &Scanner<'_>) -> Problem {
    let name = part(name);
    match scanner.rest().trim() {
        "" => format!("no operator follows `{name}`: write `{name}?` for whoever has it, or `{name}=` and a value"),
        rest => {
            format!("no operator stands between `{name}` and `{}`: write {OPERATORS}; a name with blanks is put into quotes", part(rest))
        }
    }
}

/// Reads the value up to the end.
fn value(sign: &str, scanner: &mut Scanner<'_>) -> Result<Value, Problem> {
    scanner.skip_blanks();
    if let Some(text) = scanner.quoted()? {
        scanner.end("the closing quote")?;
        return Ok(Value::String(text));
    }
    let text = scanner.until(|_| false).trim();
    match text.chars().next() {
        None => Err(format!("no value follows `{sign}`: write `\"\"` for the empty text")),
        Some('=' | '~' | '<' | '>') => Err(format!(
            "`{}` after `{sign}` may be an operator that does not exist: put the value into quotes, or write {OPERATORS}",
            part(text)
        )),
        Some(_) => Ok(bare(text)),
    }
}

/// Reads values with commas between them, up to the end.
fn list(sign: &str, scanner: &mut Scanner<'_>) -> Result<Vec<Value>, Problem> {
    let mut values = Vec::new();
    loop {
        scanner.skip_blanks();
        let value = match scanner.quoted()? {
            Some(text) => Value::String(text),
            None => match scanner.until(|c| c == ',').trim() {
                "" if values.is_empty() && scanner.is_at_end() => {
                    return Err(format!("no value follows `{sign}`: write, for instance, `role {sign} admin,owner`"));
                }
                "" => return Err(format!("a value of the list is empty at `{}`: write `\"\"` for the empty text", part(scanner.rest()))),
                text => bare(text),
            },
        };
        values.push(value);
        scanner.skip_blanks();
        if !scanner.eat(",") {
            scanner.end("a value in quotes")?;
            return Ok(values);
        }
    }
}

/// Interprets a value without quotes. The API reads numbers, booleans and times out of texts, but no `null`.
fn bare(text: &str) -> Value {
    if text == "null" { Value::Null } else { Value::String(text.to_owned()) }
}

/// Reads a number of days, such as `30d` or `0.5d`.
pub(super) fn days(text: &str) -> Option<Number> {
    let digits = text.strip_suffix('d')?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(whole) || !are_digits(fraction) {
        return None;
    }
    match digits.parse::<u64>() {
        Ok(days) => Some(days.into()),
        Err(_) => Number::from_f64(digits.parse().ok()?),
    }
}
