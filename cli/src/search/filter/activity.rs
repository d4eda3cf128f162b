//! Filters of what a user did: events, tours, Microsurveys.

use serde_json::{Map, Number, Value};

use super::property::days;
use super::scanner::{Scanner, begins_with_word};
use super::{Problem, part};

/// The comparisons, the longer ones first, with the API's names.
const COMPARISONS: [(&str, &str); 5] = [(">=", "gte"), ("<=", "lte"), (">", "gt"), ("<", "lt"), ("=", "eq")];
/// The states of a tour.
const STATES: [&str; 4] = ["started", "completed", "exited", "snoozed"];
/// The words before a number of days, with the API's operators.
const WINDOWS: [(&str, &str); 2] = [("within", "gt-d"), ("before", "lt-d")];

/// A kind of activity.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Event,
    Tour,
    Survey,
}

impl Kind {
    /// Reads `event:`, `tour:` or `survey:`, if one comes next.
    pub(super) fn eat(scanner: &mut Scanner<'_>) -> Option<Self> {
        [Self::Event, Self::Tour, Self::Survey].into_iter().find(|kind| scanner.eat(&format!("{}:", kind.name())))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Tour => "tour",
            Self::Survey => "survey",
        }
    }
}

/// Reads what follows the kind.
pub(super) fn read(kind: Kind, negated: bool, scanner: &mut Scanner<'_>) -> Result<Value, Problem> {
    let named = named(kind, scanner)?;
    let mut filter = Map::new();
    filter.insert("kind".to_owned(), kind.name().into());
    filter.insert("value".to_owned(), named.into());
    if negated {
        filter.insert("op".to_owned(), "nx".into());
    }
    scanner.skip_blanks();
    if kind == Kind::Tour {
        if let Some(state) = STATES.into_iter().find(|state| scanner.eat_word(state)) {
            filter.insert("range".to_owned(), state.into());
        }
    } else if let Some((sign, comparison)) = COMPARISONS.into_iter().find(|(sign, _)| scanner.eat(sign)) {
        filter.insert("mod".to_owned(), comparison.into());
        filter.insert("range".to_owned(), number(sign, scanner)?.into());
    }
    scanner.skip_blanks();
    if let Some((word, window)) = WINDOWS.into_iter().find(|(word, _)| scanner.eat_word(word)) {
        scanner.skip_blanks();
        let text = scanner.until(char::is_whitespace);
        let days = days(text).ok_or_else(|| match text {
            "" => format!("no number of days follows `{word}`: write, for instance, `{word} 30d`"),
            _ => format!("`{}` after `{word}` is no number of days: write, for instance, `{word} 30d`", part(text)),
        })?;
        filter.insert("cond".to_owned(), window.into());
        filter.insert("int".to_owned(), days.into());
    }
    if scanner.is_at_end() { Ok(Value::Object(filter)) } else { Err(leftover(kind, scanner)) }
}

/// Reads the event's name or the id.
fn named(kind: Kind, scanner: &mut Scanner<'_>) -> Result<String, Problem> {
    scanner.skip_blanks();
    if let Some(name) = scanner.quoted()? {
        return if name.trim().is_empty() { Err(unnamed(kind)) } else { Ok(name) };
    }
    let is_sign = |c| "=!<>~^?\"'".contains(c);
    let name = match kind {
        // Names of events have blanks.
        Kind::Event => scanner.until_rest(|before, rest| {
            let is_after_blank = before.is_none_or(char::is_whitespace);
            rest.starts_with(is_sign) || is_after_blank && WINDOWS.iter().any(|(word, _)| begins_with_word(rest, word))
        }),
        Kind::Tour | Kind::Survey => scanner.until(|c: char| c.is_whitespace() || is_sign(c)),
    };
    if name.trim().is_empty() { Err(unnamed(kind)) } else { Ok(name.trim().to_owned()) }
}

fn unnamed(kind: Kind) -> Problem {
    match kind {
        Kind::Event => "no name follows `event:`: write, for instance, `event:report_exported`".to_owned(),
        Kind::Tour | Kind::Survey => format!("no id follows `{0}:`: write, for instance, `{0}:5f3c4232c712de665632a6d5`", kind.name()),
    }
}

fn number(sign: &str, scanner: &mut Scanner<'_>) -> Result<Number, Problem> {
    scanner.skip_blanks();
    let text = scanner.until(char::is_whitespace);
    let problem = || match text {
        "" => format!("no number follows `{sign}`: write, for instance, `{sign}3`"),
        _ => format!("`{}` after `{sign}` is no number: write, for instance, `{sign}3`", part(text)),
    };
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten().map(Number::from).ok_or_else(problem)
}

fn leftover(kind: Kind, scanner: &Scanner<'_>) -> Problem {
    let would_do = match kind {
        Kind::Event => "a comparison such as `>=3`, then `within 30d` or `before 30d`; a name with such characters is put into quotes",
        Kind::Tour => "`started`, `completed`, `exited` or `snoozed`, then `within 30d` or `before 30d`",
        Kind::Survey => "the number of a button with a comparison such as `>=9`, then `within 30d` or `before 30d`",
    };
    format!("`{}` does not belong there: after `{}:…` may follow {would_do}", part(scanner.rest().trim()), kind.name())
}
