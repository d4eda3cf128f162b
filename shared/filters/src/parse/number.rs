//! Numbers in filters, which may be strings.

use profiles_normalization::{Number, Timestamp};
use serde_json::value::RawValue;
use std::time::Duration;

use super::sent::string;

/// The most days.
const MAX_DAYS: u64 = 36_500;
const MILLIS_PER_DAY: u128 = 86_400_000;
/// Digits of a part of a day that are looked at.
const DIGITS_OF_DAY: usize = 24;
const PARTS_OF_DAY: u128 = 10_u128.pow(24);

/// A number, or a string that is one.
fn number(raw: &RawValue) -> Option<Number> {
    match string(raw) {
        Some(text) => Number::parse(text.trim()),
        None => Number::parse(raw.get()),
    }
}

/// A whole number that is not negative.
pub(super) fn whole(raw: &RawValue) -> Option<Number> {
    number(raw).filter(|number| number.is_integer() && !number.as_str().starts_with('-'))
}

/// The time so many days before `now`, to the nearest millisecond. `None` if it is no number of 0 to 36,500.
pub(super) fn days_before(now: Timestamp, raw: &RawValue) -> Option<Timestamp> {
    let (days, parts) = days(number(raw)?.as_str())?;
    if (days, parts) > (MAX_DAYS, 0) {
        return None;
    }
    let millis = u128::from(days) * MILLIS_PER_DAY + (parts * MILLIS_PER_DAY + PARTS_OF_DAY / 2) / PARTS_OF_DAY;
    Some(now.minus(Duration::from_millis(u64::try_from(millis).ok()?)))
}

/// Whole days, and the rest in [`PARTS_OF_DAY`], of a number's canonical text.
fn days(text: &str) -> Option<(u64, u128)> {
    let (digits, exponent) = text.split_once("e-").unwrap_or((text, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let zeros: usize = exponent.parse().ok()?;
    let (whole, fraction) = match zeros.checked_sub(1) {
        None => (whole.parse().ok()?, fraction.to_owned()),
        // One digit is before the point, where there is an exponent.
        Some(zeros) => (whole.parse::<u64>().ok().map(|_| 0)?, format!("{}{whole}{fraction}", "0".repeat(zeros))),
    };
    let parts: String = fraction.chars().chain(std::iter::repeat('0')).take(DIGITS_OF_DAY).collect();
    Some((whole, parts.parse().ok()?))
}
