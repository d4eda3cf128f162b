//! The order of numbers is that of their values, however they are written.

use std::cmp::Ordering;

use profiles_normalization::{Number, compare_numbers};
use proptest::prelude::*;

/// Spellings of `digits` · 10^`power`.
fn spellings(digits: i64, power: i64) -> Vec<String> {
    if digits == 0 {
        return ["0", "-0", "0.00", "0e99", "-0.0E-5"].map(str::to_owned).into();
    }
    let sign = if digits < 0 { "-" } else { "" };
    let plain = digits.unsigned_abs().to_string();
    let (first, rest) = plain.split_at(1);
    let after_point = i64::try_from(rest.len()).unwrap();
    let mut found = vec![
        format!("{digits}e{power}"),
        format!("{digits}00.00E{}", power - 2),
        format!("{sign}{first}.{rest}0e{}", power + after_point),
        format!("{sign}0.000{plain}e+{}", power + after_point + 4),
    ];
    if let Some(number) = Number::parse(&found[0]) {
        found.push(number.as_str().to_owned());
    }
    found.retain(|text| !text.contains("+-"));
    found
}

/// The order of whole numbers, each times a power of ten from -6 to 6.
fn order(one: (i64, i64), other: (i64, i64)) -> Ordering {
    let whole = |(digits, power): (i64, i64)| i128::from(digits) * 10_i128.pow(u32::try_from(power + 6).unwrap());
    whole(one).cmp(&whole(other))
}

fn number() -> impl Strategy<Value = (i64, i64)> {
    (prop_oneof![-20_i64..20, -2_000_i64..2_000, any::<i64>()], -6_i64..=6)
}

proptest! {
    #[test]
    fn numbers_are_compared_by_value(one in number(), other in number()) {
        for text in spellings(one.0, one.1) {
            for with in spellings(other.0, other.1) {
                prop_assert_eq!(compare_numbers(&text, &with), Some(order(one, other)), "{} {}", text, with);
                prop_assert_eq!(compare_numbers(&with, &text), Some(order(other, one)), "{} {}", with, text);
            }
            for same in spellings(one.0, one.1) {
                prop_assert_eq!(compare_numbers(&text, &same), Some(Ordering::Equal), "{} {}", text, same);
            }
        }
    }

    #[test]
    fn numbers_that_are_equal_have_one_canonical_text(one in number(), other in number()) {
        let canonical = |(digits, power)| Number::parse(&format!("{digits}e{power}")).unwrap();
        prop_assert_eq!(canonical(one) == canonical(other), order(one, other).is_eq());
    }
}

#[test]
fn numbers_at_the_edges() {
    let digits = "12345678901234567890123456789012345678";
    for (one, other, order) in [
        ("0", "-0", Ordering::Equal),
        ("0.000", "0e99", Ordering::Equal),
        ("-1e-130", "0", Ordering::Less),
        ("0e5", "-1e-130", Ordering::Greater),
        ("9.9e125", "1e125", Ordering::Greater),
        ("-9.9e125", "-1e125", Ordering::Less),
        (digits, "12345678901234567890123456789012345679", Ordering::Less),
        (digits, "1.2345678901234567890123456789012345678E+37", Ordering::Equal),
        ("0.1", "0.10000000000000000000000000000000000001", Ordering::Less),
        ("100", "1E+2", Ordering::Equal),
    ] {
        assert_eq!(compare_numbers(one, other), Some(order), "{one} {other}");
        assert_eq!(compare_numbers(other, one), Some(order.reverse()), "{other} {one}");
    }
    for text in ["", "-", "x", "01", "1.", ".5", "+1", "1e", "NaN", "Infinity", "1 ", "\"1\""] {
        assert_eq!(compare_numbers(text, "1"), None, "{text}");
        assert_eq!(compare_numbers("1", text), None, "{text}");
    }
}
