//! Every log line of the whole test run, checked for private data as it is written.

use std::collections::HashSet;
use std::io;
use std::sync::{Mutex, Once, PoisonError};

use serde_json::Value;

static PRIVATE: Mutex<Option<HashSet<String>>> = Mutex::new(None);

/// From now on, no log line may hold this.
pub fn is_private(text: &str) {
    // Shorter ones stand in every line by chance.
    if text.len() >= 5 {
        PRIVATE.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default().insert(text.to_owned());
    }
}

/// Marks the uids and addresses in a request's body or query as private.
pub fn is_request(text: &str) {
    if let Ok(Value::Object(fields)) = serde_json::from_str(text) {
        for (name, value) in &fields {
            match value {
                Value::String(text) if text.contains('@') || name.eq_ignore_ascii_case("uid") => is_private(text),
                Value::Number(number) if name.eq_ignore_ascii_case("uid") => is_private(&number.to_string()),
                _ => {}
            }
        }
    }
    text.split(['&', '=', '?', '"', ' ']).filter(|word| word.contains('@')).for_each(is_private);
}

/// Writes all logs of this process, on the lowest level, as a function does, and ends the process at one that holds private data.
pub fn capture() {
    static CAPTURED: Once = Once::new();
    CAPTURED.call_once(|| profiles_api::telemetry::init_with("trace", || Checked));
}

struct Checked;

impl io::Write for Checked {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        print!("{text}");
        let parsed: Value = serde_json::from_str(&text).unwrap_or(Value::String(text.clone().into_owned()));
        if let Some(private) = PRIVATE.lock().unwrap_or_else(PoisonError::into_inner).as_ref()
            && let Some(found) = private.iter().find(|private| holds(&parsed, private))
        {
            eprintln!("a log line holds `{found}`, which is private: {text}");
            std::process::abort();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether any string in it does. Numbers are times and counts, in which any digits may stand, as they may in the id of a request.
#[must_use]
pub fn holds(value: &Value, private: &str) -> bool {
    match value {
        Value::String(text) => text.contains(private),
        Value::Array(items) => items.iter().any(|item| holds(item, private)),
        Value::Object(fields) => {
            fields.iter().any(|(name, value)| !["timestamp", "request_id"].contains(&name.as_str()) && holds(value, private))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}
