//! The types of the observed properties: those of the browser and the last visit.

use profiles_domain::{Error, ObservedType, observed_type};
use profiles_normalization::{Timestamp, Value, Warning};

/// Checks the value of a property, if its name has a type. A browser that is not known is `unknown`, and a device that is not known is
/// left out, both with a warning: new ones come up without the sender's doing.
///
/// # Errors
/// `InvalidField` names what to send instead.
pub(super) fn checked(name: &str, value: Value, warnings: &mut Vec<Warning>) -> Result<Option<Value>, Error> {
    let Some(of_type) = observed_type(name).filter(|_| value != Value::Null) else {
        return Ok(Some(value));
    };
    let (fits, expected) = match of_type {
        ObservedType::Pixels => (matches!(value, Value::Number(_)), "a number of pixels"),
        ObservedType::HoursFromUtc => (matches!(value, Value::Number(_)), "a number of hours from UTC"),
        ObservedType::Language => (matches!(value, Value::String(_)), "a language code such as `en-US`"),
        ObservedType::Time => (is_timestamp(&value), "a time such as `2029-04-07T12:18:00Z`"),
        ObservedType::Count => (is_count(&value), "a whole number, not negative"),
        ObservedType::Browser(known) | ObservedType::Device(known) if is_one_of(known, &value) => return Ok(Some(value)),
        ObservedType::Browser(known) => {
            let instead = known.last().copied().unwrap_or_default();
            warnings.push(Warning::about(name, &format!("stored as `{instead}`: known are {}", list(known))));
            return Ok(Some(Value::String(instead.to_owned())));
        }
        ObservedType::Device(known) => {
            warnings.push(Warning::about(name, &format!("not stored: known are {}", list(known))));
            return Ok(None);
        }
    };
    if fits { Ok(Some(value)) } else { Err(Error::invalid_field(name, expected)) }
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

fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use profiles_domain::observed_names;

    #[test]
    fn each_observed_property_has_a_type_and_accepts_null() {
        for name in observed_names() {
            let mut warnings = Vec::new();
            assert_eq!(checked(name, Value::Null, &mut warnings), Ok(Some(Value::Null)));
            assert_eq!(warnings, []);
            let refused = checked(name, Value::Bool(true), &mut warnings).is_err();
            // Of the two with a list of words, a warning is enough.
            assert_ne!(refused, warnings.iter().any(|warning| warning.prop == name), "{name}");
        }
        assert_eq!(checked("plan", Value::Bool(true), &mut Vec::new()), Ok(Some(Value::Bool(true))));
    }

    #[test]
    fn an_unknown_browser_or_device_never_costs_the_rest_of_the_upsert() {
        for value in [Value::String("samsung".into()), Value::String("Chrome".into()), Value::Array(vec![]), Value::Bool(false)] {
            let mut warnings = Vec::new();
            assert_eq!(checked("browser_n", value.clone(), &mut warnings), Ok(Some(Value::String("unknown".into()))));
            assert_eq!(checked("browser_k", value, &mut warnings), Ok(None));
            assert_eq!(warnings.iter().map(|warning| warning.prop.as_str()).collect::<Vec<_>>(), ["browser_n", "browser_k"]);
        }
    }
}
