//! The filters of `--filter`: one text, one filter of the API.
//!
//! ```text
//! filter    = property | activity
//! property  = ["!"] name "?"  |  name operator value  |  name ("in" | "not in") value {"," value}  |  name ("has" | "lacks") value
//! operator  = "=" "!=" "<" "<=" ">" ">=" "~" "!~" "~*" "!~*" "^="
//! activity  = ["!"] ("event:" name [compare number] | "tour:" id [state] | "survey:" id [compare number]) [("within" | "before") days]
//! ```
//!
//! Values are sent as text, and the API reads them as it read the property itself.

mod activity;
mod property;
mod scanner;
#[cfg(test)]
mod tests;

use serde_json::Value;

use self::scanner::Scanner;

/// The characters of a part that an error repeats.
const MAX_PART_CHARACTERS: usize = 60;

/// A filter that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the filter `{filter}` can't be read: {problem}")]
pub(crate) struct Misread {
    filter: String,
    problem: String,
}

/// The reason why a filter cannot be read, and what would do.
type Problem = String;

/// Reads a filter. The result is the filter as the API takes it.
///
/// # Errors
/// `Misread` with the part that cannot be read, and with what would do.
pub(crate) fn parse(text: &str) -> Result<Value, Misread> {
    read(&mut Scanner::new(text)).map_err(|problem| Misread { filter: part(text.trim()), problem })
}

fn read(scanner: &mut Scanner<'_>) -> Result<Value, Problem> {
    scanner.skip_blanks();
    if scanner.is_at_end() {
        return Err("it is empty; to find everybody, leave it out".to_owned());
    }
    let negated = scanner.eat("!");
    scanner.skip_blanks();
    match activity::Kind::eat(scanner) {
        Some(kind) => activity::read(kind, negated, scanner),
        None => property::read(negated, scanner),
    }
}

/// Makes a part of a filter fit for a message: one line of limited length.
fn part(text: &str) -> String {
    let mut characters = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut shown: String = characters.by_ref().take(MAX_PART_CHARACTERS).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}
