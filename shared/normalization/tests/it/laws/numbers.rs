//! Laws of numbers.

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_whole_number_has_the_same_digits_however_it_is_written(digits in "[1-9][0-9]{0,40}", zeros in 0_usize..9, shift in 0_usize..9) {
        let spellings = [
            format!("{digits}.0{}", "0".repeat(zeros)),
            format!("{digits}{}e-{zeros}", "0".repeat(zeros)),
            format!("{digits}.{}e0", "0".repeat(zeros + 1)),
            format!("0.{}{digits}e{}", "0".repeat(shift), shift + digits.len()),
        ];
        for spelled in spellings {
            let found = whole_digits(&spelled, 60).unwrap().into_owned();
            prop_assert_eq!(&found, &digits, "{}", spelled);
        }
        let fraction = format!("{digits}.{}1", "0".repeat(zeros));
        prop_assert!(whole_digits(&fraction, 60).is_err());
    }

    #[test]
    fn numbers_come_back_however_they_are_spelled(negative: bool, digits in "[1-9][0-9]{0,36}[1-9]", exponent in -92_i64..=88, shift in 0_i64..60, zeros in 0_usize..50) {
        let sign = if negative { "-" } else { "" };
        let spelled = format!("{sign}{digits}e{exponent}");
        let number = Number::parse(&spelled).unwrap();
        prop_assert_eq!(Number::parse(number.as_str()), Some(number.clone()));
        // More zeros behind, and as many fewer powers of ten.
        let longer = format!("{sign}{digits}{}E{}", "0".repeat(zeros), exponent - i64::try_from(zeros).unwrap());
        prop_assert_eq!(Number::parse(&longer), Some(number.clone()));
        // All behind the point.
        let places = i64::try_from(digits.len()).unwrap() + shift;
        let shifted = format!("{sign}0.{}{digits}{}e{}", "0".repeat(usize::try_from(shift).unwrap()), "0".repeat(zeros), exponent + places);
        prop_assert_eq!(Number::parse(&shifted), Some(number.clone()));
        prop_assert_eq!(number.as_str().parse::<f64>().unwrap(), spelled.parse::<f64>().unwrap());
        prop_assert_eq!(number.is_integer(), exponent >= 0);
        // Through JSON and back with every digit.
        let json = serde_json::to_string(&number).unwrap();
        prop_assert_eq!(Number::parse(&json), Some(number));
    }

    #[test]
    fn integers_come_back(integer: i64) {
        let number = Number::from(integer);
        prop_assert_eq!(number.as_i64(), Some(integer));
        prop_assert!(number.is_integer());
        prop_assert_eq!(Number::parse(&integer.to_string()), Some(number.clone()));
        prop_assert_eq!(serde_json::to_string(&number).unwrap(), integer.to_string());
    }
}
