//! Dates and times, and what is nearly one.

use super::*;

#[test]
fn days_from_now() {
    becomes("+0d", "2029-01-01T00:00:00.000Z");
    becomes("+59d", "2029-03-01T00:00:00.000Z");
    becomes("+99999d", "2302-10-17T00:00:00.000Z");
    stays("+100000d");
    stays("+d");
    stays("+1.5d");
    stays("+-1d");
    stays("++1d");
    stays("+1 d");
    stays("+\u{661}d");
}

#[test]
fn days_beyond_the_year_9999_stay_a_string() {
    let late = Timestamp::parse_canonical("9999-12-30T12:00:00.000Z").unwrap();
    let mut warnings = Vec::new();
    assert_eq!(text("t", "+1d", late, &mut warnings), Value::String("9999-12-31T12:00:00.000Z".to_owned()));
    assert_eq!(text("t", "+2d", late, &mut warnings), Value::String("+2d".to_owned()));
    assert_eq!(late.plus_days(u32::MAX), None);
}

#[test]
fn far_years() {
    becomes("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z");
    becomes("0000-02-29", "0000-02-29T00:00:00.000Z");
    becomes("9999-12-31", "9999-12-31T00:00:00.000Z");
    becomes("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999Z");
    becomes("9999-12-31T23:59:59+14:00", "9999-12-31T09:59:59.000Z");
    becomes("0000-01-01T00:00:00-00:01", "0000-01-01T00:01:00.000Z");
    stays("0000-01-01T00:00:00+00:01");
    stays("9999-12-31T23:59:59-00:01");
    stays("10000-01-01");
    stays("-0001-01-01");
    stays("+02029-08-21");
    stays("Sat, 1 Jan 10000 00:00:00 GMT");
    becomes("Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59.000Z");
    stays("Fri, 31 Dec 9999 23:59:59 -0100");
}

#[test]
fn timestamps_outside_of_the_years_0000_to_9999_do_not_exist() {
    for (millis, expected) in [
        (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
    ] {
        let time = Timestamp::from_unix_millis(millis).unwrap();
        assert_eq!(time.to_string(), expected);
        assert_eq!(serde_json::to_string(&time).unwrap(), format!("\"{expected}\""));
        assert_eq!(Timestamp::parse_canonical(expected), Some(time));
        assert_eq!(time.unix_millis(), millis);
        assert_eq!(time.unix_seconds(), millis.div_euclid(1_000));
    }
    for millis in [-62_167_219_200_001, 253_402_300_800_000, i64::MIN, i64::MAX] {
        assert_eq!(Timestamp::from_unix_millis(millis), None);
    }
}

#[test]
fn one_spelling_is_canonical() {
    for text in [
        "2029-08-21T02:46:46Z",
        "2029-08-21T02:46:46.00Z",
        "2029-08-21T02:46:46.0000Z",
        "2029-08-21t02:46:46.000Z",
        "2029-08-21T02:46:46.000z",
        "2029-08-21 02:46:46.000Z",
        "2029-08-21T02:46:46.000",
        " 2029-08-21T02:46:46.000Z",
        "2029-02-30T02:46:46.000Z",
        "2029-08-21T24:00:00.000Z",
        "2029-08-21T02:46:60.000Z",
        "2029-08-21T02:46:46+00:00",
        "2029-08-21T02:46:46,000Z",
        "2029-08-21",
        "",
        "é029-08-21T02:46:46.000Z",
        "2029-08-21T02:46:46.0 0Z",
    ] {
        assert_eq!(Timestamp::parse_canonical(text), None, "{text:?}");
    }
}

#[test]
fn dates_of_rfc_2822() {
    let expected = "2029-08-21T02:46:46.000Z";
    for sent in [
        "Tue, 21 Aug 2029 02:46:46 +0000",
        "Tue, 21 Aug 2029 02:46:46 -0000",
        "Tue, 21 Aug 2029 02:46:46 GMT",
        "tue, 21 aug 2029 02:46:46 gmt",
        "Tue,21 Aug 2029 02:46:46 UT",
        "21 Aug 2029 02:46:46 +0000",
        "Tue,  21\tAug 2029 02:46:46   +0000",
        "Mon, 20 Aug 2029 22:46:46 -0400",
        "Mon, 20 Aug 2029 22:46:46 EDT",
        "Mon, 20 Aug 2029 18:46:46 PST",
        " Tue, 21 Aug 2029 08:16:46 +0530 ",
    ] {
        becomes(sent, expected);
    }
    becomes("Wed, 1 Aug 2029 02:46 GMT", "2029-08-01T02:46:00.000Z");
    becomes("Wed, 01 Aug 2029 02:46 GMT", "2029-08-01T02:46:00.000Z");
    becomes("29 Feb 2028 00:00:00 GMT", "2028-02-29T00:00:00.000Z");
    for sent in [
        "Mon, 21 Aug 2029 02:46:46 GMT",
        "Tue, 21 Aug 29 02:46:46 GMT",
        "Tue, 21 August 2029 02:46:46 GMT",
        "Tuesday, 21 Aug 2029 02:46:46 GMT",
        "Tue 21 Aug 2029 02:46:46 GMT",
        "Tue, 21 Aug 2029 02:46:46",
        "Tue, 21 Aug 2029 02:46:46 +00:00",
        "Tue, 21 Aug 2029 2:46:46 GMT",
        "Tue, 21 Aug 2029 02:46:61 GMT",
        "Tue, 21 Aug 2029 24:00:00 GMT",
        "29 Feb 2029 00:00:00 GMT",
        "31 Apr 2029 00:00:00 GMT",
        "0 Aug 2029 00:00:00 GMT",
        "Tue, 21 Aug 2029 02:46:46 CET",
        "Tue, 21 Aug 2029 02:46:46 Z",
        "Tue, 21 Aug 2029 02:46:46 +2400",
        "Tue, 21 Aug 2029 02:46:46 GMT (noon)",
        "Tue, 21 Aug 2029 02:46:46.000 GMT",
        "Abc, 21 Aug 2029 02:46:46 GMT",
        "Tue, 21 Abc 2029 02:46:46 GMT",
        "Tue, ",
        "1 x",
        "10 Downing Street",
        "Tue,\u{a0}21 Aug 2029 02:46:46 GMT",
    ] {
        stays(sent);
    }
}

#[test]
fn offsets() {
    let expected = "2029-08-21T02:46:46.000Z";
    for sent in [
        "2029-08-21T02:46:46+00:00",
        "2029-08-21T02:46:46+00:00 ",
        "2029-08-21T02:46:46-00:00",
        "2029-08-21T02:46:46+0000",
        "2029-08-21T02:46:46Z",
        "2029-08-21T02:46:46z",
        "2029-08-21t02:46:46Z",
        "2029-08-21t02:46:46",
        "2029-08-21 02:46:46",
        "2029-08-21 02:46:46 UTC",
        "2029-08-21T02:46:46 UTC",
        "2029-08-21 02:46:46 +0000",
        "2029-08-22T02:45:46+23:59",
        "2029-08-20T02:47:46-23:59",
        "2029-08-21T08:31:46+05:45",
        "2029-08-21 02:46:46+00",
        "2029-08-21 02:46:46 +00",
        "2029-08-21T02:46:46-00",
        "2029-08-20 21:46:46.000999-05",
        "2029-08-22T01:46:46+23",
    ] {
        becomes(sent, expected);
    }
    for sent in [
        "2029-08-21T02:46:46+24:00",
        "2029-08-21T02:46:46+00:60",
        "2029-08-21T02:46:46+24",
        "2029-08-21T02:46:46+0",
        "2029-08-21T02:46:46+000",
        "2029-08-21T02:46:46+0:00",
        "2029-08-21T02:46:46+00:000",
        "2029-08-21T02:46:46 Z",
        "2029-08-21T02:46:46UTC",
        "2029-08-21T02:46:46 utc",
        "2029-08-21T02:46:46  UTC",
        "2029-08-21T02:46:46 GMT",
        "2029-08-21T02:46:46 CET",
        "2029-08-21T02:46:46Z ago",
        "2029-08-21  02:46:46",
        "2029-08-21_02:46:46",
        "2029-08-21T02:46",
        "2029-08-21T02",
        "2029-08-21T",
        "2029-08-21Z",
        "2029-08-21T02:46:46\u{2212}00:00",
        "2029-08-21T02:46:46Z[UTC]",
        "2029-W34-2",
        "2029-233",
    ] {
        stays(sent);
    }
}

#[test]
fn fractions_of_a_second_are_cut_after_the_milliseconds() {
    becomes("2029-08-21T02:46:46.1Z", "2029-08-21T02:46:46.100Z");
    becomes("2029-08-21T02:46:46.12Z", "2029-08-21T02:46:46.120Z");
    becomes("2029-08-21T02:46:46.1239Z", "2029-08-21T02:46:46.123Z");
    becomes("2029-12-31T23:59:59.9999999999Z", "2029-12-31T23:59:59.999Z");
    becomes("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z");
    becomes(&format!("2029-08-21T02:46:46.{}Z", "9".repeat(700)), "2029-08-21T02:46:46.999Z");
    stays("2029-08-21T02:46:46.");
    stays("2029-08-21T02:46:46.Z");
    stays("2029-08-21T02:46:46,123Z");
}

#[test]
fn dates_and_times_that_do_not_exist_stay_strings() {
    for sent in [
        "2029-02-29",
        "2100-02-29",
        "1900-02-29",
        "2029-04-31",
        "2029-00-10",
        "2029-13-10",
        "2029-10-00",
        "2029-10-32",
        "2029-10-10T24:00:00Z",
        "2029-10-10T23:60:00Z",
        "2029-10-10T23:59:61Z",
        "2029-10-10T23:60:60Z",
        "2029-10-10T24:00:60Z",
        "2029-02-30T23:59:60Z",
    ] {
        stays(sent);
    }
    becomes("2000-02-29", "2000-02-29T00:00:00.000Z");
}

#[test]
fn an_instant_before_what_can_be_written_is_the_beginning_of_1970() {
    let (second, now) = (std::time::Duration::from_secs(1), Timestamp::from_unix_millis(1_870_258_680_000).unwrap());
    assert_eq!(now.minus(second).to_string(), "2029-04-07T12:17:59.000Z");
    assert_eq!(Timestamp::UNIX_EPOCH.minus(second).to_string(), "1969-12-31T23:59:59.000Z");
    assert_eq!(now.minus(std::time::Duration::MAX), Timestamp::UNIX_EPOCH);
}

#[test]
fn the_second_60_is_the_first_of_the_next_minute() {
    for (sent, expected) in [
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
        ("2029-06-30 23:59:60", "2029-07-01T00:00:00.000Z"),
        ("2029-06-30T23:59:60.250Z", "2029-07-01T00:00:00.250Z"),
        ("2029-08-21T02:46:60-05", "2029-08-21T07:47:00.000Z"),
        ("2028-02-28T23:59:60+00:00", "2028-02-29T00:00:00.000Z"),
        ("Sat, 31 Dec 2016 23:59:60 GMT", "2017-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:60+00:01", "9999-12-31T23:59:00.000Z"),
    ] {
        becomes(sent, expected);
    }
    stays("9999-12-31T23:59:60Z");
}
