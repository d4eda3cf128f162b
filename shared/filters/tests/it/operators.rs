//! The table of operators: of each, which values fit.

use profiles_filters::Filter;

use crate::support::{NOW, filters, person};

/// The values in the table; `absent` is none.
const STORED: [&str; 16] = [
    "absent",
    "null",
    "true",
    "0",
    "5",
    "5.5",
    "-7",
    r#""""#,
    r#""5""#,
    r#""Straße""#,
    r#""STRASSE 5""#,
    r#""2029-04-01T00:00:00.000Z""#,
    r#""2029-04-07T11:00:00.000Z""#,
    r#"[5,"5","Straße",true]"#,
    "[]",
    r#"{"a":5}"#,
];

/// Checks that of [`STORED`], these fit, and with the negated operator all others.
fn check(op: &str, negated: Option<&str>, value: &str, expected: &[&str]) {
    let with = |op: &str| filters(&format!(r#"[{{"prop":"x","op":"{op}","value":{value}}}]"#));
    let (filter, opposite) = (with(op), negated.map(with));
    for stored in STORED {
        let record = person(&if stored == "absent" { "{}".to_owned() } else { format!(r#"{{"x":{stored}}}"#) });
        let fits = expected.contains(&stored);
        assert_eq!(filter.fit(&record), fits, "{stored} {op} {value}");
        if let (Some(opposite), Some(negated)) = (&opposite, negated) {
            assert_eq!(opposite.fit(&record), !fits, "{stored} {negated} {value}");
        }
        if let ("absent", [Filter::Property(property)]) = (stored, filter.group.filters.as_slice()) {
            assert_eq!(property.fits_nothing(), fits, "{op} {value}");
        }
    }
}

const SOON: &str = r#""2029-04-07T11:00:00.000Z""#;
const FIRST: &str = r#""2029-04-01T00:00:00.000Z""#;
const ITEMS: &str = r#"[5,"5","Straße",true]"#;

#[test]
fn exists() {
    check("ex", Some("nx"), "null", &STORED[1..]);
}

#[test]
fn equals_by_type_and_value() {
    for (value, expected) in [
        ("null", "null"),
        ("true", "true"),
        (r#"" true""#, "true"),
        ("5", "5"),
        ("5.00", "5"),
        ("50e-1", "5"),
        // The text is normalized as what was stored was.
        (r#""5""#, "5"),
        (r#""-0""#, "0"),
        (r#""Straße""#, r#""Straße""#),
        (r#""""#, r#""""#),
        (r#""2029-04-01""#, FIRST),
        (r#""2029-04-01T02:00:00+02:00""#, FIRST),
        (r#"{"A":5.0}"#, r#"{"a":5}"#),
        ("[]", "[]"),
    ] {
        check("eq", Some("ne"), value, &[expected]);
    }
    for value in [r#""strasse""#, "false", "{}", r#"{"a":6}"#, r#"{"b":5}"#, r#"{"a":5,"b":5}"#, "[5]", r#"[5,5,"Straße",true]"#] {
        check("eq", Some("ne"), value, &[]);
    }
    // A stored array is one that was normalized, so none has a `"5"`.
    check("eq", Some("ne"), r#"[5,"5","Straße","true",null,{},[]]"#, &[]);
}

#[test]
fn compares_within_a_type_only() {
    check("gt", None, "5", &["5.5"]);
    check("gte", None, r#""5.0""#, &["5", "5.5"]);
    check("lt", None, "5", &["0", "-7"]);
    check("lte", None, "5", &["0", "5", "-7"]);
    check("gt", None, "0.1e-120", &["5", "5.5"]);
    check("gt", None, FIRST, &[SOON]);
    check("gte", None, r#""2029-04-01""#, &[FIRST, SOON]);
    check("lt", None, SOON, &[FIRST]);
    check("lte", None, SOON, &[FIRST, SOON]);
    check("lt", None, r#""$now""#, &[FIRST, SOON]);
    check("gt", None, r#""""#, &[r#""5""#, r#""Straße""#, r#""STRASSE 5""#]);
    check("gte", None, r#""STRASSE 5""#, &[r#""Straße""#, r#""STRASSE 5""#]);
    check("lt", None, r#""Straße""#, &[r#""""#, r#""5""#, r#""STRASSE 5""#]);
    // Nothing of a date in a text.
    check("lt", None, r#""9""#, &["0", "5", "5.5", "-7"]);
}

#[test]
fn counts_days_from_now() {
    check("gt-d", None, "1", &[SOON]);
    // Exactly 6.5 days ago is neither.
    check("gt-d", None, r#""6.5""#, &[SOON]);
    check("lt-d", None, r#""6.5""#, &[]);
    check("gt-d", None, "6.50000002", &[FIRST, SOON]);
    check("lt-d", None, "6.49999998", &[FIRST]);
    check("lt-d", None, "1", &[FIRST]);
    check("lt-d", None, "0", &[FIRST, SOON]);
    check("lt-d", None, "0.04", &[FIRST, SOON]);
    check("lt-d", None, "0.042", &[FIRST]);
    check("gt-d", None, "36500", &[FIRST, SOON]);
}

#[test]
fn a_number_that_may_be_a_time_counts_as_one_for_days() {
    let fits = |op: &str, days: &str, stored: &str| {
        let filters = filters(&format!(r#"[{{"prop":"revenue","op":"{op}","value":{days}}}]"#));
        filters.fit(&person(&format!(r#"{{"revenue":{stored}}}"#)))
    };
    let (seconds, millis) = (NOW / 1_000 - 86_400, NOW - 86_400_000);
    for stored in [seconds.to_string(), millis.to_string()] {
        assert_eq!(["1.5", "1", "0.5"].map(|days| fits("gt-d", days, &stored)), [true, false, false], "{stored}");
        assert_eq!(["1.5", "1", "0.5"].map(|days| fits("lt-d", days, &stored)), [false, false, true], "{stored}");
    }
    for none in [format!("{seconds}.5"), "94694399".to_owned(), "4102444800".to_owned(), "-1870171200".to_owned()] {
        assert!(!fits("gt-d", "36500", &none) && !fits("lt-d", "0", &none), "{none}");
    }
    let not_by_days = filters(r#"[{"prop":"revenue","op":"gt","value":"2029-01-01"}]"#);
    assert!(!not_by_days.fit(&person(&format!(r#"{{"revenue":{seconds}}}"#))));
}

#[test]
fn contains() {
    let texts = [r#""""#, r#""5""#, r#""Straße""#, r#""STRASSE 5""#, FIRST, SOON];
    check("in", Some("nin"), r#""""#, &texts);
    check("in", Some("nin"), "5", &[r#""5""#, r#""STRASSE 5""#]);
    check("in", Some("nin"), r#""5""#, &[r#""5""#, r#""STRASSE 5""#]);
    check("in", Some("nin"), r#""ße""#, &[r#""Straße""#]);
    check("in", Some("nin"), r#""strasse""#, &[]);
    check("in-i", Some("nin-i"), r#""SSE""#, &[r#""Straße""#, r#""STRASSE 5""#]);
    check("in-i", Some("nin-i"), r#""raß""#, &[r#""Straße""#, r#""STRASSE 5""#]);
    check("in-i", Some("nin-i"), r#""straẞe ""#, &[r#""STRASSE 5""#]);
    check("in-i", Some("nin-i"), r#""t1""#, &[SOON]);
    check("in-i", Some("nin-i"), r#""t00""#, &[FIRST]);
    check("sw", None, r#""S""#, &[r#""Straße""#, r#""STRASSE 5""#]);
    check("sw", None, r#""2029-04-07""#, &[SOON]);
    check("sw", None, "2029", &[FIRST, SOON]);
    check("sw", None, "5", &[r#""5""#]);
}

#[test]
fn is_one_of() {
    check("in-v", Some("nin-v"), r#"" 5 , true ,, Straße,""#, &["5", "true", r#""Straße""#]);
    check("in-v", Some("nin-v"), r#"[5,true,"Straße",null]"#, &["5", "true", r#""Straße""#, "null"]);
    check("in-v", Some("nin-v"), r#"["Straße, 5"]"#, &[]);
    check("in-v", Some("nin-v"), r#"{"0":"5","1":"true"}"#, &["5", "true"]);
    check("in-v", Some("nin-v"), "5.0", &["5"]);
    check("in-v", Some("nin-v"), r#""2029-04-01, 0""#, &[FIRST, "0"]);
    for nothing in ["[]", r#""""#, r#"" , ,""#] {
        check("in-v", Some("nin-v"), nothing, &[]);
    }
}

#[test]
fn an_array_has() {
    for value in ["5", r#""5""#, r#""Straße""#, "true", r#""true""#] {
        check("in-a", Some("nin-a"), value, &[ITEMS]);
    }
    for value in ["6", r#""straße""#, "false"] {
        check("in-a", Some("nin-a"), value, &[]);
    }
}
