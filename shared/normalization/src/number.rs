//! Decimal numbers that the database stores without loss.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// Digits of a number that DynamoDB stores.
const MAX_DIGITS: usize = 38;
/// Powers of ten of the first digit, from DynamoDB's range of 1e-130 to 9.99…e125.
const EXPONENTS: std::ops::RangeInclusive<i64> = -130..=125;
/// Digits of a string that is read as a number, at most. A longer one is more likely an identifier than a quantity, and
/// most clients could not read it as a number.
const MAX_DIGITS_IN_STRING: usize = 15;
/// A limit far beyond any exponent that the digits of a real text could bring back into range. It keeps sums from
/// overflowing.
const EXPONENT_CAP: i64 = 1_000_000_000_000_000;

/// A decimal number of at most 38 significant digits, between 1e-130 and 9.99…e125 in size, or zero.
///
/// It is kept as text in one canonical spelling, so equal numbers are equal here in whatever way they were written:
/// `1199320.0` and `11.9932e5` are `1199320`, `-0` is `0`. The limits are those of DynamoDB's number type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Number(String);

impl Number {
    /// Parses a number in JSON's grammar, without blanks around it. `None` if it is something else, or a number with too
    /// many digits, too large, or too near to zero.
    pub fn parse(text: &str) -> Option<Self> {
        Written::parse(text)?.canonical(text)
    }

    /// Like [`Number::parse`], for a string that looks like a number. All its digits count, zeros and those of the exponent too: a long
    /// identifier must stay a string whatever its digits are, even if its only letter is an `e`.
    pub(crate) fn parse_string(text: &str) -> Option<Self> {
        let written = Written::parse(text)?;
        if written.len() + written.exponent_digits > MAX_DIGITS_IN_STRING {
            return None;
        }
        written.canonical(text)
    }

    /// The canonical text: plain decimal from 0.0000001 up to 38 digits before the point, scientific (`1.5e-20`)
    /// outside of that. Both JSON and DynamoDB read it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True if it is a whole number.
    pub fn is_integer(&self) -> bool {
        match self.0.split_once('e') {
            // Scientific text begins where there are more digits before the point than a number can have.
            Some((_, exponent)) => !exponent.starts_with('-'),
            None => !self.0.contains('.'),
        }
    }

    /// The number as an integer; `None` if it is not whole or does not fit.
    pub fn as_i64(&self) -> Option<i64> {
        self.0.parse().ok()
    }
}

/// The reason why a number cannot be written with digits only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAWholeNumber {
    /// It has a fraction.
    #[error("it has a fraction")]
    Fraction,
    /// It has more digits than it may have.
    #[error("it has too many digits")]
    TooLong,
}

/// The digits of a whole number, however JSON writes it: `18821.0` and `1.8821e4` are `18821`, `-0` is `0`. A number that is written with
/// digits only may have any number of them.
///
/// # Errors
/// [`NotAWholeNumber`] if it has a fraction, or is written with one or an exponent and has more than `at_most` digits.
pub fn whole_digits(number: &str, at_most: usize) -> Result<Cow<'_, str>, NotAWholeNumber> {
    let written = Written::parse(number).ok_or(NotAWholeNumber::Fraction)?;
    if written.is_zero() {
        return Ok(Cow::Borrowed("0"));
    }
    if written.is_plain(number) {
        return Ok(Cow::Borrowed(number));
    }
    let leading = written.leading_zeros();
    let before_point = signed(written.whole.len()) + written.exponent;
    let in_fraction = usize::try_from(before_point).map_or(0, |before_point| before_point.min(written.len()));
    if written.digits().skip(in_fraction).any(|digit| digit != b'0') {
        return Err(NotAWholeNumber::Fraction);
    }
    let count = usize::try_from(before_point).unwrap_or(usize::MAX).saturating_sub(leading);
    if count > at_most {
        return Err(NotAWholeNumber::TooLong);
    }
    let digits = written.digits().skip(leading).map(char::from).chain(std::iter::repeat('0')).take(count);
    Ok(Cow::Owned(written.negative.then_some('-').into_iter().chain(digits).collect()))
}

/// The order of two numbers in JSON's grammar, by their exact values, however each is written. `None` if one is no number.
pub fn compare_numbers(one: &str, other: &str) -> Option<Ordering> {
    Some(Written::parse(one)?.order(&Written::parse(other)?))
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Self(integer.to_string())
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(integer) = self.as_i64() {
            return serializer.serialize_i64(integer);
        }
        // The text itself is written: as a float, all digits after the 17th would be lost.
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(S::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// The parts of a number's text.
struct Written<'t> {
    negative: bool,
    whole: &'t [u8],
    fraction: &'t [u8],
    exponent: i64,
    /// The number of digits with which the exponent is written.
    exponent_digits: usize,
}

impl<'t> Written<'t> {
    fn parse(text: &'t str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes() {
            [b'-', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let (whole, rest) = split_digits(rest)?;
        if let [b'0', _, ..] = whole {
            return None;
        }
        let (fraction, rest) = match rest {
            [b'.', rest @ ..] => split_digits(rest)?,
            _ => (&[][..], rest),
        };
        let (exponent, exponent_digits) = match rest {
            [] => (0, 0),
            [b'e' | b'E', b'-', digits @ ..] => (-exponent(digits)?, digits.len()),
            [b'e' | b'E', b'+', digits @ ..] | [b'e' | b'E', digits @ ..] => (exponent(digits)?, digits.len()),
            _ => return None,
        };
        Some(Self { negative, whole, fraction, exponent, exponent_digits })
    }

    fn len(&self) -> usize {
        self.whole.len() + self.fraction.len()
    }

    fn digits(&self) -> impl DoubleEndedIterator<Item = u8> {
        self.whole.iter().chain(self.fraction).copied()
    }

    fn leading_zeros(&self) -> usize {
        self.digits().take_while(|digit| *digit == b'0').count()
    }

    fn is_zero(&self) -> bool {
        self.leading_zeros() == self.len()
    }

    /// True if it is written with digits only, and perhaps a sign.
    fn is_plain(&self, text: &str) -> bool {
        text.len() == self.whole.len() + usize::from(self.negative)
    }

    /// The power of ten of the first digit that is not zero.
    fn power(&self, leading_zeros: usize) -> i64 {
        signed(self.whole.len()) - 1 - signed(leading_zeros) + self.exponent
    }

    /// -1, 0 or 1.
    fn sign(&self) -> i8 {
        match (self.is_zero(), self.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    fn order(&self, other: &Self) -> Ordering {
        let (sign, of_other) = (self.sign(), other.sign());
        if sign != of_other || sign == 0 {
            return sign.cmp(&of_other);
        }
        let size = self.size_order(other);
        if self.negative { size.reverse() } else { size }
    }

    /// The order of what is left without the signs. Neither is zero.
    fn size_order(&self, other: &Self) -> Ordering {
        let (leading, of_other) = (self.leading_zeros(), other.leading_zeros());
        let powers = self.power(leading).cmp(&other.power(of_other));
        if powers.is_ne() {
            return powers;
        }
        let (mut digits, mut others) = (self.digits().skip(leading), other.digits().skip(of_other));
        loop {
            match (digits.next(), others.next()) {
                (None, None) => return Ordering::Equal,
                (digit, other) => {
                    let order = digit.unwrap_or(b'0').cmp(&other.unwrap_or(b'0'));
                    if order.is_ne() {
                        return order;
                    }
                }
            }
        }
    }

    fn canonical(&self, text: &str) -> Option<Number> {
        if self.is_zero() {
            return Some(Number("0".to_owned()));
        }
        let leading = self.leading_zeros();
        if self.is_plain(text) && self.whole.len() <= MAX_DIGITS {
            return Some(Number(text.to_owned()));
        }
        let trailing = self.digits().rev().take_while(|digit| *digit == b'0').count();
        let count = self.len() - leading - trailing;
        let exponent = self.power(leading);
        if count > MAX_DIGITS || !EXPONENTS.contains(&exponent) {
            return None;
        }
        let digits = self.digits().skip(leading).take(count);
        Some(Number(spell(self.negative, digits, count, exponent)))
    }
}

/// Writes the canonical text. `digits` have no zero at either end; `exponent` is the power of ten of the first one.
fn spell(negative: bool, digits: impl Iterator<Item = u8>, count: usize, exponent: i64) -> String {
    let mut out = String::with_capacity(count + 12);
    if negative {
        out.push('-');
    }
    let mut digits = digits.map(char::from);
    match exponent {
        0..=37 => {
            let before_point = usize::try_from(exponent).unwrap_or_default() + 1;
            out.extend(digits.by_ref().take(before_point));
            out.extend(std::iter::repeat_n('0', before_point.saturating_sub(count)));
            if count > before_point {
                out.push('.');
                out.extend(digits);
            }
        }
        -7..=-1 => {
            out.push_str("0.");
            out.extend(std::iter::repeat_n('0', usize::try_from(-1 - exponent).unwrap_or_default()));
            out.extend(digits);
        }
        _ => {
            out.extend(digits.next());
            if count > 1 {
                out.push('.');
                out.extend(digits);
            }
            out.push('e');
            out.push_str(&exponent.to_string());
        }
    }
    out
}

/// Splits off one or more digits.
fn split_digits(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    if end == 0 { None } else { text.split_at_checked(end) }
}

fn exponent(digits: &[u8]) -> Option<i64> {
    let (digits, []) = split_digits(digits)? else {
        return None;
    };
    let append = |value: i64, digit: &u8| (value * 10 + i64::from(digit - b'0')).min(EXPONENT_CAP);
    Some(digits.iter().fold(0, append))
}

fn signed(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX / 4)
}
