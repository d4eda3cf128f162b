//! Instants as they are stored: milliseconds in UTC.

use jiff::SignedDuration;
use jiff::civil::DateTime;
use serde::{Serialize, Serializer};
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::date;

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
/// 0000-01-01T00:00:00.000Z
const MIN_MILLIS: i64 = -62_167_219_200_000;
/// 9999-12-31T23:59:59.999Z
const MAX_MILLIS: i64 = 253_402_300_799_999;
const MILLIS_PER_DAY: i64 = 86_400_000;

/// An instant in UTC, in milliseconds, in the years 0000 to 9999.
///
/// Its text always has the same width (`2029-04-07T12:18:00.000Z`), so texts sort like the instants. The range is that of
/// years with four digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    millis: i64,
}

impl Timestamp {
    /// 1970-01-01T00:00:00.000Z
    pub const UNIX_EPOCH: Self = Self { millis: 0 };

    /// The instant this number of milliseconds after 1970 began, or before if negative. `None` outside the years 0000 to 9999.
    pub fn from_unix_millis(millis: i64) -> Option<Self> {
        (MIN_MILLIS..=MAX_MILLIS).contains(&millis).then_some(Self { millis })
    }

    /// Milliseconds since 1970 began; negative before.
    pub fn unix_millis(self) -> i64 {
        self.millis
    }

    /// Whole seconds since 1970 began, rounded towards the past.
    pub fn unix_seconds(self) -> i64 {
        self.millis.div_euclid(1_000)
    }

    /// The time from this instant to a later one; zero if it is not later.
    pub fn until(self, later: Self) -> Duration {
        Duration::from_millis(u64::try_from(later.millis.saturating_sub(self.millis)).unwrap_or(0))
    }

    /// The instant this time before; the beginning of 1970 if that is before the year 0000.
    pub fn minus(self, time: Duration) -> Self {
        let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        Self::from_unix_millis(self.millis.saturating_sub(millis)).unwrap_or(Self::UNIX_EPOCH)
    }

    /// The instant this time after; at most the end of the year 9999.
    pub fn plus(self, time: Duration) -> Self {
        let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        Self { millis: self.millis.saturating_add(millis).min(MAX_MILLIS) }
    }

    /// Parses the text that [`Timestamp`] itself writes, and no other spelling. `None` also for a date or time that does
    /// not exist.
    pub fn parse_canonical(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let canonical = bytes.len() == 24 && bytes.get(10) == Some(&b'T') && bytes.get(19) == Some(&b'.') && bytes.get(23) == Some(&b'Z');
        // A leap second is read, and never written.
        let is_leap_second = bytes.get(17) == Some(&b'6');
        if canonical && !is_leap_second { date::internet(text) } else { None }
    }

    /// The same time of day this number of days later. `None` after the year 9999.
    pub fn plus_days(self, days: u32) -> Option<Self> {
        Self::from_unix_millis(self.millis.checked_add(i64::from(days) * MILLIS_PER_DAY)?)
    }

    /// The instant of a local date and time, in a zone this number of minutes ahead of UTC.
    pub(crate) fn from_civil(local: DateTime, millis: i64, minutes_ahead: i64) -> Option<Self> {
        let local_millis = local.duration_since(EPOCH).as_secs().checked_mul(1_000)?;
        Self::from_unix_millis(local_millis + millis - minutes_ahead * 60_000)
    }

    /// The canonical text.
    pub(crate) fn text(self) -> String {
        // The date and the rest of its day: many times faster than adding to a date with a time.
        let days = SignedDuration::from_hours(self.millis.div_euclid(MILLIS_PER_DAY) * 24);
        // In the range that the constructor guards, this addition cannot fail.
        let date = EPOCH.date().checked_add(days).unwrap_or(EPOCH.date());
        let (year, month, day) = (i64::from(date.year()), i64::from(date.month()), i64::from(date.day()));
        let of_day = self.millis.rem_euclid(MILLIS_PER_DAY);
        let (hour, minute, second, millis) = (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1_000 % 60, of_day % 1_000);

        let digit = |number: i64, unit: i64| b'0' + u8::try_from(number / unit % 10).unwrap_or_default();
        #[rustfmt::skip]
        let text = [
            digit(year, 1_000), digit(year, 100), digit(year, 10), digit(year, 1),
            b'-', digit(month, 10), digit(month, 1),
            b'-', digit(day, 10), digit(day, 1),
            b'T', digit(hour, 10), digit(hour, 1),
            b':', digit(minute, 10), digit(minute, 1),
            b':', digit(second, 10), digit(second, 1),
            b'.', digit(millis, 100), digit(millis, 10), digit(millis, 1),
            b'Z',
        ];
        String::from_utf8_lossy(&text).into_owned()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.text())
    }
}

impl From<SystemTime> for Timestamp {
    /// The system's time; the beginning of 1970 if it is before that, or after the year 9999.
    fn from(time: SystemTime) -> Self {
        let millis = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        i64::try_from(millis).ok().and_then(Self::from_unix_millis).unwrap_or(Self::UNIX_EPOCH)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}
