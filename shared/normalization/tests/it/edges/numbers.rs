//! Numbers: digits, sizes, spellings.

use super::*;

#[test]
fn numbers_have_up_to_38_digits() {
    let nines = "9".repeat(38);
    assert_eq!(number(&nines), Some(nines.clone()));
    assert_eq!(number(&format!("-{nines}")), Some(format!("-{nines}")));
    assert_eq!(number(&format!("{nines}9")), None);
    assert_eq!(number(&format!("0.{nines}")), Some(format!("0.{nines}")));
    assert_eq!(number(&format!("0.{nines}9")), None);
    assert_eq!(number(&format!("0.{nines}000")), Some(format!("0.{nines}")));
    assert_eq!(number(&format!("{nines}000")), Some(format!("9.{}e40", "9".repeat(37))));
    assert_eq!(stored("n", &format!("{nines}9")), (format!("\"{nines}9\""), vec![]));
}

#[test]
fn numbers_end_at_9_9_e125() {
    let largest = format!("9.{}e125", "9".repeat(37));
    assert_eq!(number(&largest), Some(largest.clone()));
    assert_eq!(number(&format!("-{largest}")), Some(format!("-{largest}")));
    assert_eq!(number("9.9e125").as_deref(), Some("9.9e125"));
    assert_eq!(number("99e124").as_deref(), Some("9.9e125"));
    assert_eq!(number(&format!("99{}", "0".repeat(124))).as_deref(), Some("9.9e125"));
    assert_eq!(number("1e126"), None);
    assert_eq!(number("-1e126"), None);
    assert_eq!(number("10e125"), None);
    assert_eq!(number(&format!("1{}", "0".repeat(126))), None);
    assert_eq!(stored("n", "1e126"), ("\"1e126\"".to_owned(), vec![]));
}

#[test]
fn numbers_end_at_1e_130_towards_zero() {
    assert_eq!(number("1e-130").as_deref(), Some("1e-130"));
    assert_eq!(number("-1e-130").as_deref(), Some("-1e-130"));
    assert_eq!(number("1.5E-130").as_deref(), Some("1.5e-130"));
    assert_eq!(number(&format!("0.{}1", "0".repeat(129))).as_deref(), Some("1e-130"));
    assert_eq!(number("9.99e-131"), None);
    assert_eq!(number("-9.99e-131"), None);
    assert_eq!(number(&format!("0.{}1", "0".repeat(130))), None);
    assert_eq!(number("0e-999").as_deref(), Some("0"));
}

#[test]
fn huge_exponents_do_not_overflow() {
    for exponent in ["9223372036854775807", "9223372036854775808", "99999999999999999999999999999999"] {
        assert_eq!(number(&format!("1e{exponent}")), None);
        assert_eq!(number(&format!("1e-{exponent}")), None);
        assert_eq!(number(&format!("0e{exponent}")).as_deref(), Some("0"));
        assert_eq!(number(&format!("-0.0e-{exponent}")).as_deref(), Some("0"));
    }
    let zeros = "0".repeat(100_000);
    assert_eq!(number(&format!("1{zeros}e-100000")).as_deref(), Some("1"));
    assert_eq!(number(&format!("0.{zeros}1e100001")).as_deref(), Some("1"));
}

#[test]
fn only_json_spells_numbers() {
    for text in [
        "",
        "-",
        "+1",
        "01",
        "-01",
        "00",
        ".5",
        "1.",
        "1.e5",
        "1e",
        "1e+",
        "1e5.0",
        "1_000",
        "1,000",
        " 1",
        "1 ",
        "0x1F",
        "NaN",
        "Infinity",
        "-Infinity",
        "1d",
        "1f",
        "\u{661}",
        "1e\u{661}",
        "--1",
        "1-",
        "1e--1",
        "1.5.5",
        "\u{feff}1",
    ] {
        assert_eq!(number(text), None, "{text:?}");
    }
}

#[test]
fn integers_know_that_they_are() {
    for (text, integer, as_i64) in [
        ("0", true, Some(0)),
        ("-0", true, Some(0)),
        ("12.0", true, Some(12)),
        ("1e2", true, Some(100)),
        ("1.5e1", true, Some(15)),
        ("9223372036854775807", true, Some(i64::MAX)),
        ("-9223372036854775808", true, Some(i64::MIN)),
        ("9223372036854775808", true, None),
        ("1e38", true, None),
        ("1e125", true, None),
        ("12.5", false, None),
        ("1e-1", false, None),
        ("1e-100", false, None),
    ] {
        let number = Number::parse(text).unwrap();
        assert_eq!((number.is_integer(), number.as_i64()), (integer, as_i64), "{text}");
    }
    assert_eq!(Number::from(i64::MIN), Number::parse("-9223372036854775808").unwrap());
    assert_eq!(Number::from(0), Number::parse("-0.0").unwrap());
}

#[test]
fn all_digits_of_a_string_count_so_that_identifiers_of_one_length_have_one_type() {
    for (sent, expected) in [
        ("100000000000000", "100000000000000"),
        ("1000000000000000", "\"1000000000000000\""),
        ("0.00000000000001", "1e-14"),
        ("0.000000000000001", "\"0.000000000000001\""),
        ("12345678e1234567", "\"12345678e1234567\""),
        ("0e1234567890123", "0"),
        ("0e12345678901234", "0"),
        ("0e123456789012345", "\"0e123456789012345\""),
        ("0e462097431906509019562988736854", "\"0e462097431906509019562988736854\""),
        ("1e000000000000000000003", "\"1e000000000000000000003\""),
        ("1E-0000000000000002", "\"1E-0000000000000002\""),
        ("1e-200", "\"1e-200\""),
    ] {
        assert_eq!(stored("n", &format!("\"{sent}\"")).0, expected, "{sent}");
    }
}

#[test]
fn a_string_that_is_written_otherwise_as_a_number_is_one_with_a_warning() {
    for (sent, number) in [
        ("1.10", "1.1"),
        ("17.20", "17.2"),
        ("10.0", "10"),
        ("1e3", "1000"),
        ("-0", "0"),
        ("0.0", "0"),
        (" 2.50\t", "2.5"),
        ("0.00000001", "1e-8"),
        ("1E2", "100"),
    ] {
        let json = serde_json::to_string(sent).unwrap();
        assert_eq!(stored("price", &json), (number.to_owned(), vec![format!("price: read as the number {number}")]), "{sent}");
        let items = format!("[{json},{json},\"7\"]");
        let warnings = vec!["price: 2 items read as numbers, which are written otherwise".to_owned()];
        assert_eq!(stored("price", &items), (format!("[{number},{number},7]"), warnings), "{sent}");
        assert_eq!(stored("h", &format!("{{\"aB\":{json}}}")).1, [format!("h.a_b: read as the number {number}")], "{sent}");
        for version in ["version", "app_version", "osversion"] {
            assert_eq!(stored(version, &json), (json.clone(), vec![]), "{sent}");
            assert_eq!(stored(version, &items), (format!("[{json},{json},\"7\"]"), vec![]), "{sent}");
        }
        for other in ["version_price", "versions", "conversion", "ad_conversion"] {
            assert_eq!(stored(other, &json).0, number, "{other} {sent}");
        }
    }
    for sent in ["12", "-3", "12.12", "0", " 42 ", "0.5", "1e99"] {
        assert_eq!(stored("price", &serde_json::to_string(sent).unwrap()), (sent.trim().to_owned(), vec![]));
    }
    // What was no string has lost nothing.
    assert_eq!(stored("price", "1.10"), ("1.1".to_owned(), vec![]));
}

#[test]
fn a_warning_can_be_told_without_the_value() {
    let mut warnings = Vec::new();
    text("price", "4711.0", now(), &mut warnings);
    text("s", &"x".repeat(769), now(), &mut warnings);
    let [number, cut] = <[Warning; 2]>::try_from(warnings).unwrap();
    assert!(number.message.contains("4711"));
    let told = number.without_value();
    assert!(told.prop == "price" && !told.message.contains("4711"));
    assert_eq!(cut.clone().without_value(), cut);
}

#[test]
fn whole_numbers_are_their_digits() {
    let long = "9".repeat(1_000);
    for (number, digits) in [
        ("18821", "18821"),
        ("18821.0", "18821"),
        ("18821.000000000000000000000000000000000000000000", "18821"),
        ("1.8821e4", "18821"),
        ("188210e-1", "18821"),
        ("1e3", "1000"),
        ("0.001E+3", "1"),
        ("-7.0", "-7"),
        ("-0", "0"),
        ("-0.00e9", "0"),
        ("0e999999999999999999999", "0"),
        ("123456789012345678901234567890123456789012345678901.0", "123456789012345678901234567890123456789012345678901"),
        ("1e19", "10000000000000000000"),
        (&long, &long),
    ] {
        assert_eq!(whole_digits(number, 60).as_deref(), Ok(digits));
    }
    for number in ["1.5", "1e-1", "0.1", "18821.0000001", "1e-99999999999999999999", "15e-1", "", "x", "1."] {
        assert_eq!(whole_digits(number, 60), Err(NotAWholeNumber::Fraction), "{number}");
    }
    for number in ["1e60", "1.5e60", "1e99999999999999999999", &format!("{long}.0")] {
        assert_eq!(whole_digits(number, 60), Err(NotAWholeNumber::TooLong), "{number}");
    }
    assert_eq!(whole_digits("1e59", 60).unwrap().len(), 60);
}

#[test]
fn numbers_kept_as_text_are_cut_like_strings() {
    let (value, warnings) = stored("n", &"7".repeat(800));
    assert_eq!(value, format!("\"{}\"", "7".repeat(768)));
    assert_eq!(warnings, ["n: cut to 768 bytes"]);
}
