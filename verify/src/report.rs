//! The lines that say what was expected and found.

use std::sync::Mutex;

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Fine,
    Wrong,
    NotChecked,
}

/// What a check is about, and what to do if something else is found.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    /// The part of the API.
    pub(crate) part: &'static str,
    /// What is tried.
    pub(crate) what: String,
    /// What must come of it.
    pub(crate) expected: String,
    /// What to do if something else does.
    pub(crate) remedy: String,
}

impl Check {
    pub(crate) fn new(part: &'static str, what: impl Into<String>, expected: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { part, what: what.into(), expected: expected.into(), remedy: remedy.into() }
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) fine: u32,
    pub(crate) wrong: u32,
    pub(crate) not_checked: u32,
}

/// Writes the lines, none of which has the secret in it.
pub(crate) struct Report {
    secret: String,
    tally: Mutex<Tally>,
}

/// The columns of a part's name, and of what is tried.
const PART: usize = 8;
const WHAT: usize = 64;

impl Report {
    pub(crate) fn new(secret: &str) -> Self {
        Self { secret: secret.to_owned(), tally: Mutex::default() }
    }

    /// Writes a line that is no check's.
    pub(crate) fn say(&self, text: &str) {
        println!("{}", self.printable(text));
    }

    /// Writes the line of a check. `found` is `Err` if that is not what was expected.
    pub(crate) fn line(&self, check: &Check, found: Result<String, String>) {
        match found {
            Ok(found) => self.write(Verdict::Fine, check, &found),
            Err(found) => self.write(Verdict::Wrong, check, &found),
        }
    }

    /// Writes the line of a check that was not made, with the reason.
    pub(crate) fn not_checked(&self, check: &Check, because: &str) {
        self.write(Verdict::NotChecked, check, because);
    }

    pub(crate) fn tally(&self) -> Tally {
        self.tally.lock().map(|tally| *tally).unwrap_or_default()
    }

    fn write(&self, verdict: Verdict, check: &Check, found: &str) {
        if let Ok(mut tally) = self.tally.lock() {
            match verdict {
                Verdict::Fine => tally.fine += 1,
                Verdict::Wrong => tally.wrong += 1,
                Verdict::NotChecked => tally.not_checked += 1,
            }
        }
        let Check { part, what, expected, remedy } = check;
        let (mark, found) = match verdict {
            Verdict::Fine => ("ok  ", format!("found {found}")),
            Verdict::Wrong => ("FAIL", format!("found {found}")),
            Verdict::NotChecked => ("-   ", format!("not checked: {found}")),
        };
        let what = cut(what);
        self.say(&format!("{mark}  {part:PART$}  {what:WHAT$}  expected {expected}; {found}"));
        if verdict == Verdict::Wrong {
            self.say(&format!("      {:PART$}  -> {remedy}", ""));
        }
    }

    fn printable(&self, text: &str) -> String {
        let text = if self.secret.is_empty() { text.to_owned() } else { text.replace(&self.secret, "…") };
        text.trim_end().chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
    }
}

/// Makes a text fit into its column.
fn cut(what: &str) -> String {
    let mut characters = what.chars();
    let cut: String = characters.by_ref().take(WHAT).collect();
    if characters.next().is_some() { cut.chars().take(WHAT - 1).chain(['…']).collect() } else { cut }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_line_without_the_secret() {
        assert_eq!((cut("é").as_str(), cut(&"é".repeat(65)).chars().count()), ("é", WHAT));
        assert_eq!(Report::new("s3cret").printable("a s3cret\r\n\u{1b}[31m b "), "a …   [31m b");
    }
}
