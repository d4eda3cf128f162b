//! Numbers by their digits, as JSON writes them.

use std::cmp::Ordering;

/// A number: `0.digits`, times ten to the power of `point`. No zero is at either end of its digits; zero has none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Decimal {
    negative: bool,
    digits: String,
    point: i64,
}

impl Decimal {
    /// Reads a number as JSON writes it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(exponent)),
            None => (rest, None),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) if is_digits(fraction) => (whole, fraction),
            Some(_) => return None,
            None => (mantissa, ""),
        };
        if !is_digits(whole) || whole.len() > 1 && whole.starts_with('0') {
            return None;
        }
        let exponent = match exponent {
            Some(text) => {
                let (sign, digits) = match text.strip_prefix('-') {
                    Some(digits) => (-1, digits),
                    None => (1, text.strip_prefix('+').unwrap_or(text)),
                };
                if !is_digits(digits) {
                    return None;
                }
                sign * digits.parse::<i64>().unwrap_or(i64::MAX / 4).min(i64::MAX / 4)
            }
            None => 0,
        };
        let all = format!("{whole}{fraction}");
        let significant = all.trim_start_matches('0');
        let point = i64::try_from(whole.len()).ok()? - i64::try_from(all.len() - significant.len()).ok()? + exponent;
        let digits = significant.trim_end_matches('0');
        if digits.is_empty() {
            return Some(Self { negative: false, digits: String::new(), point: 0 });
        }
        Some(Self { negative, digits: digits.to_owned(), point })
    }

    /// Returns whether DynamoDB has a number for it: up to 38 digits, from 1e-130 to under 1e126.
    pub(crate) fn fits_dynamodb(&self) -> bool {
        self.digits.is_empty() || self.digits.len() <= 38 && (-129..=126).contains(&self.point)
    }

    /// Writes a whole number of up to so many digits. `None` for any other.
    pub(crate) fn whole(&self, longest: usize) -> Option<String> {
        if self.digits.is_empty() {
            return Some("0".into());
        }
        let length = usize::try_from(self.point).ok().filter(|length| (self.digits.len()..=longest).contains(length))?;
        Some(format!("{}{:0<length$}", if self.negative { "-" } else { "" }, self.digits))
    }

    pub(crate) fn is_whole(&self) -> bool {
        i64::try_from(self.digits.len()).is_ok_and(|length| self.digits.is_empty() || self.point >= length)
    }

    /// Compares it with another number.
    pub(crate) fn numerically(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| {
            if number.digits.is_empty() {
                0
            } else if number.negative {
                -1
            } else {
                1
            }
        };
        let size = |number: &Self| (number.point, number.digits.clone());
        sign(self).cmp(&sign(other)).then_with(|| match sign(self) {
            0 => Ordering::Equal,
            -1 => size(other).cmp(&size(self)),
            _ => size(self).cmp(&size(other)),
        })
    }

    pub(crate) fn is_negative(&self) -> bool {
        self.negative
    }

    /// Writes it as the API does: without an exponent, where it has up to 38 digits before the point, and begins within seven after it.
    pub(crate) fn plain(&self) -> String {
        let sign = if self.negative { "-" } else { "" };
        let point = usize::try_from(self.point).unwrap_or_default();
        let zeros = "0".repeat(usize::try_from(-self.point).unwrap_or_default().min(7));
        match self.whole(38) {
            Some(whole) => whole,
            None if (1..=38).contains(&self.point) && point < self.digits.len() => {
                format!("{sign}{}.{}", &self.digits[..point], &self.digits[point..])
            }
            None if (-6..=0).contains(&self.point) => format!("{sign}0.{zeros}{}", self.digits),
            None => {
                let (first, rest) = self.digits.split_at(1);
                let dot = if rest.is_empty() { "" } else { "." };
                format!("{sign}{first}{dot}{rest}e{}", self.point - 1)
            }
        }
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
