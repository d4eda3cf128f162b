//! A reader who runs the documents' commands, one after the other.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::SECRET;
use super::documents::Example;
use super::identifiers::identifiers;
use super::names::Names;
use super::shell::run_in_shell;

/// The longest time for a batch to be applied. It takes a second or two, but longer on a busy machine.
const APPLIED_WITHIN: Duration = Duration::from_secs(120);
/// The longest time for a list of a tour or Microsurvey, or a search, to show what was recorded just now.
const LISTED_WITHIN: Duration = Duration::from_secs(10);
const ASK_EVERY: Duration = Duration::from_millis(200);

/// A reader who runs the documents' commands on an API.
#[derive(Debug)]
pub struct Reader {
    api: String,
    secret: String,
    /// Identifiers to use instead of those shown.
    names: Option<Names>,
    /// The ids in the documents, each with the one that this API gave instead.
    ids: HashMap<String, String>,
    /// Every command so far.
    sent: String,
}

impl Reader {
    /// A reader who uses the API at this URL, which has no data, by the commands as they are shown.
    #[must_use]
    pub fn new(api: &str) -> Self {
        Self { api: api.to_owned(), secret: SECRET.to_owned(), names: None, ids: HashMap::new(), sent: String::new() }
    }

    /// A reader who uses an API with data of others: with this secret, and only identifiers of its own.
    #[must_use]
    pub fn of_run(api: &str, secret: &str, names: Names) -> Self {
        Self { secret: secret.to_owned(), names: Some(names), ..Self::new(api) }
    }

    /// Runs a command, and compares the answer with the one that is shown. Ids and times may differ, but each id is the same everywhere.
    /// Where a batch is shown as completed, the command is repeated until it is; a list is repeated for a while until it is as shown.
    /// If no answer is shown, the status must be 2xx.
    ///
    /// # Errors
    /// A text with the expected and the actual answer.
    pub fn run(&mut self, example: &Example) -> Result<(), String> {
        let names = self.names.clone().unwrap_or_default();
        let as_shown = names.put_into(&example.command);
        let mut command = as_shown.clone();
        for (shown, own) in &self.ids {
            command = command.replace(shown, own);
        }
        self.refuse_others(&command)?;
        command = command.replace(SECRET, &self.secret);
        self.sent.push_str(&as_shown);
        let expected = example.answer.as_ref().map(|answer| names.put_into_answer(answer));
        let expected = expected.as_ref();
        let header = format!("X-Account-Secret: {}", self.secret);
        let began = Instant::now();
        loop {
            let (status, answer) = run_in_shell(&command, &[("API", &self.api), ("SECRET", &header)])?;
            let unfinished = |answer: &Value| answer["batch"]["state"].is_string() && answer["batch"]["state"] != "completed";
            if status == 200 && unfinished(&answer) && expected.is_some_and(|expected| !unfinished(expected)) {
                if began.elapsed() > APPLIED_WITHIN {
                    return Err(format!("{command}: still not applied: {answer}"));
                }
                thread::sleep(ASK_EVERY);
                continue;
            }
            let ids = self.ids.clone();
            if statuses(expected).contains(&status) && expected.is_none_or(|expected| self.fits(expected, &answer)) {
                return Ok(());
            }
            self.ids = ids;
            let is_list = status == 200
                && ["responses", "interactions", "profiles"].iter().any(|list| command.contains(&format!("/v3/analyze/{list}")));
            if is_list && began.elapsed() < LISTED_WITHIN {
                thread::sleep(ASK_EVERY);
                continue;
            }
            let shown = expected.map_or_else(|| "an answer of 2xx".to_owned(), Value::to_string);
            return Err(format!("{command}\nexpected {shown}\nfound    {status} {answer}"));
        }
    }

    /// Refuses a command that names what is not this reader's own, if it uses only that.
    fn refuse_others(&self, command: &str) -> Result<(), String> {
        let Some(names) = &self.names else { return Ok(()) };
        let is_own = |text: &str| names.is_own(text) || self.ids.values().any(|id| id == text);
        match identifiers(command).into_iter().find(|found| !is_own(found.text)) {
            Some(other) => Err(format!("not sent, because this run did not make `{}`: an earlier command has failed", other.text)),
            None => Ok(()),
        }
    }

    /// Returns whether an answer is the one that is shown, except for ids and times.
    pub fn fits(&mut self, shown: &Value, own: &Value) -> bool {
        self.fits_named("", shown, own)
    }

    fn fits_named(&mut self, name: &str, expected: &Value, found: &Value) -> bool {
        match (expected, found) {
            (Value::Object(all), Value::Object(fields)) => {
                all.len() == fields.len()
                    && all.iter().all(|(name, one)| fields.get(name).is_some_and(|field| self.fits_named(name, one, field)))
            }
            (Value::Array(all), Value::Array(items)) => {
                all.len() == items.len() && all.iter().zip(items).all(|(one, item)| self.fits_named(name, one, item))
            }
            (Value::Number(_), Value::Number(number)) if name == "percent" => {
                number.as_f64().is_some_and(|percent| (0.0..100.0).contains(&percent))
            }
            (Value::String(shown), Value::String(own)) if is_id(shown) => {
                // An id that the reader sent comes back as it is.
                let known = if self.sent.contains(shown) { shown } else { own };
                is_id(own) && self.ids.entry(shown.clone()).or_insert_with(|| known.clone()) == own
            }
            // Times that the reader sent come back, except for fractions of a second.
            (Value::String(shown), Value::String(own))
                if is_time(shown) && !shown.get(..19).is_some_and(|time| self.sent.contains(time)) =>
            {
                is_time(own)
            }
            _ => expected == found,
        }
    }
}

/// Returns the statuses that an answer may have. Only the bodies of errors name theirs.
fn statuses(answer: Option<&Value>) -> RangeInclusive<u16> {
    let code = answer.and_then(|answer| answer["code"].as_u64()).and_then(|code| u16::try_from(code).ok());
    code.map_or(200..=299, |code| code..=code)
}

fn is_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Returns whether a text is a time as the API writes it.
fn is_time(text: &str) -> bool {
    text.replace(|letter: char| letter.is_ascii_digit(), "0") == "0000-00-00T00:00:00.000Z"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::examples;
    use serde_json::json;

    const ID: &str = "6b038e7b0bac7c97f4767fb7";
    const OTHER: &str = "6b038e7b8108a6cd6c650a69";
    const OWN: &str = "5f3c4232c712de665632a6d5";

    #[test]
    fn an_id_may_be_another_but_the_same_everywhere() {
        let fits = |shown: [&str; 2], own: [&str; 2]| Reader::new("").fits(&json!(shown), &json!(own));
        assert!(fits([ID, ID], [OWN, OWN]));
        assert!(fits([ID, OTHER], [OWN, ID]));
        assert!(!fits([ID, ID], [OWN, OTHER]));
        assert!(!fits([ID, ID], [OWN, "no id"]));
    }

    #[test]
    fn times_and_percents_may_be_others_and_all_else_is_as_shown() {
        let (time, own_time) = ("2026-11-23T00:53:15.376Z", "2029-04-07T12:18:00.000Z");
        for (shown, own, fitting) in [
            (json!(time), json!(own_time), true),
            (json!(time), json!("2029-04-07"), false),
            (json!({"percent": 45.982}), json!({"percent": 1}), true),
            (json!({"percent": 45.982}), json!({"percent": 100}), false),
            (json!({"seats": 12}), json!({"seats": 13}), false),
            (json!({"seats": 12}), json!({"seats": 12, "plan": "gold"}), false),
            (json!({"seats": 12, "plan": null}), json!({"seats": 12}), false),
            (json!([1, 2]), json!([1]), false),
            (json!("18821"), json!("18822"), false),
        ] {
            assert_eq!(Reader::new("").fits(&shown, &own), fitting, "{shown} {own}");
        }
    }

    #[test]
    fn a_command_about_others_is_not_sent() {
        let examples = examples().unwrap();
        let mut reader = Reader::of_run("http://127.0.0.1:1", "secret", Names::of_run(&examples, "verify-0a1b"));
        let about_an_id = examples.iter().find(|example| example.command.contains("profiles/6b038e")).unwrap();
        assert!(reader.run(about_an_id).unwrap_err().starts_with("not sent, "));
    }
}
