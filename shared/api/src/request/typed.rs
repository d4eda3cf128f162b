//! The types of the observed properties: those of the browser and the last visit.

use profiles_domain::{Error, OBSERVED_PROPERTIES};
use profiles_normalization::{Timestamp, Value};

const BROWSER_NAMES: [&str; 8] = ["chrome", "firefox", "safari", "opera", "ie10", "ie11", "edge", "unknown"];
const BROWSER_KINDS: [&str; 3] = ["desktop", "mobile", "tablet"];

/// Checks the value of a property, if its name has a type. `null` is a value of every type.
///
/// # Errors
/// `InvalidField` names what to send instead.
pub(super) fn check(name: &str, value: &Value) -> Result<(), Error> {
    if !OBSERVED_PROPERTIES.contains(&name) {
        return Ok(());
    }
    let (fits, expected): (fn(&Value) -> bool, _) = match name {
        "browser_x" => (is_number, "a number of pixels"),
        "browser_tz" => (is_number, "a number of hours from UTC"),
        "browser_l" => (|value| matches!(value, Value::String(_)), "a language code such as `en-US`"),
        "browser_n" => {
            (|value| is_one_of(&BROWSER_NAMES, value), "one of `chrome`, `firefox`, `safari`, `opera`, `ie10`, `ie11`, `edge`, `unknown`")
        }
        "browser_k" => (|value| is_one_of(&BROWSER_KINDS, value), "one of `desktop`, `mobile`, `tablet`"),
        "last_seen_at" => (is_timestamp, "a time such as `2029-04-07T12:18:00Z`"),
        "last_seen_session_count" => (is_count, "a whole number, not negative"),
        _ => return Ok(()),
    };
    if matches!(value, Value::Null) || fits(value) {
        return Ok(());
    }
    Err(Error::invalid_field(name, expected))
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Number(_))
}

fn is_count(value: &Value) -> bool {
    matches!(value, Value::Number(number) if number.as_i64().is_some_and(|count| count >= 0))
}

fn is_one_of(known: &[&str], value: &Value) -> bool {
    matches!(value, Value::String(text) if known.contains(&text.as_str()))
}

fn is_timestamp(value: &Value) -> bool {
    matches!(value, Value::String(text) if Timestamp::parse_canonical(text).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_observed_property_has_a_type_and_accepts_null() {
        for name in OBSERVED_PROPERTIES {
            assert!(check(name, &Value::Null).is_ok() && check(name, &Value::Bool(true)).is_err(), "{name}");
        }
        assert!(check("plan", &Value::Bool(true)).is_ok());
    }
}
