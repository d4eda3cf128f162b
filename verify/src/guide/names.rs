//! Identifiers of one run in place of those in the documents, so that no command is about anything that this run did not make.

use std::collections::{BTreeMap, BTreeSet};

use profiles_domain::Email;
use serde_json::Value;

use super::documents::Example;
use super::identifiers::{Identifier, Sort, identifiers};

/// The spelling in which the API stores an address.
#[must_use]
pub fn stored_form(address: &str) -> String {
    Email::new(address).map_or_else(|_| address.to_owned(), |email| email.as_str().to_owned())
}

/// The identifiers in the documents, each with the one of this run.
#[derive(Clone, Debug, Default)]
pub struct Names {
    own: BTreeMap<String, String>,
    uids: BTreeSet<String>,
    emails: BTreeSet<String>,
    companies: BTreeSet<String>,
    others: BTreeSet<String>,
}

impl Names {
    /// Chooses identifiers with this mark for all that the examples' commands name. Ids that the API gives keep their places: a
    /// [`Reader`](super::Reader) learns them from the answers.
    #[must_use]
    pub fn of_run(examples: &[Example], mark: &str) -> Self {
        let mut names = Self::default();
        let mut answered = String::new();
        for example in examples {
            for Identifier { sort, text } in identifiers(&example.command) {
                if !answered.contains(text) || sort != Sort::Other {
                    names.add(sort, text, mark);
                }
            }
            answered.push_str(&example.answer.as_ref().map(Value::to_string).unwrap_or_default());
        }
        names
    }

    fn add(&mut self, sort: Sort, text: &str, mark: &str) {
        let own = self.own.get(text).cloned().unwrap_or_else(|| own_name(text, mark));
        let kept = match sort {
            Sort::Uid => &mut self.uids,
            Sort::Email => &mut self.emails,
            Sort::Company => &mut self.companies,
            Sort::Other => &mut self.others,
        };
        kept.insert(own.clone());
        if sort == Sort::Email {
            // Answers have addresses as they are stored.
            self.own.insert(stored_form(text), stored_form(&own));
        }
        self.own.insert(text.to_owned(), own);
    }

    /// Returns the uids of the users that the commands may create.
    #[must_use]
    pub fn uids(&self) -> &BTreeSet<String> {
        &self.uids
    }

    /// Returns the addresses of the users that the commands may create.
    #[must_use]
    pub fn emails(&self) -> &BTreeSet<String> {
        &self.emails
    }

    /// Returns the uids of the companies that the commands may create.
    #[must_use]
    pub fn companies(&self) -> &BTreeSet<String> {
        &self.companies
    }

    /// Returns whether an identifier is one of this run.
    #[must_use]
    pub fn is_own(&self, text: &str) -> bool {
        self.own.values().any(|own| own == text)
    }

    /// Puts this run's identifiers into a text. Without any, the text stays as it is.
    #[must_use]
    pub fn put_into(&self, text: &str) -> String {
        // The longest first, because a shorter one may be a part of it.
        let mut all: Vec<_> = self.own.iter().collect();
        all.sort_by_key(|(shown, _)| std::cmp::Reverse(shown.len()));
        all.into_iter().fold(text.to_owned(), |text, (shown, own)| replace_word(&text, shown, own))
    }

    /// Puts this run's identifiers into an answer.
    #[must_use]
    pub fn put_into_answer(&self, answer: &Value) -> Value {
        serde_json::from_str(&self.put_into(&answer.to_string())).unwrap_or_else(|_| answer.clone())
    }
}

/// Makes an identifier of the same form: digits, 24 hex digits, an address, or any other text.
fn own_name(text: &str, mark: &str) -> String {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number that nobody else has, and that JSON's readers keep exact.
        return rand::random_range(1_000_000_000_000_000_u64..9_000_000_000_000_000).to_string();
    }
    if text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return format!("{:024x}", rand::random::<u128>() >> 32);
    }
    match text.split_once('@') {
        Some((local, _)) => format!("{local}@{mark}.invalid"),
        None => format!("{mark}-{text}"),
    }
}

/// Replaces a text where no letter or digit is next to it.
fn replace_word(text: &str, word: &str, with: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once(word) {
        let touches = head.ends_with(|c: char| c.is_ascii_alphanumeric()) || tail.starts_with(|c: char| c.is_ascii_alphanumeric());
        replaced.push_str(head);
        replaced.push_str(if touches { word } else { with });
        rest = tail;
    }
    replaced.push_str(rest);
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::examples;

    #[test]
    fn no_command_names_anything_of_the_documents_any_more() {
        let examples = examples().unwrap();
        let names = Names::of_run(&examples, "verify-0a1b");
        assert_eq!((names.uids().len(), names.emails().len(), names.companies().len()), (3, 3, 1), "{names:?}");
        for example in &examples {
            for found in identifiers(&names.put_into(&example.command)) {
                assert!(names.is_own(found.text) || found.text.starts_with("6b038e"), "{found:?} in {example}");
            }
        }
    }

    #[test]
    fn names_are_replaced_as_whole_words_in_commands_and_answers() {
        let examples = examples().unwrap();
        let names = Names::of_run(&examples, "verify-0a1b");
        assert_eq!(names.put_into("x931 9310 a931b 2029.931Z"), "x931 9310 a931b 2029.931Z");
        let answer = names.put_into_answer(&serde_json::json!({"email": "leon@chmln.co", "uid": "18821"}));
        assert_eq!(answer["email"], "leon@verify-0a1b.invalid");
        assert!(names.uids().contains(answer["uid"].as_str().unwrap()));
    }

    #[test]
    fn without_names_all_stays_as_it_is() {
        assert_eq!(Names::default().put_into("uid=18821"), "uid=18821");
    }
}
