//! Lists, of filters and of values.

use profiles_domain::Error;
use profiles_normalization::{each_item, each_member};
use serde::de::Error as _;
use serde_json::value::RawValue;

/// Calls `visit` with each item of a list and its number, up to the first error. A list is an array, or an object whose keys are `0`, `1`, …
/// in this order.
///
/// # Errors
/// That error, or `InvalidField` of `path` if it is no list.
pub(super) fn each<'a>(
    path: &str,
    json: &'a str,
    expected: &'static str,
    mut visit: impl FnMut(usize, &'a RawValue) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut failure = None;
    let mut count = 0;
    let mut visit = |raw| {
        let index = count;
        count += 1;
        visit(index, raw).map_err(|error| {
            failure = Some(error);
            stop()
        })
    };
    let read = if is_object(json) {
        let mut expected_key = 0_usize;
        each_member(json, |key, raw| {
            if key != expected_key.to_string() {
                return Err(stop());
            }
            expected_key += 1;
            visit(raw)
        })
        // Nothing that is sent with brackets is empty.
        .and_then(|()| if expected_key == 0 { Err(stop()) } else { Ok(()) })
    } else {
        each_item(json, visit)
    };
    match read {
        Ok(()) => Ok(()),
        Err(_) => Err(failure.unwrap_or_else(|| Error::invalid_field(path, expected))),
    }
}

fn is_object(json: &str) -> bool {
    json.trim_start().starts_with('{')
}

/// The error that ends the reading; nobody sees it.
pub(super) fn stop() -> serde_json::Error {
    serde_json::Error::custom("stopped")
}
