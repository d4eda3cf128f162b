//! Times of deliveries, pages and webhooks, as opposed to properties that hold a time.

use profiles_domain::Error;
use profiles_normalization::{Timestamp, Value};

use super::Parameter;

/// A name that speaks of a time, so that integers are Unix times: in these fields they always are, whatever a field's own name is.
const AT: &str = "at";

/// Reads the time in `field`: any spelling of a time in a property, and `+12h` and `+30m` besides `+3d`. `None` for `null` and `""`.
///
/// # Errors
/// If it is anything else.
pub(crate) fn read_time(field: &str, sent: Parameter<'_>, now: Timestamp) -> Result<Option<Timestamp>, Error> {
    let expected = "a time such as `2029-04-07T12:18:00Z`, Unix seconds, or one from now such as `+3d`, `+12h` or `+30m`";
    let invalid = || Error::invalid_field(field, expected);
    if let Some(time) = sent.string().and_then(|text| later(text.trim(), now)) {
        return Ok(Some(time));
    }
    let value = match sent {
        Parameter::Text(text) => profiles_normalization::text(AT, text, now, &mut Vec::new()),
        Parameter::Json(raw) => profiles_normalization::json(AT, raw, now, &mut Vec::new()).map_err(|_| invalid())?,
    };
    match value {
        Value::Null => Ok(None),
        Value::String(text) if text.trim().is_empty() => Ok(None),
        // Normalization gives this form to every text that it recognizes as a time, and to no other.
        Value::String(text) => Timestamp::parse_canonical(&text).map(Some).ok_or_else(invalid),
        _ => Err(invalid()),
    }
}

/// Parses a number of hours or minutes from now, of 1 to 5 digits.
fn later(text: &str, now: Timestamp) -> Option<Timestamp> {
    const MINUTE: i64 = 60_000;
    let text = text.strip_prefix('+')?;
    let (digits, unit) = text.strip_suffix('h').map(|digits| (digits, 60 * MINUTE)).or_else(|| Some((text.strip_suffix('m')?, MINUTE)))?;
    if !(1..=5).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = digits.parse().ok()?;
    Timestamp::from_unix_millis(now.unix_millis().checked_add(number.checked_mul(unit)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::value::RawValue;

    const NOW: i64 = 1_870_258_680_000;

    fn read(json: &str) -> Result<Option<String>, Error> {
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        let now = Timestamp::from_unix_millis(NOW).unwrap();
        Ok(read_time("from", Parameter::Json(raw), now)?.map(|time| time.to_string()))
    }

    #[test]
    fn a_time_may_be_spelled_as_a_date_as_seconds_or_from_now() {
        for (json, expected) in [
            (r#""2029-04-07T12:18:00Z""#, "2029-04-07T12:18:00.000Z"),
            (r#""2029-04-07""#, "2029-04-07T00:00:00.000Z"),
            (r#""2029-04-07T14:18:00+02:00""#, "2029-04-07T12:18:00.000Z"),
            (r#""2029-04-07 12:18:00.123456+00""#, "2029-04-07T12:18:00.123Z"),
            (r#""2029-04-07 07:18:00-05""#, "2029-04-07T12:18:00.000Z"),
            (r#""2029-04-07T12:17:60Z""#, "2029-04-07T12:18:00.000Z"),
            ("1870258680", "2029-04-07T12:18:00.000Z"),
            ("1870258680.0", "2029-04-07T12:18:00.000Z"),
            ("1870258680123", "2029-04-07T12:18:00.123Z"),
            (r#""1870258680123""#, "2029-04-07T12:18:00.123Z"),
            (r#""1870258680""#, "2029-04-07T12:18:00.000Z"),
            (r#""$now""#, "2029-04-07T12:18:00.000Z"),
            (r#""+3d""#, "2029-04-10T12:18:00.000Z"),
            (r#""+12h""#, "2029-04-08T00:18:00.000Z"),
            (r#"" +30m ""#, "2029-04-07T12:48:00.000Z"),
            (r#""+0m""#, "2029-04-07T12:18:00.000Z"),
        ] {
            assert_eq!(read(json), Ok(Some(expected.to_owned())), "{json}");
        }
        for json in ["null", r#""""#, r#"" ""#] {
            assert_eq!(read(json), Ok(None), "{json}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused_by_its_field() {
        for json in [
            "5",
            "true",
            "[]",
            "{}",
            r#""soon""#,
            r#""2029-02-30""#,
            r#""+3x""#,
            r#""+h""#,
            r#""+123456m""#,
            r#""+-1h""#,
            r#""-3d""#,
            r#""\ud83d""#,
            "1.5",
            "1870258680.5",
        ] {
            assert!(matches!(read(json), Err(Error::InvalidField { field, .. }) if field == "from"), "{json}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text: String, now in -62_167_219_200_000_i64..=253_402_300_799_999) {
            let now = Timestamp::from_unix_millis(now).unwrap();
            let _ = read_time("from", Parameter::Text(&text), now);
        }

        #[test]
        fn from_now_is_never_before_now(number in 0..100_000_u32, unit in "[dhm]") {
            let now = Timestamp::from_unix_millis(NOW).unwrap();
            let time = read_time("from", Parameter::Text(&format!("+{number}{unit}")), now).unwrap().unwrap();
            let minutes = u64::from(number) * match unit.as_str() { "d" => 24 * 60, "h" => 60, _ => 1 };
            prop_assert_eq!(now.until(time).as_secs(), minutes * 60);
            prop_assert!(time >= now);
        }
    }
}
