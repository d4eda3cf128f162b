//! Times: milliseconds since 1970, and the texts that are read as times.

/// Milliseconds since 1970, in UTC.
pub(crate) type Millis = i64;

const DAY: i64 = 86_400_000;
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

/// Writes a time as the API answers it.
pub(crate) fn written(time: Millis) -> String {
    let (year, month, day) = date(time.div_euclid(DAY));
    let rest = time.rem_euclid(DAY);
    let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", rest % 1_000)
}

/// Adds days.
pub(crate) fn days_after(time: Millis, days: i64) -> Millis {
    time + days * DAY
}

/// Reads a text that is a date or a time.
pub(crate) fn read(text: &str) -> Option<Millis> {
    let time = read_iso(text).or_else(|| read_mail(text))?;
    // Of fixed width means: a year of four digits.
    (days(0, 1, 1)? * DAY..days(9999, 12, 31)? * DAY + DAY).contains(&time).then_some(time)
}

/// Returns whether this is a time as the API answers it.
pub(crate) fn is_written(text: &str) -> bool {
    read(text).is_some_and(|time| written(time) == text)
}

/// Reads whole Unix seconds, or milliseconds, of 1973 to 2099.
pub(crate) fn read_unix(number: i64) -> Option<Millis> {
    const FROM: i64 = 94_694_400;
    const TO: i64 = 4_102_444_800;
    match number {
        FROM..TO => Some(number * 1_000),
        _ if (FROM * 1_000..TO * 1_000).contains(&number) => Some(number),
        _ => None,
    }
}

/// Reads `2029-08-21`, and `2029-08-21T02:46:46` with a fraction and a zone, or without.
fn read_iso(text: &str) -> Option<Millis> {
    let mut rest = Rest(text);
    let (year, _, month, _, day) = (rest.digits(4)?, rest.one("-")?, rest.digits(2)?, rest.one("-")?, rest.digits(2)?);
    let midnight = days(year, month, day)? * DAY;
    if rest.0.is_empty() {
        return Some(midnight);
    }
    rest.one("T").or_else(|| rest.one(" "))?;
    let time = rest.clock()?;
    let fraction = match rest.one(".") {
        Some(()) => rest.fraction()?,
        None => 0,
    };
    if rest.0.is_empty() || rest.0 == "Z" || rest.0 == " UTC" {
        return Some(midnight + time + fraction);
    }
    let _ = rest.one(" ");
    let offset = rest.offset(true)?;
    Some(midnight + time + fraction - offset)
}

/// Reads `Tue, 21 Aug 2029 02:46:46 +0000`.
fn read_mail(text: &str) -> Option<Millis> {
    let (weekday, text) = text.split_once(", ")?;
    let mut rest = Rest(text);
    let (day, _) = (rest.digits(2)?, rest.one(" ")?);
    let month = MONTHS.iter().position(|name| rest.one(name).is_some())?;
    let (_, year, _) = (rest.one(" ")?, rest.digits(4)?, rest.one(" ")?);
    let days = days(year, i64::try_from(month).ok()? + 1, day)?;
    let (time, _) = (rest.clock()?, rest.one(" ")?);
    let offset = if rest.0 == "GMT" { 0 } else { rest.offset(false)? };
    let is_right = WEEKDAYS.get(usize::try_from(days.rem_euclid(7)).ok()?) == Some(&weekday);
    is_right.then_some(days * DAY + time - offset)
}

/// What is left of a text.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn one(&mut self, text: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(text)?;
        Some(())
    }

    fn digits(&mut self, count: usize) -> Option<i64> {
        let digits = self.0.get(..count).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        self.0 = &self.0[count..];
        digits.parse().ok()
    }

    /// Reads hours, minutes and seconds. A second of 60 is the next minute's first.
    fn clock(&mut self) -> Option<Millis> {
        let (hour, _, minute, _, second) = (self.digits(2)?, self.one(":")?, self.digits(2)?, self.one(":")?, self.digits(2)?);
        (hour < 24 && minute < 60 && second <= 60).then_some((hour * 3_600 + minute * 60 + second) * 1_000)
    }

    /// Reads the digits of a fraction. Beyond milliseconds, they are cut.
    fn fraction(&mut self) -> Option<Millis> {
        let length = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let digits = &self.0[..length];
        self.0 = &self.0[length..];
        format!("{digits:0<3}").get(..3).filter(|_| length > 0)?.parse().ok()
    }

    /// Reads `+02:00`, `+0200`, and if `hours_will_do` also `+02`. Nothing may follow.
    fn offset(&mut self, hours_will_do: bool) -> Option<Millis> {
        let sign = if self.one("+").is_some() { 1 } else { self.one("-").map(|()| -1)? };
        let hours = self.digits(2)?;
        let minutes = if self.0.is_empty() && hours_will_do {
            0
        } else {
            let _ = self.one(":");
            self.digits(2)?
        };
        (self.0.is_empty() && hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60_000)
    }
}

/// Returns the days since 1970, if there is such a day.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let first = (1970.min(year)..1970.max(year)).map(length_of_year).sum::<i64>() * (year - 1970).signum();
    let month = usize::try_from(month).ok().filter(|month| (1..=12).contains(month))?;
    let lengths = lengths_of_months(year);
    (1..=lengths[month - 1]).contains(&day).then(|| first + lengths[..month - 1].iter().sum::<i64>() + day - 1)
}

/// Returns year, month and day.
fn date(mut days: i64) -> (i64, usize, i64) {
    let mut year = 1970;
    while days < 0 {
        year -= 1;
        days += length_of_year(year);
    }
    while days >= length_of_year(year) {
        days -= length_of_year(year);
        year += 1;
    }
    let mut month = 0;
    while days >= lengths_of_months(year)[month] {
        days -= lengths_of_months(year)[month];
        month += 1;
    }
    (year, month + 1, days + 1)
}

fn lengths_of_months(year: i64) -> [i64; 12] {
    let february = length_of_year(year) - 337;
    [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

fn length_of_year(year: i64) -> i64 {
    if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) { 366 } else { 365 }
}
