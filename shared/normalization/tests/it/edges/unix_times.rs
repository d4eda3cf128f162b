//! Integers that are times, because their name says so.

use super::*;

const TIME: &str = "\"2029-08-21T02:46:46.000Z\"";

#[test]
fn unix_times_begin_in_1973_and_end_with_2099() {
    for (sent, expected) in [
        ("94694399", "94694399"),
        ("94694400", "\"1973-01-01T00:00:00.000Z\""),
        ("4102444799", "\"2099-12-31T23:59:59.000Z\""),
        ("4102444800", "4102444800"),
        ("94694399999", "94694399999"),
        ("94694400000", "\"1973-01-01T00:00:00.000Z\""),
        ("1881974806123", "\"2029-08-21T02:46:46.123Z\""),
        ("4102444799999", "\"2099-12-31T23:59:59.999Z\""),
        ("4102444800000", "4102444800000"),
        ("-1881974806", "-1881974806"),
    ] {
        assert_eq!(stored("seen_at", sent), (expected.to_owned(), vec![]));
        assert_eq!(stored("seen_at", &format!("\"{sent}\"")), (expected.to_owned(), vec![]));
        // What data frames make of integers with gaps.
        assert_eq!(stored("seen_at", &format!("{sent}.0")), (expected.to_owned(), vec![]));
        assert_eq!(stored("seen_at", &format!("\"{sent}.0\"")).0, expected);
        assert_eq!(stored("seen", sent).0, sent);
    }
}

#[test]
fn only_names_that_speak_of_a_time_make_times_of_integers() {
    for word in ["at", "time", "timestamp", "date", "on"] {
        for name in [word.to_owned(), format!("visit_{word}"), format!("a_b_{word}")] {
            for (sent, expected) in
                [("1881974806", TIME.to_owned()), ("\"1881974806\"", TIME.to_owned()), ("[1881974806]", format!("[{TIME}]"))]
            {
                assert_eq!(stored(&name, sent), (expected, vec![]), "{name}");
            }
        }
        for name in [format!("x{word}"), format!("{word}_x"), format!("{word}s"), format!("{word}2")] {
            assert_eq!(stored(&name, "1881974806").0, "1881974806", "{name}");
        }
    }
    for (name, expected) in [
        ("created", TIME),
        ("updated", TIME),
        ("is_created", "1881974806"),
        ("phone2", "1881974806"),
        ("annual_revenue", "1881974806"),
        ("order_ids", "1881974806"),
        ("bytes", "1881974806"),
        ("reason", "1881974806"),
    ] {
        assert_eq!(stored(name, "1881974806").0, expected, "{name}");
    }
    // A value's own name counts, and not that of the hash it is in.
    assert_eq!(stored("ids", r#"{"at":1881974806}"#).0, format!(r#"{{"at":{TIME}}}"#));
    assert_eq!(stored("at", r#"{"orderId":1881974806,"x":[1881974806]}"#).0, r#"{"order_id":1881974806,"x":[1881974806]}"#);
    assert_eq!(stored("h", r#"{"a":{"loginDate":[1881974806]}}"#).0, format!(r#"{{"a":{{"login_date":[{TIME}]}}}}"#));
}
