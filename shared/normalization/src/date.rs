//! Recognizes dates and times in strings.
//!
//! The grammars are parsed here, because they mix several standards and must not accept more than they say. The jiff crate
//! decides if a date exists, and which instant it is.

use jiff::civil::{Date, DateTime, Time, Weekday};

use crate::Timestamp;

/// Parses RFC 3339, also with a blank for the `T` and with looser zones (`+0000`, `+00`, ` UTC`, or none, which means UTC), or a
/// date alone, which means midnight in UTC. Digits after the milliseconds are cut. The second 60 is the first of the next minute.
pub(crate) fn internet(text: &str) -> Option<Timestamp> {
    let (year, rest) = digits::<4>(text.as_bytes())?;
    let (month, rest) = digits::<2>(rest.strip_prefix(b"-")?)?;
    let (day, rest) = digits::<2>(rest.strip_prefix(b"-")?)?;
    let rest = match rest {
        [] => {
            return Timestamp::from_civil(civil_date(year, month, day)?.to_datetime(Time::midnight()), 0, 0);
        }
        [b'T' | b't' | b' ', rest @ ..] => rest,
        _ => return None,
    };
    let (hour, rest) = digits::<2>(rest)?;
    let (minute, rest) = digits::<2>(rest.strip_prefix(b":")?)?;
    let (second, rest) = digits::<2>(rest.strip_prefix(b":")?)?;
    let (millis, rest) = match rest {
        [b'.', rest @ ..] => fraction(rest)?,
        _ => (0, rest),
    };
    let minutes_ahead = match rest {
        [] | [b'Z' | b'z'] | b" UTC" => 0,
        [b' ', zone @ ..] | zone => match zone {
            [sign, h1, h2, b':', m1, m2] => offset(&[*sign, *h1, *h2, *m1, *m2])?,
            [sign, h1, h2] => offset(&[*sign, *h1, *h2, b'0', b'0'])?,
            _ => offset(zone)?,
        },
    };
    let (time, leap_millis) = time(hour, minute, second)?;
    Timestamp::from_civil(civil_date(year, month, day)?.to_datetime(time), millis + leap_millis, minutes_ahead)
}

/// Parses RFC 2822 without comments, folded lines and two-digit years. A weekday, if there is one, must be the date's.
pub(crate) fn mail(text: &str) -> Option<Timestamp> {
    let (weekday, rest) = match text.as_bytes() {
        [a, b, c, b',', rest @ ..] => (Some(weekday([*a, *b, *c])?), blanks(rest)),
        rest => (None, rest),
    };
    let (day, rest) = one_or_two_digits(rest)?;
    let (name, rest) = some_blanks(rest)?.split_first_chunk::<3>()?;
    let month = month(*name)?;
    let (year, rest) = digits::<4>(some_blanks(rest)?)?;
    let (hour, rest) = digits::<2>(some_blanks(rest)?)?;
    let (minute, rest) = digits::<2>(rest.strip_prefix(b":")?)?;
    let (second, rest) = match rest {
        [b':', rest @ ..] => digits::<2>(rest)?,
        _ => (0, rest),
    };
    let minutes_ahead = mail_zone(some_blanks(rest)?)?;

    let date = civil_date(year, month, day)?;
    if weekday.is_some_and(|weekday| weekday != date.weekday()) {
        return None;
    }
    let (time, leap_millis) = time(hour, minute, second)?;
    Timestamp::from_civil(DateTime::from_parts(date, time), leap_millis, minutes_ahead)
}

/// The time of day, and the milliseconds to add to it: those of a leap second, which a time of day cannot have.
fn time(hour: i16, minute: i16, second: i16) -> Option<(Time, i64)> {
    let (second, leap_millis) = if second == 60 { (59, 1_000) } else { (second, 0) };
    Some((Time::new(short(hour)?, short(minute)?, short(second)?, 0).ok()?, leap_millis))
}

fn civil_date(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, short(month)?, short(day)?).ok()
}

fn short(number: i16) -> Option<i8> {
    i8::try_from(number).ok()
}

/// Splits off exactly `N` digits, at most four.
fn digits<const N: usize>(text: &[u8]) -> Option<(i16, &[u8])> {
    let (digits, rest) = text.split_first_chunk::<N>()?;
    let mut number = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        number = number * 10 + i16::from(digit - b'0');
    }
    Some((number, rest))
}

fn one_or_two_digits(text: &[u8]) -> Option<(i16, &[u8])> {
    digits::<2>(text).or_else(|| digits::<1>(text))
}

/// Parses a fraction of a second of one or more digits, as milliseconds.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    if digits.is_empty() {
        return None;
    }
    let padded = digits.iter().chain(std::iter::repeat(&b'0')).take(3);
    Some((padded.fold(0, |millis, digit| millis * 10 + i64::from(digit - b'0')), rest))
}

/// Parses `+hhmm` or `-hhmm` as minutes.
fn offset(zone: &[u8]) -> Option<i64> {
    let (sign, rest) = match zone {
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, rest) = digits::<2>(rest)?;
    let (minutes, []) = digits::<2>(rest)? else {
        return None;
    };
    (hours < 24 && minutes < 60).then(|| sign * (i64::from(hours) * 60 + i64::from(minutes)))
}

/// Parses a numeric zone, or one of the names that have a fixed offset in RFC 2822 (4.3).
fn mail_zone(zone: &[u8]) -> Option<i64> {
    let is = |name: &[u8]| zone.eq_ignore_ascii_case(name);
    let hours = match zone {
        _ if is(b"GMT") || is(b"UT") => 0,
        _ if is(b"EDT") => -4,
        _ if is(b"EST") || is(b"CDT") => -5,
        _ if is(b"CST") || is(b"MDT") => -6,
        _ if is(b"MST") || is(b"PDT") => -7,
        _ if is(b"PST") => -8,
        _ => return offset(zone),
    };
    Some(hours * 60)
}

fn weekday(name: [u8; 3]) -> Option<Weekday> {
    Some(match &name.map(|letter| letter.to_ascii_lowercase()) {
        b"mon" => Weekday::Monday,
        b"tue" => Weekday::Tuesday,
        b"wed" => Weekday::Wednesday,
        b"thu" => Weekday::Thursday,
        b"fri" => Weekday::Friday,
        b"sat" => Weekday::Saturday,
        b"sun" => Weekday::Sunday,
        _ => return None,
    })
}

fn month(name: [u8; 3]) -> Option<i16> {
    const NAMES: [&[u8; 3]; 12] = [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];
    let name = name.map(|letter| letter.to_ascii_lowercase());
    (1..).zip(NAMES).find(|(_, known)| **known == name).map(|(number, _)| number)
}

fn blanks(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !matches!(byte, b' ' | b'\t')).unwrap_or(text.len());
    text.split_at_checked(end).map_or(text, |(_, rest)| rest)
}

fn some_blanks(text: &[u8]) -> Option<&[u8]> {
    let rest = blanks(text);
    (rest.len() < text.len()).then_some(rest)
}
