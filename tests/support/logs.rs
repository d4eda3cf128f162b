//! Checks every log line of the test run for private data, in both forms, as it is written.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use profiles_api::telemetry::{self, Format, Output};
use profiles_domain::{Email, Uid};
use serde_json::Value;

/// The fields with times and ids that the service makes. Any digits may be in them.
const RANDOM: [&str; 6] = ["timestamp", "request_id", "lambda_request_id", "xray_trace_id", "batch_id", "deletion_id"];

/// The texts that no line may hold.
#[derive(Default)]
struct Private {
    all: Vec<String>,
    known: HashSet<String>,
    /// Texts in lines, and how many of `all` they were compared with. The same few texts are in most lines.
    checked: HashMap<String, usize>,
}

static PRIVATE: Mutex<Option<Private>> = Mutex::new(None);

impl Private {
    fn lock() -> MutexGuard<'static, Option<Self>> {
        PRIVATE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&mut self, text: &str) {
        if self.known.insert(text.to_owned()) {
            self.all.push(text.to_owned());
        }
    }

    /// Returns the first private text that is part of this text.
    fn found_in(&mut self, text: &str) -> Option<&str> {
        let checked = self.checked.get(text).copied().unwrap_or(0);
        let found = self.all.iter().skip(checked).position(|private| text.contains(private));
        match found {
            Some(place) => Some(&self.all[checked + place]),
            None => {
                self.checked.insert(text.to_owned(), self.all.len());
                None
            }
        }
    }
}

/// Forbids this text in all log lines from now on.
pub fn forbid(text: &str) {
    // An address may be sent in another spelling than the one that is stored.
    let address = Email::new(text).ok();
    let stored = address.as_ref().map(Email::as_str);
    // Shorter ones may be in a line by chance, and a number as the figure of something else.
    let is_figure = |text: &str| text.len() < 8 && text.parse::<f64>().is_ok();
    for text in [text].into_iter().chain(stored).filter(|text| text.len() >= 5 && !is_figure(text)) {
        Private::lock().get_or_insert_default().add(text);
    }
}

/// Forbids the uids and addresses of a request's body or query in all log lines from now on.
pub fn forbid_identifiers(text: &str) {
    if let Ok(Value::Object(fields)) = serde_json::from_str(text) {
        for (name, value) in &fields {
            match value {
                Value::String(text) if text.contains('@') => forbid(text),
                // What is no uid, such as `false`, may be in any line.
                Value::String(text) if name.eq_ignore_ascii_case("uid") && Uid::new(text.as_str()).is_ok() => forbid(text),
                Value::Number(number) if name.eq_ignore_ascii_case("uid") => forbid(&number.to_string()),
                _ => {}
            }
        }
    }
    text.split(['&', '=', '?', '"', ' ']).filter(|word| word.contains('@')).for_each(forbid);
}

/// The log lines that hold a text, collected from the call of [`Lines::containing`] on.
pub struct Lines(String);

static KEPT: Mutex<Vec<(String, Vec<Value>)>> = Mutex::new(Vec::new());

impl Lines {
    /// Collects the lines that hold this text from now on.
    #[must_use]
    pub fn containing(text: &str) -> Self {
        KEPT.lock().unwrap_or_else(PoisonError::into_inner).push((text.to_owned(), Vec::new()));
        Self(text.to_owned())
    }

    /// Returns those with this message, so far.
    #[must_use]
    pub fn with_message(&self, message: &str) -> Vec<Value> {
        let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = kept.iter().filter(|(text, _)| *text == self.0).flat_map(|(_, lines)| lines);
        lines.filter(|line| line["message"] == message).cloned().collect()
    }
}

thread_local! {
    /// The lines of this thread, while [`lines_of`] collects them.
    static OWN: RefCell<Option<Vec<Value>>> = const { RefCell::new(None) };
}

/// Does some work, and returns the JSON lines that were written meanwhile. The work must stay on its thread, as in a plain `tokio::test`.
pub async fn lines_of<T>(work: impl Future<Output = T>) -> (T, Vec<Value>) {
    OWN.set(Some(Vec::new()));
    let result = work.await;
    (result, OWN.take().unwrap_or_default())
}

/// Writes all logs of this process at level `trace` and in both forms, as a function does. Aborts the process at a line that holds private
/// data.
pub fn capture() {
    static CAPTURED: Once = Once::new();
    CAPTURED.call_once(|| {
        let json = Output::new(Format::Json, || Checked { is_text: false });
        let text = Output::new(Format::Text { color: false }, || Checked { is_text: true });
        telemetry::init_with("trace", [json, text]);
    });
}

struct Checked {
    is_text: bool,
}

impl Write for Checked {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        if self.is_text {
            check(&Value::String(without_random(&text)), &text);
        } else {
            print!("{text}");
            let parsed: Value = serde_json::from_str(&text).unwrap_or(Value::String(text.clone().into_owned()));
            for (_, lines) in
                KEPT.lock().unwrap_or_else(PoisonError::into_inner).iter_mut().filter(|(kept, _)| text.contains(kept.as_str()))
            {
                lines.push(parsed.clone());
            }
            OWN.with_borrow_mut(|own| own.iter_mut().for_each(|lines| lines.push(parsed.clone())));
            check(&parsed, &text);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Aborts the process if a line holds private data.
fn check(parsed: &Value, line: &str) {
    let mut private = Private::lock();
    let private = private.get_or_insert_default();
    each_text(parsed, &mut |part| {
        if let Some(found) = private.found_in(part) {
            // Not by `eprintln!`, whose output is held back until the test ends.
            let _ = writeln!(io::stderr(), "a log line holds `{found}`, which is private: {line}");
            std::process::abort();
        }
    });
}

/// A line for people without the times and ids in which any digits may stand.
fn without_random(line: &str) -> String {
    let is_random = |word: &str| word.split_once('=').is_some_and(|(name, _)| RANDOM.contains(&name));
    line.split(' ').skip(1).filter(|word| !is_random(word) && word.parse::<f64>().is_err()).collect::<Vec<_>>().join(" ")
}

/// Calls `look` with each string. Numbers are times and counts, in which any digits may stand.
fn each_text<'a>(value: &'a Value, look: &mut impl FnMut(&'a str)) {
    match value {
        Value::String(text) => look(text),
        Value::Array(items) => items.iter().for_each(|item| each_text(item, look)),
        Value::Object(fields) => {
            let shown = fields.iter().filter(|(name, _)| !RANDOM.contains(&name.as_str()));
            shown.for_each(|(_, value)| each_text(value, look));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn of_a_line_for_people_only_times_and_ids_are_not_looked_at() {
    let line = r#"12:18:00  WARN invocation: said uid="18821" items=18821 request_id="18821"  18821.0 ms  batch_id=18821"#;
    assert_eq!(without_random(line), r#" WARN invocation: said uid="18821" items=18821  ms "#);
}
